from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness import kinds
from harness.errors import BadInput
from harness.kinds.reranking import CandidateList, Ranking
from harness.testing import samples

ITEM = CandidateList("7", "a query", ("a", "b", "c"), ("x", "y", "z"), np.array([3.0, 2.0, 2.0]))
GOOD = Ranking("7", ("c", "a", "b"), np.array([0.5, -1.0, 2.0]))


def test_any_order_of_the_candidates_is_an_answer() -> None:
    check = kinds.kind("reranking").check
    check(ITEM, GOOD)
    check(ITEM, Ranking.from_order("7", ITEM.doc_ids))
    check(replace(ITEM, doc_ids=(), texts=()), Ranking("7", (), np.zeros(0)))


def test_an_order_is_frozen_by_decreasing_scores() -> None:
    assert Ranking.from_order("7", ("b", "a")).scores.tolist() == [2, 1]
    assert len(Ranking.from_order("7", ())) == 0


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"query_id": "8"}, "query 7: the prediction is for query 8"),
        ({"scores": np.zeros(2)}, r"query 7: scores of shape \(2,\) for 3 documents"),
        ({"scores": np.zeros((3, 1))}, r"scores of shape \(3, 1\)"),
        ({"doc_ids": ("a", "b", "b")}, "document b is ranked 2 times"),
        ({"doc_ids": ("a", "b", "z")}, "document z is no candidate"),
        (
            {"doc_ids": ("a", "b"), "scores": np.zeros(2)},
            r"candidate c is not ranked \(2 of 3 are\)",
        ),
        ({"scores": np.array([1.0, np.nan, 0.0])}, "score of document a is NaN"),
        ({"scores": np.array([1.0, 0.0, np.inf])}, "score of document b is NaN or infinite"),
    ],
)
def test_malformed_answers_are_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        kinds.kind("reranking").check(ITEM, replace(GOOD, **changes))


def test_samples_hold_the_awkward_cases() -> None:
    items = samples.inputs("reranking")
    assert [len(item) for item in items] == [20, 0, 1, 12, 5]
    assert items[-1].scores is None
    for item in items:
        for answer in samples.answers("reranking").values():
            kinds.kind("reranking").check(item, answer(item))
