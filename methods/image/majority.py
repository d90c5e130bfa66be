"""The majority class: what every classifier must beat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from harness.kinds.image_classification import ClassScores, Image, check_image
from harness.method import Method, Run
from harness.methods.image._arrays import labels_of
from harness.task import TrainSplit


class Majority(Method):
    """Answer every image with the classes in order of how often they occur in training.

    On balanced data, such as CIFAR's, the first class wins and accuracy is one over the number of
    classes. Without training images all classes score alike.
    """

    name = "majority"
    title = "Majority class"
    kinds = ("image_classification",)

    def __init__(self, config: Method.Config | None = None) -> None:
        super().__init__(config)
        self._counts: list[int] = []

    def train(self, split: TrainSplit, run: Run) -> None:
        """Count the labels."""
        if split.inputs:
            classes = len(split.inputs[0].class_names)
            self._counts = np.bincount(labels_of(split), minlength=classes).tolist()

    def predict(self, inputs: Sequence[Image], run: Run) -> Iterable[ClassScores]:
        """Return the counts for each image.

        Raises:
            BadInput: An image is malformed.
        """
        for item in run.track(inputs):
            check_image(item)
            counts = self._counts or [0] * len(item.class_names)
            yield ClassScores(np.array(counts, np.float64))
