"""The facts of the mini passage collection: who did what to which thing where, and in which words.

A fact is a tuple of meanings; a meaning has several wordings, so that a passage can answer a query
without sharing its words, and share its words without answering it. Everything is drawn from
``random.Random.random``, whose sequence Python guarantees, so files are the same everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

T = TypeVar("T")

_NAMES = (
    "Adams Baker Carver Dalton Ellis Foster Grant Hobbs Irwin Jansen Keller Lopez Morris Nolan "
    "Osborne Porter Quinn Rossi Sawyer Turner Ulrich Vega Walsh Young Abbott Barnes Conrad Drake "
    "Egan Fuller Garcia Holden Ibsen Jarvis Kimura Lambert Mercer Novak Oliver Pascal Quist Ramsey "
    "Soto Thorne Usher Vance Wagner Yates"
)
AGENTS = tuple(_NAMES.split())
ACTS = (
    ("repaired", "fixed", "mended"),
    ("bought", "purchased", "acquired"),
    ("built", "constructed", "assembled"),
    ("sold", "traded", "auctioned"),
    ("hid", "concealed", "buried"),
    ("painted", "decorated", "coloured"),
    ("stole", "robbed", "snatched"),
    ("examined", "inspected", "studied"),
    ("broke", "smashed", "wrecked"),
    ("lifted", "raised", "hoisted"),
    ("lost", "mislaid", "forgot"),
    ("cleaned", "washed", "polished"),
)
QUALITIES = (
    ("old", "ancient", "aged"),
    ("small", "little", "tiny"),
    ("large", "big", "huge"),
    ("costly", "expensive", "precious"),
    ("red", "scarlet", "crimson"),
    ("broken", "damaged", "cracked"),
    ("heavy", "weighty", "massive"),
    ("famous", "renowned", "celebrated"),
)
THINGS = tuple(
    (thing, other, category)
    for category, members in (
        ("instrument", "violin/fiddle piano/keyboard flute/whistle drum/tambour"),
        ("vehicle", "car/automobile wagon/cart bicycle/bike lorry/truck"),
        ("vessel", "ferry/ferryboat canoe/kayak yacht/sailboat barge/lighter"),
        ("tool", "hammer/mallet saw/handsaw wrench/spanner chisel/gouge"),
        ("garment", "coat/overcoat hat/bonnet scarf/shawl boots/footwear"),
        ("jewel", "ring/band necklace/pendant brooch/pin crown/diadem"),
    )
    for thing, other in (pair.split("/") for pair in members.split())
)
PLACES = (
    ("harbour", "port", "docks"),
    ("market", "bazaar", "fair"),
    ("church", "chapel", "abbey"),
    ("forest", "woods", "grove"),
    ("school", "academy", "college"),
    ("station", "terminal", "depot"),
    ("museum", "gallery", "archive"),
    ("castle", "fortress", "palace"),
    ("garden", "park", "orchard"),
    ("village", "hamlet", "settlement"),
)
SYNONYM_RATE = 0.35
"""How often a passage uses another word than the usual one; the difficulty dial."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement; the numbers index the tables above.

    Attributes:
        agent: Who.
        act: Did what.
        thing: To what.
        quality: Of which sort, or -1 if not told.
        place: Where, or -1 if not told.
        denied: Whether it is said not to have happened.
    """

    agent: int
    act: int
    thing: int
    quality: int
    place: int
    denied: bool = False


class Draw:
    """Random choices that depend on a seed and on nothing else."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed).random

    def below(self, n: int) -> int:
        """Return a whole number from 0 to ``n - 1``."""
        return int(self._random() * n)

    def chance(self, probability: float) -> bool:
        """Return whether something of this probability happens."""
        return self._random() < probability

    def one(self, items: Sequence[T]) -> T:
        """Return one of ``items``."""
        return items[self.below(len(items))]

    def zipf(self, n: int) -> int:
        """Return a rank from 0 to ``n - 1``, low ones often: density about 1 / (rank + 1)."""
        return min(n - 1, int((n + 1) ** self._random()) - 1)

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return ``items`` in random order."""
        keys = [self._random() for _ in items]
        return [items[i] for i in sorted(range(len(items)), key=keys.__getitem__)]

    def other(self, n: int, than: int) -> int:
        """Return a number below ``n`` that is not ``than``."""
        return (than + 1 + self.below(n - 1)) % n


def any_fact(draw: Draw) -> Fact:
    """Return a fact drawn at random; some agents are far more common than others."""
    return Fact(
        draw.zipf(len(AGENTS)),
        draw.below(len(ACTS)),
        draw.below(len(THINGS)),
        draw.below(len(QUALITIES)),
        draw.below(len(PLACES)),
    )


def grade(asked: Fact, told: Fact) -> int:
    """Return how well ``told`` answers ``asked``: 3 wholly to 0 not at all.

    3: all parts agree. 2: agent, act and thing agree, quality or place is another or untold. 1: the
    same agent and thing, but another act, or denied. 0: everything else.
    """
    if (asked.agent, asked.thing) != (told.agent, told.thing):
        return 0
    if told.denied or asked.act != told.act:
        return 1
    return 3 if (asked.quality, asked.place) == (told.quality, told.place) else 2


def distract(asked: Fact, draw: Draw) -> Fact:
    """Return a fact that resembles ``asked`` in most words and is no answer to it."""
    kind = draw.below(4)
    if kind == 0:
        return replace(asked, agent=draw.other(len(AGENTS), asked.agent))
    if kind == 1:
        return replace(asked, thing=draw.other(len(THINGS), asked.thing))
    if kind == 2:
        return replace(asked, denied=True)
    return replace(asked, act=draw.other(len(ACTS), asked.act))


def wording(words: Sequence[str], draw: Draw) -> str:
    """Return the usual word, or another one at :data:`SYNONYM_RATE`."""
    return draw.one(words[1:]) if draw.chance(SYNONYM_RATE) else words[0]


def sentence(fact: Fact, draw: Draw) -> str:
    """Return a passage's sentence that tells ``fact``."""
    thing = wording(THINGS[fact.thing], draw)
    if fact.quality >= 0:
        thing = f"{wording(QUALITIES[fact.quality], draw)} {thing}"
    agent, act = AGENTS[fact.agent], wording(ACTS[fact.act], draw)
    never = "never " if fact.denied else ""
    where = f" at the {wording(PLACES[fact.place], draw)}" if fact.place >= 0 else ""
    if draw.chance(0.25):
        return f"The {thing} was {never}{act} by {agent}{where}."
    return f"{agent} {never}{act} the {thing}{where}."


def question(fact: Fact, draw: Draw) -> str:
    """Return a query that asks for ``fact``, as people type them: lower case, no full stop."""
    thing = f"{wording(QUALITIES[fact.quality], draw)} {wording(THINGS[fact.thing], draw)}"
    agent, act = AGENTS[fact.agent].lower(), wording(ACTS[fact.act], draw)
    place = wording(PLACES[fact.place], draw)
    forms = (
        f"when was the {thing} {act} by {agent} at the {place}",
        f"how {agent} {act} the {thing} at the {place}",
        f"who said that {agent} {act} the {thing} at the {place}",
    )
    return draw.one(forms)
