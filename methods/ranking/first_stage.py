"""The first stage's own order: what every reranker has to beat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.kinds.reranking import CandidateList, Ranking
from harness.method import Method, Run
from harness.methods.ranking._inputs import check


class FirstStage(Method):
    """Keep the candidates in the order they come in, as strictly decreasing scores."""

    name = "first_stage"
    title = "First-stage order"
    kinds = ("reranking",)
    paper = "The baseline of every reranking paper: the retriever's own order"

    def predict(self, inputs: Sequence[CandidateList], run: Run) -> Iterable[Ranking]:
        """Yield each query's candidates with scores n, n - 1, ..., 1.

        Raises:
            BadInput: A first-stage score is NaN or infinite: such a list has no order.
        """
        for item in run.track(inputs):
            check(item)
            yield Ranking.from_order(item.query_id, item.doc_ids)
