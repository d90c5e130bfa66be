"""The mini preference data: prompts, and rendered images that keep to them more or less.

A prompt asks for one or two groups of objects, "two red stars left of a blue coin"; an image of it
may get a number, a colour, a kind or the arrangement wrong. How it is painted (background, light,
noise, things lying about) is drawn apart from what is wrong, so that nothing but the prompt tells
a better image from a worse one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.tasks.mini.outlines import (
    DISTRACTORS,
    OBJECTS,
    SUBPIXELS,
    Polygon,
    placed,
    rasterise,
    unit,
)
from harness.tasks.mini.painting import (
    Colour,
    Picture,
    background,
    near_colour,
    photographed,
    random_colour,
    textured,
)

T = TypeVar("T")

SIZE = 48
"""Width and height of every image in pixels."""

KINDS = ("coin", "star", "heart", "brick", "arrow")

COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.85, 0.12, 0.12),
    "green": (0.12, 0.65, 0.18),
    "blue": (0.15, 0.25, 0.85),
    "yellow": (0.92, 0.82, 0.12),
    "purple": (0.58, 0.15, 0.7),
}

NUMBERS = ("a", "two", "three")

OPPOSITES = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}

_ALONE = 0.3
"""Share of prompts that ask for one group only."""

_MISTAKES = (0.3, 0.3, 0.25, 0.15)
"""Share of images with no mistake, one, two and three."""


@dataclass(frozen=True, slots=True)
class Group:
    """Objects of one kind and colour.

    Attributes:
        number: How many, 1 to 3.
        colour: A key of :data:`COLOURS`.
        kind: One of :data:`KINDS`.
    """

    number: int
    colour: str
    kind: str

    def __str__(self) -> str:
        """Return it in words: ``two red stars``."""
        plural = "s" if self.number > 1 else ""
        return f"{NUMBERS[self.number - 1]} {self.colour} {self.kind}{plural}"


@dataclass(frozen=True, slots=True)
class Content:
    """What a prompt asks for, or what an image shows.

    Attributes:
        groups: One group or two.
        relation: Where the first lies, seen from the second: a key of :data:`OPPOSITES`; ``""``
            for one group.
    """

    groups: tuple[Group, ...]
    relation: str = ""

    def __str__(self) -> str:
        """Return it in words: ``two red stars left of a blue coin``."""
        return f" {self.relation} ".join(map(str, self.groups))


PENALTIES = {"number": 1.0, "colour": 1.2, "kind": 1.5, "relation": 0.9}
"""What a wrong number, colour or kind of a group, or a wrong arrangement, costs an image."""


def draw_prompt(rng: np.random.Generator) -> Content:
    """Return what a random prompt asks for."""
    first = _group(rng, int(rng.integers(1, 4)))
    if rng.random() < _ALONE:
        return Content((first,))
    second = first
    while (second.colour, second.kind) == (first.colour, first.kind):
        second = _group(rng, int(rng.integers(1, 3)))
    return Content((first, second), str(rng.choice(list(OPPOSITES))))


def draw_attempt(asked: Content, rng: np.random.Generator) -> Content:
    """Return what a generator shows that was asked for ``asked``: mistakes at random."""
    shown = asked
    for _ in range(rng.choice(len(_MISTAKES), p=_MISTAKES)):
        shown = _mistaken(shown, rng)
    return shown


def faithfulness(asked: Content, shown: Content) -> float:
    """Return minus what the mistakes of ``shown`` cost; 0 for none."""
    cost = PENALTIES["relation"] * (asked.relation != shown.relation)
    for wanted, seen in zip(asked.groups, shown.groups, strict=True):
        cost += PENALTIES["number"] * (wanted.number != seen.number)
        cost += PENALTIES["colour"] * (wanted.colour != seen.colour)
        cost += PENALTIES["kind"] * (wanted.kind != seen.kind)
    return -cost


def render(shown: Content, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Paint ``shown``: ``(48, 48, 3)`` uint8."""
    picture = background(SIZE * SUBPIXELS, SIZE * SUBPIXELS, rng)
    for _ in range(rng.poisson(0.8)):
        outline = DISTRACTORS[str(rng.choice(list(DISTRACTORS)))](rng)
        spot = (rng.uniform(0, SIZE), rng.uniform(0, SIZE))
        polygon = placed(unit(outline), spot, rng.uniform(6, 15), rng.uniform(0, 6.3))
        _paint(picture, polygon, 0.5 * random_colour(rng) + 0.25, rng)
    for group, area in zip(shown.groups, _areas(shown), strict=True):
        for spot in _spots(group.number, area, rng):
            colour = near_colour(np.array(COLOURS[group.colour], np.float32), 0.05, rng)
            outline = unit(OBJECTS[group.kind](rng))
            polygon = placed(outline, spot, rng.uniform(11.5, 16), rng.normal(0, 0.25))
            _paint(picture, polygon, colour, rng)
    return photographed(picture, rng)


def _group(rng: np.random.Generator, number: int) -> Group:
    return Group(number, str(rng.choice(list(COLOURS))), str(rng.choice(KINDS)))


def _mistaken(shown: Content, rng: np.random.Generator) -> Content:
    """Return ``shown`` with one thing changed."""
    chance = rng.random()
    if len(shown.groups) == 2 and chance < 0.2:
        return replace(shown, relation=OPPOSITES[shown.relation])
    if len(shown.groups) == 2 and chance < 0.35:
        one, two = shown.groups
        swapped = (replace(one, colour=two.colour), replace(two, colour=one.colour))
        return replace(shown, groups=swapped)
    groups = list(shown.groups)
    k = int(rng.integers(len(groups)))
    what = str(rng.choice(["number", "colour", "kind"]))
    if what == "number":
        groups[k] = replace(groups[k], number=_other(groups[k].number, (1, 2, 3), rng))
    elif what == "colour":
        groups[k] = replace(groups[k], colour=_other(groups[k].colour, tuple(COLOURS), rng))
    else:
        groups[k] = replace(groups[k], kind=_other(groups[k].kind, KINDS, rng))
    return replace(shown, groups=tuple(groups))


def _other(value: T, choices: tuple[T, ...], rng: np.random.Generator) -> T:
    others = [choice for choice in choices if choice != value]
    return others[rng.integers(len(others))]


Area = tuple[float, float, float, float]


def _areas(shown: Content) -> list[Area]:
    """Return where the centres of each group's objects may lie: ``x0, y0, x1, y1`` in pixels."""
    near, far, low, high = 8.0, SIZE - 8.0, SIZE / 2 - 7, SIZE / 2 + 7
    left, right = (near, near, low, far), (high, near, far, far)
    above, below = (near, near, far, low), (near, high, far, far)
    order = {
        "": [(near, near, far, far)],
        "left of": [left, right],
        "right of": [right, left],
        "above": [above, below],
        "below": [below, above],
    }
    return order[shown.relation]


def _spots(number: int, area: Area, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return ``number`` centres in ``area``, as far apart as a few tries make them."""
    x0, y0, x1, y1 = area
    best: NDArray[np.float64] = np.empty((0, 2))
    widest = -1.0
    for _ in range(12):
        tried = rng.uniform((x0, y0), (x1, y1), (number, 2))
        apart = np.hypot(*(tried[:, None] - tried).T) + 1e3 * np.eye(number)
        if apart.min() > widest:
            best, widest = tried, float(apart.min())
    return [(float(x), float(y)) for x, y in best]


def _paint(picture: Picture, polygon: Polygon, colour: Colour, rng: np.random.Generator) -> None:
    window, mask = rasterise(polygon, SIZE, SIZE)
    picture[window][mask] = textured(colour, mask.shape, rng)[mask]
