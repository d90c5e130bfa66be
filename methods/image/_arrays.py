"""From images and labels to the arrays that classifiers work on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.kinds.image_classification import Image, check_image
from harness.task import TrainSplit


def stacked(inputs: Sequence[Image]) -> NDArray[np.uint8]:
    """Return the pixels of all images, ``(n, h, w, c)``.

    Raises:
        BadInput: There are none, one is malformed, or their sizes differ.
    """
    if not inputs:
        raise BadInput("there are no images to stack")
    shape = inputs[0].pixels.shape
    for item in inputs:
        check_image(item)
        if item.pixels.shape != shape:
            raise BadInput(
                f"image {item.id} has shape {item.pixels.shape} and image {inputs[0].id} {shape}; "
                "this method needs images of one size"
            )
    return np.stack([item.pixels for item in inputs])


def labels_of(split: TrainSplit) -> NDArray[np.int64]:
    """Return the ``(n,)`` class indices of a training split that has images.

    Raises:
        BadInput: They are not one per image, or not all of a class there is.
    """
    labels = np.asarray(split.labels, np.int64)
    classes = len(split.inputs[0].class_names)
    if labels.shape != (len(split.inputs),):
        raise BadInput(f"{len(split.inputs)} training images but {labels.size} labels")
    if labels.min() < 0 or labels.max() >= classes:
        raise BadInput(f"a training label is not among the {classes} classes")
    return labels
