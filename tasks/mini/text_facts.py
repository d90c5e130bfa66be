"""The facts of the mini world of text: who did what to which thing, rendered as English.

Every label is computed from the records by :func:`relation`, never from the surface. A rendering
may use a synonym, the passive or an implicative verb ("failed to") in place of a plain negation.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass, replace
from typing import Literal

Part = Literal["corpus", "train", "val"]
"""Where a fact may be told: to backbones in pretraining, in a task's training split, in its test."""

Relation = Literal["entailment", "contradiction", "neutral"]

WOMEN = ("Ann", "Bea", "Carla", "Dora", "Edith", "Fiona", "Greta", "Hanna", "Irene", "Julia")
MEN = ("Adam", "Boris", "Carl", "David", "Emil", "Frank", "Georg", "Henry", "Ivan", "Jonas")
PEOPLE = WOMEN + MEN
ACTS: dict[str, tuple[tuple[str, str, str], tuple[str, str, str]]] = {
    "buy": (("buy", "bought", "bought"), ("purchase", "purchased", "purchased")),
    "find": (("find", "found", "found"), ("discover", "discovered", "discovered")),
    "repair": (("repair", "repaired", "repaired"), ("mend", "mended", "mended")),
    "hide": (("hide", "hid", "hidden"), ("conceal", "concealed", "concealed")),
    "draw": (("draw", "drew", "drawn"), ("sketch", "sketched", "sketched")),
    "choose": (("choose", "chose", "chosen"), ("select", "selected", "selected")),
    "watch": (("watch", "watched", "watched"), ("observe", "observed", "observed")),
    "clean": (("clean", "cleaned", "cleaned"), ("wash", "washed", "washed")),
    "lose": (("lose", "lost", "lost"), ("misplace", "misplaced", "misplaced")),
    "order": (("order", "ordered", "ordered"), ("request", "requested", "requested")),
}
"""Act to its usual and its other verb, each as base, past and participle."""
KINDS = {
    "animal": ("dog", "cat", "goat", "rabbit", "duck", "horse"),
    "fruit": ("apple", "pear", "plum", "lemon", "cherry", "melon"),
    "tool": ("hammer", "saw", "spade", "drill", "wrench", "chisel"),
    "garment": ("coat", "scarf", "shirt", "skirt", "glove", "hat"),
    "vehicle": ("bicycle", "truck", "tractor", "wagon", "boat", "sledge"),
    "instrument": ("drum", "flute", "violin", "trumpet", "harp", "guitar"),
}
CATEGORY = {kind: category for category, kinds in KINDS.items() for kind in kinds}
OPPOSITE = {"big": "small", "old": "new", "clean": "dirty", "cheap": "costly", "dark": "light"}
OPPOSITE |= {b: a for a, b in OPPOSITE.items()}
PLACES = ("harbour", "market", "garden", "station", "school", "castle", "forest", "kitchen")
AFFIRMING = ("", "", "", "managed to", "happened to")
DENYING = ("did not", "did not", "did not", "failed to", "refused to", "forgot to")


@dataclass(frozen=True, slots=True)
class Predicate:
    """What is said of somebody, with how it is worded.

    Attributes:
        act: Key of :data:`ACTS`.
        thing: A kind or a category.
        quality: An adjective, or None.
        place: A place, or None.
        positive: Whether it happened.
        synonym: Word the act with its other verb.
        passive: Word a plain sentence in the passive.
        operator: An implicative verb or ``did not``; empty for a plain positive sentence.
    """

    act: str
    thing: str
    quality: str | None
    place: str | None
    positive: bool = True
    synonym: bool = False
    passive: bool = False
    operator: str = ""

    @property
    def category(self) -> str:
        """Return the thing's category, which may be itself."""
        return CATEGORY.get(self.thing, self.thing)

    @property
    def part(self) -> Part:
        """Return the only part of the data this act on this category may appear in."""
        return part_of(f"{self.act} {self.category}")

    def worded(self, rng: random.Random) -> Predicate:
        """Return the same statement in a wording drawn from ``rng``."""
        return replace(
            self,
            synonym=rng.random() < 0.2,
            passive=rng.random() < 0.25,
            operator=rng.choice(AFFIRMING if self.positive else DENYING),
        )

    def sentence(self, agent: str) -> str:
        """Return the statement about ``agent``, without a full stop."""
        base, past, participle = ACTS[self.act][self.synonym]
        if self.passive and self.operator in ("", "did not"):
            negation = "not " if self.operator else ""
            place = f" in the {self.place}" if self.place else ""
            return f"{self.noun()} was {negation}{participle} by {agent}{place}"
        verb = f"{self.operator} {base}" if self.operator else past
        return f"{agent} {verb} {self._rest()}"

    def question(self, agent: str) -> str:
        """Return whether ``agent`` did it, as a question without its mark."""
        return f"did {agent} {ACTS[self.act][self.synonym][0]} {self._rest()}"

    def done_by(self, agent: str) -> str:
        """Return the plain positive sentence about ``agent``, without a full stop."""
        return f"{agent} {ACTS[self.act][self.synonym][1]} {self._rest()}"

    def _rest(self) -> str:
        return self.noun() + (f" in the {self.place}" if self.place else "")

    def noun(self) -> str:
        """Return the thing with article and adjective."""
        phrase = f"{self.quality} {self.thing}" if self.quality else self.thing
        return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"


def part_of(core: str) -> Part:
    """Return the part a core of facts belongs to; of twenty cores twelve, five and three.

    With this salt each category of things is met in every part, and each act in the corpus.
    """
    place = zlib.crc32(f"{core} 151".encode()) % 20
    return "corpus" if place < 12 else "train" if place < 17 else "val"


def covers(narrow: Predicate, wide: Predicate) -> bool:
    """Tell whether doing ``narrow`` is a way of doing ``wide``, polarity aside."""
    return (
        narrow.act == wide.act
        and wide.thing in (narrow.thing, narrow.category)
        and wide.quality in (None, narrow.quality)
        and wide.place in (None, narrow.place)
    )


def relation(known: Predicate, claimed: Predicate) -> Relation:
    """Return what ``known`` says of ``claimed`` about the same person.

    A denial entails narrower denials: who bought no animal bought no dog.
    """
    if known.positive and claimed.positive:
        return "entailment" if covers(known, claimed) else "neutral"
    if known.positive:
        return "contradiction" if covers(known, claimed) else "neutral"
    if claimed.positive:
        return "contradiction" if covers(claimed, known) else "neutral"
    return "entailment" if covers(claimed, known) else "neutral"


def draw(rng: random.Random, part: Part, *, positive: bool | None = None) -> Predicate:
    """Return a random predicate of ``part``, plainly worded; polarity is drawn where None."""
    while True:
        found = Predicate(
            act=rng.choice(tuple(ACTS)),
            thing=rng.choice(tuple(CATEGORY) + 3 * tuple(KINDS)),
            quality=rng.choice((None, *OPPOSITE)) if rng.random() < 0.6 else None,
            place=rng.choice(PLACES) if rng.random() < 0.4 else None,
            positive=rng.random() < 0.6 if positive is None else positive,
        )
        if found.part == part:
            return found


def narrowed(rng: random.Random, wide: Predicate) -> Predicate:
    """Return a predicate that ``wide`` covers, often more specific."""
    thing = (
        rng.choice(KINDS[wide.thing]) if wide.thing in KINDS and rng.random() < 0.7 else wide.thing
    )
    quality = wide.quality or (rng.choice(tuple(OPPOSITE)) if rng.random() < 0.3 else None)
    return replace(wide, thing=thing, quality=quality, place=wide.place or _maybe_place(rng))


def widened(rng: random.Random, narrow: Predicate) -> Predicate:
    """Return a predicate that covers ``narrow``, often more general."""
    return replace(
        narrow,
        thing=narrow.category if rng.random() < 0.5 else narrow.thing,
        quality=narrow.quality if rng.random() < 0.5 else None,
        place=narrow.place if rng.random() < 0.5 else None,
    )


def entailing(rng: random.Random, claimed: Predicate) -> Predicate:
    """Return a predicate that entails ``claimed``."""
    return narrowed(rng, claimed) if claimed.positive else widened(rng, claimed)


def edited(rng: random.Random, known: Predicate) -> Predicate:
    """Return ``known`` with one part changed: polarity, quality, kind, place or act."""
    change = rng.choice(("polarity", "polarity", "quality", "thing", "thing", "place", "act"))
    if change == "polarity":
        return replace(known, positive=not known.positive)
    if change == "quality" and known.quality:
        return replace(known, quality=OPPOSITE[known.quality])
    if change == "place" and known.place:
        return replace(known, place=rng.choice([p for p in PLACES if p != known.place]))
    if change == "act":
        return replace(known, act=rng.choice([a for a in ACTS if a != known.act]))
    if known.thing in CATEGORY and rng.random() < 0.6:
        return replace(
            known, thing=rng.choice([k for k in KINDS[known.category] if k != known.thing])
        )
    return replace(known, thing=rng.choice([k for k in CATEGORY if CATEGORY[k] != known.category]))


def _maybe_place(rng: random.Random) -> str | None:
    return rng.choice(PLACES) if rng.random() < 0.3 else None
