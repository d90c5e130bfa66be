"""A shortcut made explicit: prefer images by one simple statistic, blind to the prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from harness.config import Config
from harness.kinds.preference import PromptImages, Rewards
from harness.method import Method, Run

Pixels = NDArray[np.uint8]


def brightness(pixels: Pixels) -> float:
    """Return the mean luma (ITU-R BT.601) of ``(h, w, 3)`` pixels, 0 to 255."""
    return float(_luma(pixels).mean())


def contrast(pixels: Pixels) -> float:
    """Return the standard deviation of the luma, in grey levels."""
    return float(_luma(pixels).std())


def colourfulness(pixels: Pixels) -> float:
    """Return Hasler and Suesstrunk's colourfulness metric (SPIE 5007, 2003, equation for M3)."""
    red, green, blue = np.moveaxis(pixels.astype(np.float64), 2, 0)
    opponents = red - green, (red + green) / 2 - blue
    spread = np.hypot(*(o.std() for o in opponents))
    offset = np.hypot(*(o.mean() for o in opponents))
    return float(spread + 0.3 * offset)


def sharpness(pixels: Pixels) -> float:
    """Return the mean absolute luma difference of neighbouring pixels, in grey levels."""
    luma = _luma(pixels)
    steps = [np.abs(np.diff(luma, axis=axis)).ravel() for axis in (0, 1)]
    every = np.concatenate(steps)
    return float(every.mean()) if every.size else 0.0


def resolution(pixels: Pixels) -> float:
    """Return the number of pixels."""
    return float(pixels.shape[0] * pixels.shape[1])


def _luma(pixels: Pixels) -> NDArray[np.float64]:
    return np.asarray(pixels @ np.array([0.299, 0.587, 0.114]), np.float64)


STATISTICS: dict[str, Callable[[Any], float]] = {
    "brightness": brightness,
    "contrast": contrast,
    "colourfulness": colourfulness,
    "sharpness": sharpness,
    "resolution": resolution,
}


class ImageStatistics(Method):
    """Score every image by a statistic of its pixels.

    What it reaches on a benchmark is what that benchmark gives away to methods that never read the
    prompt. On data whose preferences are about the prompt it must stay near chance.
    """

    name = "image_statistics"
    title = "Image statistics"
    kinds = ("preference",)
    paper = "A control; colourfulness after Hasler and Suesstrunk, SPIE 5007, 2003"
    requires = ("vision",)

    class Config(Config):
        """Options of the control."""

        statistic: Literal["brightness", "contrast", "colourfulness", "sharpness", "resolution"] = (
            Field("colourfulness", description="What is measured")
        )
        prefer: Literal["more", "less"] = Field("more", description="Which images are preferred")

    def predict(self, inputs: Sequence[PromptImages], run: Run) -> Iterable[Rewards]:
        """Yield the statistic of each image, negated to prefer less of it.

        Raises:
            Unavailable: An image is not here, or pillow is not installed.
            BadInput: An image cannot be decoded.
        """
        measure = STATISTICS[self.config.statistic]
        sign = 1.0 if self.config.prefer == "more" else -1.0
        for item in run.track(inputs):
            measured = [sign * measure(image.pixels()) for image in item.images]
            yield Rewards(item.id, np.array(measured, np.float64))
