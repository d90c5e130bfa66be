"""Image classification: an image and the classes it may show in, one score per class out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.kinds.contract import Floats, Kind


@dataclass(frozen=True, slots=True)
class Image:
    """One image to classify.

    Attributes:
        id: The image's id: its place in its file. Never a file name, which may tell the class
            (CIFAR's do).
        pixels: ``(h, w, c)`` uint8, ``c`` being 1 (grey) or 3 (red, green, blue).
        class_names: The ``k`` classes to choose from; a label is an index into them. One tuple
            shared by all images of a data set.
    """

    id: str
    pixels: NDArray[np.uint8]
    class_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassScores:
    """The prediction of kind ``image_classification``.

    Attributes:
        scores: ``(k,)`` float64, one per class in the order of ``class_names``, higher is surer:
            logits, log-probabilities or votes, as only their order counts. Of equal scores the
            class that comes first is the answer.
    """

    scores: Floats


def check_image(item: Image) -> None:
    """Raise :class:`BadInput`, naming the image, unless ``item`` is well formed."""
    pixels = item.pixels
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (1, 3):
        raise BadInput(
            f"image {item.id}: pixels are {pixels.dtype} of shape {pixels.shape}; "
            "expected uint8 (h, w, 1) or (h, w, 3)"
        )
    if not pixels.size or not item.class_names:
        raise BadInput(f"image {item.id}: it has no {'classes' if pixels.size else 'pixels'}")


def _check_scores(item: Image, out: ClassScores) -> None:
    """Raise :class:`BadInput` unless ``out`` is a well-formed answer to ``item``."""
    check_image(item)
    scores = out.scores
    expected = (len(item.class_names),)
    if scores.shape != expected or scores.dtype != np.float64:
        raise BadInput(
            f"image {item.id}: scores are {scores.dtype} of shape {scores.shape}; "
            f"expected float64 {expected}, one per class"
        )
    if not np.isfinite(scores).all():
        raise BadInput(f"image {item.id}: a predicted score is NaN or infinite")


KIND = Kind("image_classification", Image, ClassScores, _check_scores)
