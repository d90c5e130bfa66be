"""Reading ALFWorld's game folders, from a folder or a ZIP archive as the releases come.

A game is a folder ``<split>/<task type>-<object>-<...>-<scene>/trial_<id>/`` with ``traj_data.json``
(the ALFRED trajectory it was made from; its ``task_type`` counts) and ``game.tw-pddl`` (JSON:
``pddl_domain``, ``grammar``, ``pddl_problem``, ``solvable``, in newer releases ``walkthrough``).
Which folders count follows ``AlfredTWEnv.collect_game_files`` of the alfworld package.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, get_args

from harness.errors import BadInput

TaskType = Literal[
    "pick_and_place_simple",
    "look_at_obj_in_light",
    "pick_clean_then_place_in_recep",
    "pick_heat_then_place_in_recep",
    "pick_cool_then_place_in_recep",
    "pick_two_obj_and_place",
]
TASK_TYPES: tuple[TaskType, ...] = get_args(TaskType)
"""In the order of the benchmark's own numbers, 1 to 6."""

GAME, TRAJECTORY = "game.tw-pddl", "traj_data.json"
_RELEASE = "json_2.1.1"
_RECEPTACLE = re.compile(r"\(receptacleType [^?\s]")
_GOAL = re.compile(r'Your task is to: ([^"]*)"')


@dataclass(frozen=True, slots=True)
class Game:
    """One game.

    Attributes:
        id: Names of the task's and the trial's folder, joined by a slash.
        task_type: One of :data:`TASK_TYPES`.
        goal: What is to be done, as the game's first text says it.
        domain: PDDL of the actions.
        grammar: Commands and replies, in TextWorld's twl2.
        problem: PDDL of the room and the goal.
        walkthrough: Commands that win, where the file holds them.
        where: The game's file, for messages.
    """

    id: str
    task_type: str
    goal: str
    domain: str = field(repr=False)
    grammar: str = field(repr=False)
    problem: str = field(repr=False)
    walkthrough: tuple[str, ...] = field(repr=False)
    where: str

    @property
    def puts(self) -> str:
        """``"move"`` if objects are put down with 'move X to Y', ``"put"`` if with 'put X in/on Y'."""
        return "move" if '"move {o} to {r}"' in self.grammar else "put"

    @property
    def receptacles(self) -> int:
        """Return how many places the room has; the goal's own ``receptacleType ?r`` is none."""
        return len(_RECEPTACLE.findall(self.problem))


def game_files(data: Path, split: str) -> list[Path]:
    """Return every file that reading ``split`` opens, sorted: the archive, or the games' files.

    Raises:
        BadInput: ``data`` holds no such split, or no game in it.
    """
    if data.is_file():
        _open(data)
        return [data]
    names = (GAME, TRAJECTORY)
    found = [Path(str(trial / name)) for _, trial in _trials(data, split) for name in names]
    if not found:
        raise BadInput(_no_game(data, split))
    return found


def read_games(data: Path, split: str, types: Collection[str], most: int | None) -> list[Game]:
    """Read the games of ``split`` that are of one of ``types``, in order of their ids.

    Args:
        data: The folder that holds ``<split>`` or ``json_2.1.1/<split>``, or a ZIP archive of it.
        split: ``"train"``, ``"valid_seen"`` or ``"valid_unseen"``.
        types: Task types to keep.
        most: Games to keep at most; None keeps all.

    Raises:
        BadInput: There is no such split, no such game, or a file is broken; the message names it.
    """
    games: list[Game] = []
    for name, trial in _trials(data, split):
        if most is not None and len(games) == most:
            break
        task_type = _text(_json(trial / TRAJECTORY), "task_type", trial / TRAJECTORY)
        if task_type in types:
            game = _read(name, task_type, trial / GAME)
            games += [game] if game else []
    if not games:
        raise BadInput(_no_game(data, split) + f" of type {', '.join(types)}")
    return games


def _open(data: Path) -> Traversable:
    if data.is_dir():
        return data
    if not data.exists():
        raise BadInput(f"{data}: no such folder; name the one that alfworld-download filled")
    if not zipfile.is_zipfile(data):
        raise BadInput(f"{data}: neither a folder nor a ZIP archive of ALFWorld games")
    return zipfile.Path(data)


def _trials(data: Path, split: str) -> Iterator[tuple[str, Traversable]]:
    """Yield id and folder of every complete game, sorted; movable and sliced ones are left out."""
    root = _open(data)
    here = next((p for p in (root / _RELEASE / split, root / split) if p.is_dir()), None)
    if here is None:
        raise BadInput(
            f"{data}: holds neither {split} nor {_RELEASE}/{split}; "
            "name the folder that alfworld-download filled ($ALFWORLD_DATA)"
        )
    for task in _folders(here):
        if "movable" in task.name or "Sliced" in task.name:
            continue
        for trial in _folders(task):
            if (trial / GAME).is_file() and (trial / TRAJECTORY).is_file():
                yield f"{task.name}/{trial.name}", trial


def _folders(folder: Traversable) -> list[Traversable]:
    return sorted((p for p in folder.iterdir() if p.is_dir()), key=lambda p: p.name)


def _read(name: str, task_type: str, path: Traversable) -> Game | None:
    """Return the game in ``path``, or None if it is not marked as solvable."""
    content = _json(path)
    if not content.get("solvable", False):
        return None
    grammar = _text(content, "grammar", path)
    goal = _GOAL.search(grammar)
    if goal is None:
        raise BadInput(f"{path}: its grammar has no 'Your task is to: ...'; fetch the game again")
    return Game(
        id=name,
        task_type=task_type,
        goal=goal[1].strip(),
        domain=_text(content, "pddl_domain", path),
        grammar=grammar,
        problem=_text(content, "pddl_problem", path),
        walkthrough=tuple(str(c) for c in content.get("walkthrough") or ()),
        where=str(path),
    )


def _json(path: Traversable) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInput(f"{path}: not valid JSON: {error}; fetch the game again") from None
    if not isinstance(content, dict):
        raise BadInput(f"{path}: expected a JSON object, found {type(content).__name__}")
    return content


def _text(content: dict[str, Any], key: str, path: Traversable) -> str:
    value = content.get(key)
    if not isinstance(value, str):
        raise BadInput(f"{path}: expected text under {key!r}; fetch the game again")
    return value


def _no_game(data: Path, split: str) -> str:
    return f"{data}: no folder in {split} holds {GAME} and {TRAJECTORY} of a solvable game"
