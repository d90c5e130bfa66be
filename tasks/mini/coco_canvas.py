"""How the mini COCO's scenes are composed and painted, and the dials of their difficulty.

Painting goes from the back to the front. Nothing is painted that would hide too much of an object
behind it, so every object in a scene can be annotated.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.tasks.mini.outlines import (
    DISTRACTORS,
    OBJECTS,
    SUBPIXELS,
    Mask,
    Polygon,
    Window,
    placed,
    rasterise,
    signed_area,
    unit,
)
from harness.tasks.mini.painting import (
    PATTERNS,
    Colour,
    Pattern,
    Picture,
    background,
    near_colour,
    random_colour,
    textured,
)

WIDTH, HEIGHT = 192, 144
"""Size of every scene in pixels."""

CATEGORY_IDS: dict[str, int] = dict(zip(OBJECTS, (1, 2, 4, 5, 7, 8, 10, 13), strict=True))
"""Category ids with gaps, as COCO's own have."""

_USUAL: dict[str, tuple[float, Pattern]] = {
    kind: (6 * k / len(OBJECTS), PATTERNS[k % len(PATTERNS)]) for k, kind in enumerate(OBJECTS)
}
"""The hue and the pattern most individuals of a kind have, as most lemons are yellow."""


@dataclass(frozen=True, slots=True)
class Dials:
    """What makes the scenes easy or hard.

    Attributes:
        crowded: Share of scenes that are crowded.
        groups: Mean number of groups beyond the first in sparse and in crowded scenes; a group is
            a single object or a row of neighbours of one kind.
        row: Chance that a group is a row, in sparse and in crowded scenes.
        row_length: Least and greatest number of neighbours in a row.
        step: Shift from one neighbour to the next, as a share of the object's size.
        size: Median object size in pixels (longer side) and its log-normal spread.
        size_limits: Least and greatest size in pixels.
        large: Chance that a group's size is instead drawn evenly from the upper end.
        usual: Chance that a group has the hue and pattern usual for its kind rather than any.
        visible: Least share of an object that is seen: what would hide more is not painted.
        visible_pixels: Least area of an object that is seen, in pixels.
        distractors: Mean number of unannotated things behind and in front of the objects.
        clump: Chance of a dense clump of tiny objects, annotated as one crowd region.
    """

    crowded: float = 0.25
    groups: tuple[float, float] = (3.0, 2.0)
    row: tuple[float, float] = (0.06, 0.75)
    row_length: tuple[int, int] = (2, 5)
    step: tuple[float, float] = (0.2, 0.45)
    size: tuple[float, float] = (46.0, 0.55)
    size_limits: tuple[float, float] = (13.0, 180.0)
    large: float = 0.12
    usual: float = 0.9
    visible: float = 0.45
    visible_pixels: float = 28.0
    distractors: tuple[float, float] = (4.0, 1.0)
    clump: float = 0.08


DIALS = Dials()


class Canvas:
    """A scene being painted.

    Attributes:
        rng: Source of every random choice.
        dials: The difficulty.
        picture: ``(288, 384, 3)`` float32, the colours so far.
        owner: ``(288, 384)`` int16, 0 or 1 + the number of the object seen in the cell.
        labels: Category id of each object so far.
        crowd: For each object whether it is a crowd region.
    """

    def __init__(self, rng: np.random.Generator, dials: Dials = DIALS) -> None:
        """Start with a background only."""
        self.rng = rng
        self.dials = dials
        self.picture: Picture = background(HEIGHT * SUBPIXELS, WIDTH * SUBPIXELS, rng)
        self.owner: NDArray[np.int16] = np.zeros(self.picture.shape[:2], np.int16)
        self.labels: list[int] = []
        self.crowd: list[bool] = []
        self._painted: Counter[int] = Counter()
        self._visible: Counter[int] = Counter()

    def compose(self) -> None:
        """Paint distractors, perhaps a clump, the groups of objects, and a few more distractors."""
        rng, dials = self.rng, self.dials
        crowded = int(rng.random() < dials.crowded)
        for _ in range(rng.poisson(dials.distractors[0])):
            self._distractor()
        if rng.random() < dials.clump:
            self._clump()
        for _ in range(1 + rng.poisson(dials.groups[crowded])):
            is_row = rng.random() < dials.row[crowded]
            least, greatest = dials.row_length
            self._group(int(rng.integers(least, greatest + 1)) if is_row else 1)
        for _ in range(rng.poisson(dials.distractors[1])):
            self._distractor()

    def _group(self, length: int) -> None:
        """Paint ``length`` neighbours of one kind, each shifted from the one before."""
        rng, dials = self.rng, self.dials
        kind = str(rng.choice(list(OBJECTS)))
        least, greatest = dials.size_limits
        if rng.random() < dials.large:
            size = rng.uniform(0.75, 1) * greatest
        else:
            size = np.clip(dials.size[0] * np.exp(rng.normal(0, dials.size[1])), least, greatest)
        hue, pattern = _USUAL[kind] if rng.random() < dials.usual else (None, None)
        colour, turn, heading = (
            random_colour(rng, hue),
            rng.normal(0, 0.5),
            rng.uniform(0, 2 * np.pi),
        )
        x, y = rng.uniform(0.05, 0.95) * WIDTH, rng.uniform(0.05, 0.95) * HEIGHT
        for _ in range(length):
            own = size * np.exp(rng.normal(0, 0.08))
            polygon = placed(unit(OBJECTS[kind](rng)), (x, y), own, turn + rng.normal(0, 0.15))
            shade = near_colour(colour, 0.1, rng) if rng.random() < 0.6 else random_colour(rng, hue)
            if self._put(polygon, shade, len(self.labels) + 1, pattern):
                self.labels.append(CATEGORY_IDS[kind])
                self.crowd.append(False)
            step = rng.uniform(*dials.step) * size
            heading += rng.normal(0, 0.3)
            x, y = x + step * np.cos(heading), y + step * np.sin(heading)

    def _clump(self) -> None:
        """Paint a dense patch of tiny objects of one kind: one crowd region."""
        rng = self.rng
        kind, colour = str(rng.choice(list(OBJECTS))), random_colour(rng)
        x, y = rng.uniform(0.2, 0.8) * WIDTH, rng.uniform(0.2, 0.8) * HEIGHT
        number = len(self.labels) + 1
        members = 0
        for _ in range(rng.integers(18, 40)):
            spot = (x + rng.normal(0, 16), y + rng.normal(0, 9))
            polygon = placed(unit(OBJECTS[kind](rng)), spot, rng.uniform(8, 13), rng.normal(0, 0.6))
            members += self._put(polygon, near_colour(colour, 0.12, rng), number)
        if members:
            self.labels.append(CATEGORY_IDS[kind])
            self.crowd.append(True)

    def _distractor(self) -> None:
        """Paint something that no annotation mentions."""
        rng = self.rng
        kind = str(rng.choice(list(DISTRACTORS)))
        spot = (rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT))
        size, turn = 30 * np.exp(rng.normal(0, 0.6)), rng.uniform(0, 2 * np.pi)
        self._put(placed(unit(DISTRACTORS[kind](rng)), spot, size, turn), random_colour(rng), 0)

    def _put(
        self, polygon: Polygon, colour: Colour, number: int, pattern: Pattern | None = None
    ) -> bool:
        """Paint ``polygon`` as object ``number`` (0: nobody's) unless that would hide too much.

        Nothing is painted, and False returned, where too little of the polygon itself lies in the
        image, or too little would stay visible of an object behind it.
        """
        dials = self.dials
        window, mask = rasterise(polygon, WIDTH, HEIGHT)
        cells = int(mask.sum())
        floor = dials.visible_pixels * SUBPIXELS**2
        if cells < max(floor, dials.visible * abs(signed_area(polygon)) * SUBPIXELS**2):
            return False
        behind, hidden = np.unique(self.owner[window][mask], return_counts=True)
        covered = {int(k): int(n) for k, n in zip(behind, hidden, strict=True) if k}
        for k, n in covered.items():
            least = max(floor, dials.visible * self._painted[k])
            if k != number and self._visible[k] - n < least:
                return False
        self._visible.subtract(covered)
        self._visible[number] += cells
        self._painted[number] += cells
        self.owner[window][mask] = number
        self._paint(polygon, window, mask, textured(colour, mask.shape, self.rng, pattern))
        return True

    def _paint(self, polygon: Polygon, window: Window, mask: Mask, patch: Picture) -> None:
        """Fill ``mask`` from ``patch``, half the time with a darker rim."""
        if self.rng.random() < 0.5:
            middle = (polygon.min(axis=0) + polygon.max(axis=0)) / 2
            inner = np.zeros_like(self.owner, bool)
            inside, core = rasterise(middle + 0.84 * (polygon - middle), WIDTH, HEIGHT)
            inner[inside] = core
            patch[~inner[window]] *= 0.55
        self.picture[window][mask] = patch[mask]
