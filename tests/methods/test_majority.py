from __future__ import annotations

import pytest

from harness.errors import BadInput
from harness.method import Run
from harness.methods.majority import Majority
from harness.task import TrainSplit
from harness.testing import check_method, samples

RUN = Run(seed=0)


def test_classes_are_scored_by_how_often_they_occur() -> None:
    items = samples.inputs("image_classification")
    method = Majority()
    method.train(TrainSplit(items, [2, 4, 4, 0, 4, 2]), RUN)
    for answer in method.predict(items, RUN):
        assert (6 * answer.scores).tolist() == [1, 0, 2, 0, 3, 0, 0]


def test_wrong_labels_are_refused() -> None:
    items = samples.inputs("image_classification")
    for labels in ([1, 2], [7] * 6, [-1] * 6):
        with pytest.raises(BadInput, match="label"):
            Majority().train(TrainSplit(items, labels), RUN)


def test_the_contract() -> None:
    check_method(Majority)
