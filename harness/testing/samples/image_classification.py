"""Small colour images, for checking image classification methods and tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from harness.kinds.image_classification import ClassScores, Image

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog")
SIDE = 32


def inputs(seed: int) -> list[Image]:
    """Return noise, smooth pictures, a black, a white, a repeated and a read-only, strided one."""
    rng = np.random.default_rng(seed)
    shape = (SIDE, SIDE, 3)
    ramp = np.linspace(0, 1, SIDE)[:, None, None] * rng.integers(60, 256, 3)
    strided = rng.integers(0, 256, (3, SIDE, SIDE), np.uint8).transpose(1, 2, 0)
    strided.flags.writeable = False
    pictures = [
        rng.integers(0, 256, shape, np.uint8),
        np.broadcast_to(ramp, shape).astype(np.uint8),
        np.zeros(shape, np.uint8),
        np.full(shape, 255, np.uint8),
        strided,
    ]
    pictures.append(pictures[0].copy())
    return [Image(str(n), pixels, CLASS_NAMES) for n, pixels in enumerate(pictures)]


def spoil(items: Sequence[Image]) -> None:
    """Put floats, one of them NaN, where bytes should be."""
    broken = items[0].pixels.astype(np.float64)
    broken[0, 0, 0] = np.nan
    object.__setattr__(items[0], "pixels", broken)


def _first_class(item: Image) -> ClassScores:
    """Answer the first class."""
    return ClassScores(np.eye(len(item.class_names))[0])


def _undecided(item: Image) -> ClassScores:
    """Score all classes alike: valid, and nothing but ties for scorers."""
    return ClassScores(np.zeros(len(item.class_names)))


ANSWERS: dict[str, Callable[[Image], ClassScores]] = {
    "plain": _first_class,
    "undecided": _undecided,
}
