"""Colours, textures, backgrounds and camera effects of the mini world's scenes.

Pictures are ``(h, w, 3)`` float32, red, green, blue, 0 to 1, on the sub-pixel grid of
:mod:`harness.tasks.mini.outlines` until :func:`photographed` turns one into pixels.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from harness.tasks.mini.outlines import SUBPIXELS

Picture = NDArray[np.float32]
Colour = NDArray[np.float32]
Pattern = Literal["plain", "stripes", "checks", "dots"]

PATTERNS: tuple[Pattern, ...] = ("plain", "stripes", "checks", "dots")


def random_colour(rng: np.random.Generator, hue: float | None = None) -> Colour:
    """Return a colour, often strong, seldom black or white; ``hue`` (0 to 6: red to red) or any."""
    hue = rng.uniform(0, 6) if hue is None else hue + rng.normal(0, 0.2)
    saturation, value = rng.beta(2.2, 1.6), rng.uniform(0.35, 0.95)
    wheel = np.clip(np.abs((hue - np.array([0, 2, 4])) % 6 - 3) - 1, 0, 1)
    return np.asarray(value * (1 - saturation + saturation * wheel), np.float32)


def near_colour(colour: Colour, spread: float, rng: np.random.Generator) -> Colour:
    """Return a colour near ``colour``, each channel off by a normal error of ``spread``."""
    return np.clip(colour + rng.normal(0, spread, 3), 0, 1).astype(np.float32)


def textured(
    colour: Colour,
    shape: tuple[int, ...],
    rng: np.random.Generator,
    pattern: Pattern | None = None,
) -> Picture:
    """Return a patch, ``shape`` rows by columns, of material with ``pattern``, or with any.

    The patch is lit from a random side, so that no part of an object has one flat colour.
    """
    height, width = shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    turn, period = rng.uniform(0, np.pi), rng.uniform(7, 22)
    u = (np.cos(turn) * x + np.sin(turn) * y) * np.float32(2 * np.pi / period)
    v = (np.cos(turn) * y - np.sin(turn) * x) * np.float32(2 * np.pi / period)
    pattern = PATTERNS[rng.integers(len(PATTERNS))] if pattern is None else pattern
    if pattern == "stripes":
        mix = (np.sin(u) > rng.uniform(-0.4, 0.4)).astype(np.float32)
    elif pattern == "checks":
        mix = (np.sin(u) * np.sin(v) > 0).astype(np.float32)
    elif pattern == "dots":
        mix = (np.sin(u) * np.sin(v) > 0.45).astype(np.float32)
    else:
        mix = np.zeros_like(u)
    other = near_colour(colour, 0.2, rng)
    patch = colour + mix[..., None] * (other - colour)
    side = rng.uniform(0, 2 * np.pi)
    slope = np.cos(side) * (x / width - 0.5) + np.sin(side) * (y / height - 0.5)
    shading = 1 + 0.5 * rng.uniform(0.2, 1) * slope[..., None]
    return np.asarray(patch * shading, np.float32)


def background(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return a ``(height, width)`` backdrop: soft large patches with finer mottling on top."""
    base = 0.5 * random_colour(rng) + 0.5 * rng.uniform(0.2, 0.8)
    coarse = base + rng.normal(0, 0.1, (4, 5, 1)) + rng.normal(0, 0.07, (4, 5, 3))
    strength = rng.uniform(0.01, 0.08)
    fine = rng.normal(0, strength, (18, 24, 1)) + rng.normal(0, strength / 2, (18, 24, 3))
    return np.clip(
        _stretched(coarse, height, width) + _stretched(fine, height, width), 0, 1
    ).astype(np.float32)


def photographed(picture: Picture, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the scene's pixels: averaged down, unevenly lit, sometimes blurred, always noisy."""
    h, w = picture.shape[0] // SUBPIXELS, picture.shape[1] // SUBPIXELS
    pixels = picture.reshape(h, SUBPIXELS, w, SUBPIXELS, 3).mean(axis=(1, 3))
    pixels = pixels * _stretched(rng.uniform(0.65, 1.15, (2, 2, 1)), h, w)
    if rng.random() < 0.4:
        pixels = _blurred(pixels)
    pixels = pixels + rng.normal(0, rng.uniform(0.01, 0.035), pixels.shape)
    return np.asarray(np.clip(pixels * 255 + 0.5, 0, 255), np.uint8)


def _stretched(grid: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    """Return ``grid`` (rows, columns, channels) enlarged linearly to ``height`` by ``width``."""
    rows, columns = _weights(grid.shape[0], height), _weights(grid.shape[1], width)
    wide: NDArray[np.float64] = np.einsum("wc,rcd->rwd", columns, grid)
    return np.asarray(np.einsum("hr,rwd->hwd", rows, wide))


def _weights(n: int, size: int) -> NDArray[np.float64]:
    """Return the ``(size, n)`` weights of linear interpolation between ``n`` knots."""
    at = np.linspace(0, n - 1, size)
    return np.asarray(np.maximum(1 - np.abs(at[:, None] - np.arange(n)), 0), np.float64)


def _blurred(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``pixels`` under a 3 by 3 binomial blur."""
    for axis in (0, 1):
        before, after = np.roll(pixels, 1, axis), np.roll(pixels, -1, axis)
        pixels = 0.25 * before + 0.5 * pixels + 0.25 * after
    return pixels
