"""The most frequent class: the floor that every reported figure of a classifier stands on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from harness.kinds.image_classification import ClassScores, Image, check_image
from harness.kinds.multiple_choice import ChoiceScores, Example
from harness.method import Method, Run
from harness.methods.image._arrays import labels_of
from harness.task import TrainSplit


class Majority(Method):
    """Give every example the label that is most frequent in training, whatever it shows or says.

    Scores are the labels' shares of the training split, so the first of equally frequent labels
    wins, and without training data the first one. Where choices differ from example to example
    (COPA, ReCoRD) a label is a position among them. A rating (STS-B) is answered with the mean.
    """

    name = "majority"
    title = "Most frequent class"
    kinds = ("image_classification", "multiple_choice")
    paper = "The 'Most Frequent' baseline of Wang et al., SuperGLUE, NeurIPS 2019, arXiv:1905.00537"

    def __init__(self, config: Method.Config | None = None) -> None:
        super().__init__(config)
        self._shares: dict[int, float] = {}
        self._mean = 0.0

    def train(self, split: TrainSplit, run: Run) -> None:
        """Count the labels: integers (classes, or positions among the choices), or ratings.

        Raises:
            BadInput: An image's label is not one of its classes.
        """
        self._shares, self._mean = {}, 0.0
        if not split.inputs:
            return
        first = split.inputs[0]
        image = isinstance(first, Image)
        if image or first.choices:
            counted = Counter(labels_of(split).tolist() if image else split.labels)
            self._shares = {label: n / len(split.labels) for label, n in counted.items()}
        else:
            self._mean = float(np.mean(split.labels))

    def predict(
        self, inputs: Sequence[Image | Example], run: Run
    ) -> Iterable[ClassScores | ChoiceScores]:
        """Return the training shares of the classes or choices of each example.

        Raises:
            BadInput: An image is malformed.
        """
        for item in run.track(inputs):
            if isinstance(item, Image):
                check_image(item)
                yield ClassScores(self._of(len(item.class_names)))
            else:
                scores = self._of(len(item.choices)) if item.choices else np.array([self._mean])
                yield ChoiceScores(item.id, scores)

    def _of(self, count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([self._shares.get(k, 0.0) for k in range(count)])
