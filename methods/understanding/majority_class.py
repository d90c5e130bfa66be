"""The most frequent class: the floor that every reported figure stands on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from harness.kinds.multiple_choice import ChoiceScores, Example
from harness.method import Method, Run
from harness.task import TrainSplit


class MajorityClass(Method):
    """Give every example the label that is most frequent in training, whatever it says.

    Scores are the labels' shares of the training split, so the first of equally frequent labels
    wins, and without training data the first choice. Where choices differ from example to example
    (COPA, ReCoRD) a label is a position among them. A rating (STS-B) is answered with the mean.
    """

    name = "majority_class"
    title = "Most frequent class"
    kinds = ("multiple_choice",)
    paper = "The 'Most Frequent' baseline of Wang et al., SuperGLUE, NeurIPS 2019, arXiv:1905.00537"

    def train(self, split: TrainSplit, run: Run) -> None:
        """Count the labels: integers (positions among the choices), or ratings."""
        self._shares: dict[int, float] = {}
        self._mean = 0.0
        if not split.inputs:
            return
        if split.inputs[0].choices:
            counted = Counter(split.labels)
            self._shares = {label: n / len(split.labels) for label, n in counted.items()}
        else:
            self._mean = float(np.mean(split.labels))

    def predict(self, inputs: Sequence[Example], run: Run) -> Iterable[ChoiceScores]:
        """Return the training shares of each example's choices."""
        for item in run.track(inputs):
            scores = [self._shares.get(k, 0.0) for k in range(len(item.choices))]
            yield ChoiceScores(item.id, np.array(scores or [self._mean]))
