"""Outlines of the mini world's objects, their rasterisation and the tracing back of masks.

An outline is a simple polygon, ``(n, 2)`` float64 ``x, y``. In its own frame it is centred and as
large as the unit square; :func:`placed` turns, scales and moves it to pixels. Masks live on a
sub-pixel grid, :data:`SUBPIXELS` cells to a pixel and direction, so that boxes and areas come in
fractions of a pixel and edges can be smoothed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

SUBPIXELS = 2
"""Mask cells per pixel in each direction."""

Polygon = NDArray[np.float64]
Mask = NDArray[np.bool_]
Window = tuple[slice, slice]


def _polar(radii: NDArray[np.float64]) -> Polygon:
    """Return the closed curve through ``radii`` at equally spaced angles, starting at the top."""
    angles = np.arange(len(radii)) * (2 * np.pi / len(radii)) - np.pi / 2
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)


def _coin(rng: np.random.Generator) -> Polygon:
    return _polar(np.ones(28)) * (1, rng.uniform(0.72, 1))


def _leaf(rng: np.random.Generator) -> Polygon:
    t = np.linspace(-1, 1, 13)
    bulge = rng.uniform(0.36, 0.62) * (1 - t**2) * (1 + rng.uniform(-0.35, 0.35) * t)
    return np.concatenate([np.stack([bulge, t], 1), np.stack([-bulge, t], 1)[-2:0:-1]])


def _star(rng: np.random.Generator) -> Polygon:
    points = int(rng.integers(5, 7))
    return _polar(np.tile([1.0, rng.uniform(0.38, 0.6)], points))


def _brick(rng: np.random.Generator) -> Polygon:
    half, skew = rng.uniform(0.42, 0.8), rng.uniform(-0.12, 0.12)
    return np.array([[-1, -half], [1, skew - half], [1, half], [-1, half - skew]])


def _heart(rng: np.random.Generator) -> Polygon:
    t = np.arange(28) * (2 * np.pi / 28)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return np.stack([x * rng.uniform(0.85, 1.1), y], axis=1)


def _gear(rng: np.random.Generator) -> Polygon:
    root = rng.uniform(0.68, 0.82)
    return _polar(np.tile([1.0, 1.0, root, root], int(rng.integers(7, 11))))


def _arrow(rng: np.random.Generator) -> Polygon:
    shaft, neck, barb = rng.uniform(0.22, 0.42), rng.uniform(-0.25, 0.15), rng.uniform(0.65, 0.95)
    side = np.array([[neck, -barb], [neck, -shaft], [-1, -shaft]])
    return np.concatenate([[[1.0, 0.0]], side, side[::-1] * (1, -1)])


def _bottle(rng: np.random.Generator) -> Polygon:
    body, neck = rng.uniform(0.38, 0.55), rng.uniform(0.12, 0.2)
    shoulder, throat = rng.uniform(-0.25, 0.1), rng.uniform(-0.6, -0.45)
    side = np.array([[neck, -1], [neck, throat], [body, shoulder], [body, 1]])
    return np.concatenate([side, side[::-1] * (-1, 1)])


def _blob(rng: np.random.Generator) -> Polygon:
    angles = np.arange(24) * (2 * np.pi / 24)
    waves = [rng.normal(0, 0.3 / k) * np.cos(k * angles + rng.uniform(0, 6.3)) for k in (1, 2, 3)]
    return _polar(np.clip(1 + np.sum(waves, axis=0), 0.25, None))


def _wedge(rng: np.random.Generator) -> Polygon:
    return _polar(rng.uniform(0.5, 1, 3))


def _stroke(rng: np.random.Generator) -> Polygon:
    half = rng.uniform(0.02, 0.08)
    bend = rng.uniform(-0.4, 0.4)
    return np.array(
        [[-1, -half], [0, bend - half], [1, -half], [1, half], [0, bend + half], [-1, half]]
    )


Outline = Callable[[np.random.Generator], Polygon]

OBJECTS: dict[str, Outline] = {
    "coin": _coin,
    "leaf": _leaf,
    "star": _star,
    "brick": _brick,
    "heart": _heart,
    "gear": _gear,
    "arrow": _arrow,
    "bottle": _bottle,
}
"""The annotated kinds of object; each call draws one individual of the kind."""

DISTRACTORS: dict[str, Outline] = {"blob": _blob, "wedge": _wedge, "stroke": _stroke}
"""Things that lie about in a scene and are annotated nowhere."""


def unit(outline: Polygon) -> Polygon:
    """Return ``outline`` centred, its longer side scaled to 1."""
    low, high = outline.min(axis=0), outline.max(axis=0)
    centred: Polygon = outline - (low + high) / 2
    return centred / float(np.max(high - low))


def placed(outline: Polygon, centre: tuple[float, float], size: float, turn: float) -> Polygon:
    """Return ``outline`` scaled by ``size``, turned by ``turn`` radians and moved to ``centre``."""
    c, s = np.cos(turn), np.sin(turn)
    return np.add(outline @ (np.array([[c, s], [-s, c]]) * size), centre)


def rasterise(polygon: Polygon, width: int, height: int) -> tuple[Window, Mask]:
    """Return the grid cells whose centres lie inside ``polygon`` (even-odd rule).

    Args:
        polygon: Corners in pixels; parts outside the image are cut off.
        width: Image width in pixels.
        height: Image height in pixels.

    Returns:
        The window of the image's sub-pixel grid that holds the polygon, and the mask in it.
    """
    corners = polygon * SUBPIXELS - 0.5
    limit = np.array([width, height]) * SUBPIXELS
    x0, y0 = np.clip(np.floor(corners.min(axis=0)), 0, limit).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)) + 1, 0, limit).astype(int)
    flips = np.zeros((y1 - y0, x1 - x0 + 1), np.int64)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if ay > by:
            ax, ay, bx, by = bx, by, ax, ay
        rows = np.arange(max(int(np.ceil(ay)), y0), min(int(np.ceil(by)), y1))
        if len(rows):
            columns = np.ceil(ax + (rows - ay) * ((bx - ax) / (by - ay)))
            flips[rows - y0, np.clip(columns - x0, 0, x1 - x0).astype(int)] += 1
    inside = np.cumsum(flips, axis=1)[:, :-1] % 2 == 1
    return (slice(y0, y1), slice(x0, x1)), inside


def bounds(mask: Mask) -> tuple[int, int, int, int]:
    """Return ``x0, y0, x1, y1`` of the cells set in ``mask``, the last two exclusive."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def trace(mask: Mask, tolerance: float = 1.0) -> list[Polygon]:
    """Return the outer contours of ``mask`` as polygons, the largest first.

    Contours run along cell borders and are then thinned. Holes are filled, as in COCO, whose
    polygons cannot express them.

    Args:
        mask: ``(h, w)`` cells.
        tolerance: How far, in cells, a dropped corner may lie from the polygon.
    """
    loops = [loop for loop in _border_loops(mask) if signed_area(loop) > 0]
    loops.sort(key=signed_area, reverse=True)
    return [_thinned(loop, tolerance) for loop in loops]


def signed_area(polygon: Polygon) -> float:
    """Return the shoelace area, positive for corners clockwise on the screen (y down)."""
    x, y = polygon.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def _border_loops(mask: Mask) -> list[Polygon]:
    """Chain the borders between set and unset cells: outer loops clockwise, holes the other way."""
    grid = np.pad(mask, 1).astype(np.int8)
    across, down = np.diff(grid, axis=0), np.diff(grid, axis=1)
    # Padding moves cells by one: the border at across[y, x] runs from corner x - 1 to corner x.
    edges = [((x - 1, y), (x, y), across[y, x]) for y, x in np.argwhere(across).tolist()]
    edges += [((x, y), (x, y - 1), down[y, x]) for y, x in np.argwhere(down).tolist()]
    following: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for start, end, change in edges:
        start, end = (start, end) if change > 0 else (end, start)
        following.setdefault(start, []).append(end)
    loops = []
    while following:
        here = next(iter(following))
        loop = []
        while here in following:
            loop.append(here)
            ends = following[here]
            here = ends.pop()
            if not ends:
                del following[loop[-1]]
        loops.append(np.array(loop, np.float64))
    return loops


def _thinned(loop: Polygon, tolerance: float) -> Polygon:
    """Drop corners by Douglas and Peucker's rule, from the first and the farthest corner on."""
    far = int(np.argmax(np.hypot(*(loop - loop[0]).T)))
    closed = np.concatenate([loop, loop[:1]])
    keep = np.zeros(len(closed), bool)
    keep[[0, far]] = True
    spans = [(0, far), (far, len(loop))]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        chord = closed[last] - closed[first]
        offset = closed[first + 1 : last] - closed[first]
        distance = np.abs(offset @ (chord[1], -chord[0])) / max(np.hypot(*chord), 1e-9)
        worst = int(np.argmax(distance))
        if distance[worst] > tolerance:
            middle = first + 1 + worst
            keep[middle] = True
            spans += [(first, middle), (middle, last)]
    corners = closed[:-1][keep[:-1]]
    return corners if len(corners) > 2 else loop
