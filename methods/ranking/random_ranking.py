"""A random order of the candidates: chance level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.kinds.reranking import CandidateList, Ranking
from harness.method import Method, Run
from harness.methods.ranking._inputs import check


class RandomRanking(Method):
    """Order the candidates at random: what a list is worth before anyone has looked at it."""

    name = "random_ranking"
    title = "Random order"
    kinds = ("reranking",)
    paper = "Chance level; no paper"

    def predict(self, inputs: Sequence[CandidateList], run: Run) -> Iterable[Ranking]:
        """Yield a permutation of n, ..., 1 as scores, drawn from the seed and the query's id.

        A query's order does not depend on which other queries there are.

        Raises:
            BadInput: A first-stage score is NaN or infinite: the list is damaged.
        """
        for item in run.track(inputs):
            check(item)
            scores = run.rng(f"query {item.query_id}").permutation(len(item)) + 1.0
            yield Ranking(item.query_id, item.doc_ids, scores)
