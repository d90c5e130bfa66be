"""The mini MNIST's pictures: digits written with one pen, slanted, bent and off centre.

A digit is one or two strokes, polylines in the unit square, x to the right and y down.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIDE = 28
CLASSES = tuple("0123456789")

Points = NDArray[np.float64]


def _line(*corners: tuple[float, float]) -> Points:
    return np.array(corners, np.float64)


def _arc(x: float, y: float, rx: float, ry: float, begin: float, end: float) -> Points:
    """Return an elliptic arc; angles in turns from the right, clockwise on the page."""
    angle = 2 * np.pi * np.linspace(begin, end, 13)
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)


_STROKES: tuple[tuple[Points, ...], ...] = (
    (_arc(0.5, 0.5, 0.34, 0.5, 0, 1),),
    (_line((0.3, 0.2), (0.55, 0), (0.55, 1)),),
    (np.concatenate([_arc(0.5, 0.27, 0.34, 0.27, -0.5, 0.12), _line((0.14, 1), (0.88, 1))]),),
    (
        np.concatenate(
            [_arc(0.45, 0.25, 0.33, 0.25, -0.45, 0.25), _arc(0.45, 0.74, 0.38, 0.26, -0.25, 0.42)]
        ),
    ),
    (_line((0.6, 0), (0.1, 0.65), (0.92, 0.65)), _line((0.68, 0.35), (0.68, 1))),
    (
        np.concatenate(
            [_line((0.82, 0), (0.25, 0), (0.2, 0.45)), _arc(0.45, 0.68, 0.4, 0.31, -0.3, 0.4)]
        ),
    ),
    (np.concatenate([_line((0.7, 0), (0.3, 0.4)), _arc(0.5, 0.7, 0.33, 0.3, -0.5, 0.5)]),),
    (_line((0.12, 0), (0.88, 0), (0.4, 1)),),
    (_arc(0.5, 0.25, 0.29, 0.25, 0.25, 1.25), _arc(0.5, 0.75, 0.36, 0.25, -0.25, 0.75)),
    (np.concatenate([_arc(0.48, 0.3, 0.33, 0.3, 0, 1), _line((0.81, 0.3), (0.7, 1))]),),
)


def draw(label: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a ``(28, 28)`` picture of digit ``label``, white on black as in MNIST."""
    turn, slant = rng.normal(0, 0.2), rng.normal(0, 0.25)
    width, height = rng.uniform(9, 17), rng.uniform(15, 21)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    frame = turned @ np.array([[width, -slant * height], [0, height]])
    centre = (SIDE - 1) / 2 + rng.uniform(-3, 3, 2)
    bend = rng.normal(0, 0.05, (2, 2))
    half = rng.uniform(0.7, 1.8)
    ink = np.zeros((SIDE, SIDE))
    for stroke in _STROKES[label]:
        shaken = stroke - 0.5 + rng.normal(0, 0.012, stroke.shape)
        shaken = shaken + np.sin(2 * np.pi * shaken[:, ::-1]) @ bend
        ink = np.maximum(ink, _inked(shaken @ frame.T + centre, half))
    grey = ink * rng.uniform(0.75, 1) + rng.normal(0, 0.03, ink.shape) * (ink > 0)
    return np.asarray(np.clip(grey * 255 + 0.5, 0, 255), np.uint8)


def _inked(points: Points, half: float) -> NDArray[np.float64]:
    """Return how far a pen of half-width ``half`` pixels covers each pixel along a polyline."""
    row, column = np.mgrid[:SIDE, :SIDE].astype(np.float64)
    at = np.stack([column, row], axis=-1)[..., None, :]
    start, step = points[:-1], np.diff(points, axis=0)
    length = np.maximum((step**2).sum(axis=1), 1e-12)
    along = np.clip(((at - start) * step).sum(axis=-1) / length, 0, 1)
    away = np.linalg.norm(at - start - along[..., None] * step, axis=-1).min(axis=-1)
    return np.asarray(np.clip(half + 0.5 - away, 0, 1))
