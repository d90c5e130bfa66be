"""Prompts with small noisy images, for checking preference methods and tasks."""

from __future__ import annotations

from collections.abc import Callable, MutableSequence, Sequence

import numpy as np

from harness.kinds.preference import LazyImage, PromptImages, Rewards
from harness.png import encode_png

_PROMPTS = (
    "two red stars",
    "",
    "Ein blaues Herz, größer als alles: 心",
    "coin " * 200,
    "two red stars",
)


def inputs(seed: int) -> list[PromptImages]:
    """Return prompts: ordinary, empty, foreign, very long and repeated; images of many shapes."""
    rng = np.random.default_rng(seed)
    items = []
    for number, (prompt, n) in enumerate(zip(_PROMPTS, (4, 2, 9, 2, 3), strict=True), start=1):
        images = []
        for k in range(n):
            height, width = rng.integers(1, 90, 2)
            pixels = rng.integers(0, 256, (height, width, 3), np.uint8)
            images.append(LazyImage(f"{number}/{k}.png", data=encode_png(pixels)))
        items.append(PromptImages(f"prompt-{number}", prompt, images))
    first = items[0].images
    assert isinstance(first, list)
    first[1] = first[0]  # the same image twice
    return items


def spoil(items: Sequence[PromptImages]) -> None:
    """Take away the images of a prompt."""
    images = items[0].images
    assert isinstance(images, MutableSequence)
    images.clear()


def _in_order(item: PromptImages) -> Rewards:
    """Prefer the images that come first: the plainest valid prediction."""
    return Rewards(item.id, -np.arange(len(item), dtype=np.float64))


def _undecided(item: PromptImages) -> Rewards:
    """Like every image the same: valid, and awkward for scorers."""
    return Rewards(item.id, np.zeros(len(item)))


ANSWERS: dict[str, Callable[[PromptImages], Rewards]] = {"plain": _in_order, "tied": _undecided}
