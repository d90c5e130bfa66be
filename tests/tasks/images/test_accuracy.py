from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.errors import Unavailable
from harness.tasks.images.accuracy import top_k_hits

pytest.importorskip("torchmetrics")


def test_the_worked_example_resolves_ties_to_the_first_class() -> None:
    scores, labels = np.array([[1.0, 3, 2], [2, 2, 0]]), np.array([1, 1])
    assert top_k_hits(scores, labels, 1).tolist() == [1, 0]
    assert top_k_hits(scores, labels, 2).tolist() == [1, 1]


@settings(deadline=None)
@given(
    arrays.arrays(np.float64, (13, 6), elements=st.integers(-2, 2).map(float)),
    arrays.arrays(np.int64, 13, elements=st.integers(0, 5)),
    st.integers(1, 6),
)
def test_a_hit_is_fewer_than_k_classes_before(
    scores: np.ndarray, labels: np.ndarray, k: int
) -> None:
    own = scores[np.arange(13), labels][:, None]
    before = (scores > own) | ((scores == own) & (np.arange(6) < labels[:, None]))
    assert top_k_hits(scores, labels, k).tolist() == (before.sum(axis=1) < k).tolist()


@pytest.mark.parametrize("k", [1, 5])
def test_the_mean_is_that_of_torchmetrics(k: int) -> None:
    import torch
    from torchmetrics.classification import MulticlassAccuracy

    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=(997, 10)), rng.integers(0, 10, 997)
    judge = MulticlassAccuracy(num_classes=10, top_k=k, average="micro")
    for rows in np.array_split(np.arange(997), 7):
        judge.update(torch.from_numpy(scores[rows]), torch.from_numpy(labels[rows]))
    assert np.float32(top_k_hits(scores, labels, k).mean()) == judge.compute().numpy()


def test_differences_below_single_precision_count() -> None:
    scores = np.array([[1.0, 1.0 + 1e-12]])
    assert top_k_hits(scores, np.array([1]), 1).tolist() == [1]


def test_without_torchmetrics_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchmetrics.functional.classification", None)
    with pytest.raises(Unavailable, match="pip install"):
        top_k_hits(np.zeros((1, 2)), np.zeros(1, np.int64), 1)
