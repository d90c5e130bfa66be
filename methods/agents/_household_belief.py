"""What an agent in ALFWorld can know from the texts it has read: facts, and the goal's parts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

_TAKEN = re.compile(r"You pick up the (\w+ \d+) from the \w+ \d+")
_PLACED = re.compile(r"You (?:put|move) the (\w+ \d+) (?:in/on|to) the (\w+ \d+)")
_TREATED = re.compile(r"You (heat|cool|clean) the (\w+ \d+) using the")
_SEEN = re.compile(r"(?:On the (\w+ \d+)|The (\w+ \d+) is open\. In it), you see (.*?)\.(?:\s|$)")
_THING = re.compile(r"an? (\w+ \d+)")
_STATES = {"heat": "ishot", "cool": "iscool", "clean": "isclean"}
_OPPOSITE = {"heat": "iscool", "cool": "ishot"}


class Fact(NamedTuple):
    """One fact, named and argued as TextWorld does: ``inreceptacle``, ``("apple 1", "table 1")``."""

    name: str
    names: tuple[str, ...]


@dataclass(slots=True)
class Belief:
    """What is held, where things were last seen or put, and what was done to them."""

    held: str = ""
    places: dict[str, str] = field(default_factory=dict)
    states: set[tuple[str, str]] = field(default_factory=set)

    def read(self, text: str) -> None:
        """Take in one reply of the game."""
        if found := _TAKEN.search(text):
            self.held = found[1]
            self.places.pop(found[1], None)
        if found := _PLACED.search(text):
            self.held = ""
            self.places[found[1]] = found[2]
        if found := _TREATED.search(text):
            self.states.discard((_OPPOSITE.get(found[1], ""), found[2]))
            self.states.add((_STATES[found[1]], found[2]))
        for found in _SEEN.finditer(text):
            for thing in _THING.findall(found[3]):
                self.places[thing] = found[1] or found[2]

    def facts(self) -> list[Fact]:
        """Return the facts in TextWorld's form."""
        held = [Fact("holds", ("agent", self.held))] if self.held else []
        lying = [Fact("inreceptacle", pair) for pair in self.places.items()]
        return held + lying + [Fact(name, (thing,)) for name, thing in sorted(self.states)]


def parse_goal(goal: str, templates: Mapping[str, Sequence[str]]) -> dict[str, str] | None:
    """Return the parts of a goal sentence, or None if no template fits.

    Args:
        goal: As the game words it: ``"put some book on sidetable."``.
        templates: Task type to sentences with ``{obj}``, ``{recep}`` and ``{toggle}``.

    Returns:
        ``task_type``, ``object_target``, ``parent_target`` and ``toggle_target``, as in ALFRED's
        ``pddl_params`` but in lower case; what a sentence does not name is ``""``.
    """
    for task_type, sentences in templates.items():
        for sentence in sentences:
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>\\w+)", re.escape(sentence))
            found = re.fullmatch(pattern + r"\.?", goal.strip())
            if found:
                parts = found.groupdict("")
                return {
                    "task_type": task_type,
                    "object_target": parts.get("obj", ""),
                    "parent_target": parts.get("recep", ""),
                    "toggle_target": parts.get("toggle", ""),
                }
    return None
