"""The mini CIFARs' pictures: one object before a busy background, off centre and askew.

Position, turn, size, colour and background are drawn afresh for every picture, so single pixels tell
little of the class: it is the outline that does, and in the mini CIFAR-100 outline, surface and hue.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.tasks.mini.outlines import (
    DISTRACTORS,
    OBJECTS,
    SUBPIXELS,
    Outline,
    Polygon,
    placed,
    rasterise,
    unit,
)
from harness.tasks.mini.painting import (
    Pattern,
    Picture,
    background,
    photographed,
    random_colour,
    textured,
)

SIDE = 32
CONTRAST = 0.3
"""How far an object's colour is from what lies behind it, at least, in one channel or another."""


def _cross(rng: np.random.Generator) -> Polygon:
    arm = rng.uniform(0.22, 0.4)
    corner = np.array([[arm, -1], [arm, -arm], [1, -arm]])
    turned = np.stack([-corner[:, 1], corner[:, 0]], axis=1)
    return np.concatenate([corner, turned, -corner, -turned])


def _moon(rng: np.random.Generator) -> Polygon:
    angle = np.linspace(-np.pi / 2, np.pi / 2, 13)
    outer = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.concatenate([outer, outer[-2:0:-1] * (rng.uniform(0.3, 0.6), 1)])


SHAPES: dict[str, Outline] = {**OBJECTS, "cross": _cross, "moon": _moon}
"""The ten classes of the mini CIFAR-10: those of the mini COCO and two more."""

SURFACES: dict[str, Pattern] = {"plain": "plain", "striped": "stripes"}
HUES: dict[str, float] = {"red": 0.0, "yellow": 1.2, "green": 2.4, "blue": 3.6, "purple": 4.8}

CLASSES_10 = tuple(SHAPES)
COARSE = tuple(f"{surface} {shape}" for shape in SHAPES for surface in SURFACES)
"""The twenty superclasses of the mini CIFAR-100."""
CLASSES_100 = tuple(f"{hue} {coarse}" for coarse in COARSE for hue in HUES)
"""Its hundred classes, five to a superclass and in their order."""


def draw_10(label: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a ``(32, 32, 3)`` picture of class ``label`` of the mini CIFAR-10."""
    return _draw(CLASSES_10[label], rng, None, None)


def draw_100(label: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a ``(32, 32, 3)`` picture of class ``label`` of the mini CIFAR-100."""
    hue, surface, shape = CLASSES_100[label].split()
    return _draw(shape, rng, HUES[hue], SURFACES[surface])


def coarse_of(label: int) -> int:
    """Return the superclass of a class of the mini CIFAR-100."""
    return label // len(HUES)


def _draw(
    shape: str, rng: np.random.Generator, hue: float | None, pattern: Pattern | None
) -> NDArray[np.uint8]:
    picture = background(SIDE * SUBPIXELS, SIDE * SUBPIXELS, rng)
    if rng.random() < 0.5:
        outline = list(DISTRACTORS.values())[rng.integers(len(DISTRACTORS))]
        at, turn = rng.uniform(0, SIDE, 2), rng.uniform(0, 2 * np.pi)
        _paint(picture, placed(unit(outline(rng)), _pair(at), rng.uniform(4, 9), turn), rng)
    size = rng.uniform(23, 29)
    at = SIDE / 2 + rng.uniform(-1, 1, 2) * (SIDE - size) / 2
    polygon = placed(unit(SHAPES[shape](rng)), _pair(at), size, rng.normal(0, 0.15))
    _paint(picture, polygon, rng, hue, pattern)
    return photographed(picture, rng)


def _pair(at: NDArray[np.float64]) -> tuple[float, float]:
    return float(at[0]), float(at[1])


def _paint(
    picture: Picture,
    polygon: Polygon,
    rng: np.random.Generator,
    hue: float | None = None,
    pattern: Pattern | None = None,
) -> None:
    """Paint an object with ``polygon`` for its outline, in pixels, into ``picture``."""
    window, mask = rasterise(polygon, SIDE, SIDE)
    behind = picture[window].mean(axis=(0, 1)) if mask.size else np.zeros(3, np.float32)
    colour = random_colour(rng, hue)
    while np.abs(colour - behind).max() < CONTRAST:
        colour = random_colour(rng, hue)
    patch = textured(colour, mask.shape, rng, pattern)
    picture[window][mask] = patch[mask]
