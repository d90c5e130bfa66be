"""The mini Fashion-MNIST's pictures: garments, shoes and bags laid flat, grey on black.

As in the original, tops differ in little but sleeves, length and opening. A garment is a union of
polygons in the unit square, x to the right and y down, with some of them cut out again.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from harness.tasks.mini.outlines import SUBPIXELS, Polygon, rasterise
from harness.tasks.mini.painting import textured

SIDE = 28

Parts = tuple[list[Polygon], list[Polygon]]
"""What is cloth, and what is cut out of it."""


def _polygon(*corners: tuple[float, float]) -> Polygon:
    return np.array(corners, np.float64)


def _mirrored(*half: tuple[float, float]) -> Polygon:
    """Return the polygon with this right half, from the top to the bottom."""
    right = np.array(half, np.float64)
    return np.concatenate([right, right[::-1] * (-1, 1) + (1, 0)])


def _top(
    rng: np.random.Generator, sleeve: float, length: float, flare: float = 0.0
) -> list[Polygon]:
    """Return a body with sleeves that reach ``sleeve`` of the way down; ``length`` is the hem's."""
    waist = rng.uniform(0.7, 0.76)
    cuff = rng.uniform(0.1, 0.16)
    spread = 0.8 + 0.16 * sleeve + rng.uniform(-0.03, 0.05)
    end = 0.12 + sleeve * 0.72
    arm = _polygon((0.68, 0.04), (spread, end), (spread - cuff, end + 0.05), (0.66, 0.34))
    body = _mirrored((0.6, 0), (0.74, 0.06), (waist, 0.4), (waist + flare, length))
    return [body, arm, arm * (-1, 1) + (1, 0)]


def _neck(rng: np.random.Generator, depth: float) -> Polygon:
    return _mirrored((0.6, -0.02), (0.5 + rng.uniform(0.0, 0.04), depth))


def _t_shirt(rng: np.random.Generator) -> Parts:
    return _top(rng, rng.uniform(0.18, 0.36), rng.uniform(0.85, 1)), [_neck(rng, 0.1)]


def _trouser(rng: np.random.Generator) -> Parts:
    hem, crotch = rng.uniform(0.06, 0.13), rng.uniform(0.28, 0.4)
    leg = _polygon((0.5, 0), (0.7, 0), (0.75, 1), (0.75 - 2 * hem, 1), (0.5, crotch))
    return [leg, leg * (-1, 1) + (1, 0)], []


def _pullover(rng: np.random.Generator) -> Parts:
    return _top(rng, rng.uniform(0.8, 1), rng.uniform(0.82, 0.95)), [_neck(rng, 0.06)]


def _dress(rng: np.random.Generator) -> Parts:
    flare = rng.uniform(0.04, 0.2)
    if rng.random() < 0.5:
        return _top(rng, rng.uniform(0.1, 0.4), 1.0, flare - 0.1), [_neck(rng, 0.14)]
    body = _mirrored((0.58, 0), (0.62, 0.3), (0.6, 0.42), (0.6 + flare, 1))
    return [body], [_neck(rng, 0.14)]


def _coat(rng: np.random.Generator) -> Parts:
    opening = _mirrored((0.5 + rng.uniform(0.012, 0.03), 0), (0.52, 1.02))
    return _top(rng, rng.uniform(0.85, 1.05), 1.0, 0.03), [opening, _neck(rng, 0.2)]


def _sandal(rng: np.random.Generator) -> Parts:
    heel = rng.uniform(0, 0.25)
    sole = _polygon(
        (0, 0.86), (0.45, 0.84), (1, 0.66 - heel), (1, 0.76 - heel), (0.45, 0.95), (0, 0.94)
    )
    strap = rng.uniform(0.2, 0.4)
    band = _polygon((strap, 0.88), (strap + 0.15, 0.5), (strap + 0.25, 0.5), (strap + 0.12, 0.9))
    back = _polygon((0.8, 0.75), (0.9, 0.42 - heel), (0.97, 0.42 - heel), (0.95, 0.75))
    post = _polygon((0.92, 0.7 - heel), (1, 0.7 - heel), (1, 0.95), (0.95, 0.95))
    return [sole, band, back, post], []


def _shirt(rng: np.random.Generator) -> Parts:
    buttons = _mirrored((0.508, 0.2), (0.508, rng.uniform(0.5, 0.9)))
    return _top(rng, rng.uniform(0.3, 1), rng.uniform(0.88, 1)), [_neck(rng, 0.2), buttons]


def _sneaker(rng: np.random.Generator) -> Parts:
    top = rng.uniform(0.4, 0.52)
    toe = rng.uniform(0.66, 0.76)
    shoe = _polygon((0, toe), (0.35, top + 0.1), (0.62, top), (1, top - 0.02), (1, 0.92), (0, 0.92))
    return [shoe], [_polygon((0, 0.84), (1, 0.82), (1, 0.85), (0, 0.87))]


def _bag(rng: np.random.Generator) -> Parts:
    top, inset = rng.uniform(0.3, 0.5), rng.uniform(0, 0.12)
    body = _mirrored((1 - inset, top), (1, 0.95))
    reach, high = rng.uniform(0.2, 0.35), rng.uniform(0.02, 0.2)
    handle = _mirrored((0.5 + reach - 0.06, high), (0.5 + reach, top + 0.02))
    hole = _mirrored((0.5 + reach - 0.12, high + 0.08), (0.5 + reach - 0.08, top - 0.01))
    return [body, handle], [hole]


def _ankle_boot(rng: np.random.Generator) -> Parts:
    shaft, toe = rng.uniform(0.0, 0.2), rng.uniform(0.6, 0.72)
    boot = _polygon(
        (0, toe), (0.4, 0.5), (0.5, shaft), (1, shaft), (0.97, 0.5), (1, 0.95), (0, 0.95)
    )
    gap = rng.uniform(0.4, 0.7)
    return [boot], [_polygon((gap, 0.88), (0.85, 0.88), (0.85, 0.96), (gap, 0.96))]


_GARMENTS: tuple[Callable[[np.random.Generator], Parts], ...] = (
    _t_shirt,
    _trouser,
    _pullover,
    _dress,
    _coat,
    _sandal,
    _shirt,
    _sneaker,
    _bag,
    _ankle_boot,
)
"""In the order of Fashion-MNIST's labels."""


def draw(label: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a ``(28, 28)`` picture of class ``label``."""
    size = rng.uniform(19, 25) * np.array([rng.uniform(0.85, 1.05), rng.uniform(0.85, 1.05)])
    turn = rng.normal(0, 0.1)
    frame = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * size
    centre = SIDE / 2 + rng.uniform(-2, 2, 2)
    cloth = np.zeros((SIDE * SUBPIXELS, SIDE * SUBPIXELS), np.bool_)
    kept, cut = _GARMENTS[label](rng)
    for polygons, covers in ((kept, True), (cut, False)):
        for polygon in polygons:
            window, inside = rasterise((polygon - 0.5) @ frame.T + centre, SIDE, SIDE)
            cloth[window][inside] = covers
    shade = np.full(3, rng.uniform(0.3, 0.95), np.float32)
    grey = textured(shade, cloth.shape, rng).mean(axis=2) * cloth
    pixels = grey.reshape(SIDE, SUBPIXELS, SIDE, SUBPIXELS).mean(axis=(1, 3))
    noisy = pixels + rng.normal(0, 0.04, pixels.shape) * (pixels > 0)
    return np.asarray(np.clip(noisy * 255 + 0.5, 0, 255), np.uint8)
