"""The ideal order of the candidates: what a perfect reranker of them would get."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from harness.errors import BadInput
from harness.kinds.reranking import CandidateList, Ranking
from harness.method import Method, Run
from harness.methods.ranking._inputs import check


class OracleRanking(Method):
    """Order the candidates by their true grades: an upper bound, not a method.

    Below 1 it says what the first stage missed: no reranking brings back a passage that is not
    among the candidates. Equal grades stay in the first stage's order.
    """

    name = "oracle_ranking"
    title = "Ideal order (upper bound)"
    kinds = ("reranking",)
    paper = "The ideal ranking of Jarvelin and Kekalainen, ACM TOIS 2002, doi:10.1145/582415.582418"
    upper_bound = True

    _grades: Sequence[Any] = ()

    def reveal(self, labels: Sequence[Any]) -> None:
        """Take the ``(n,)`` grades of every query's n candidates."""
        self._grades = labels

    def predict(self, inputs: Sequence[CandidateList], run: Run) -> Iterable[Ranking]:
        """Yield each query's candidates by grade; the first stage's order where none was shown.

        Raises:
            BadInput: Grades are not one list per query, one per candidate.
        """
        if self._grades and len(self._grades) != len(inputs):
            raise BadInput(f"{len(self._grades)} lists of grades for {len(inputs)} queries")
        for number, item in enumerate(run.track(inputs)):
            check(item)
            grades = np.asarray(self._grades[number] if self._grades else np.zeros(len(item)))
            if grades.shape != (len(item),):
                raise BadInput(
                    f"query {item.query_id}: {len(grades)} grades for {len(item)} candidates"
                )
            order = np.argsort(-grades, kind="stable")
            yield Ranking.from_order(item.query_id, tuple(item.doc_ids[k] for k in order))
