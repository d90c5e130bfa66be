"""Queries with candidate passages, for checking reranking methods and tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from harness.kinds.reranking import CandidateList, Ranking

_TEXT = (
    "river stone bridge harbour engine copper garden winter signal market doctor violin "
    "glacier orchard lantern compass ferry quarry meadow kettle"
)
_WORDS = _TEXT.split()


def inputs(seed: int) -> list[CandidateList]:
    """Return queries with 20, 0, 1, 12 and 5 candidates: ties, an empty text, words of no query.

    Ids have unequal lengths, so that their order as strings is not that of their numbers; the last
    list comes without first-stage scores, as MS MARCO's ``top1000`` files do.
    """
    rng = np.random.default_rng(seed)
    lists = []
    for number, n in enumerate((20, 0, 1, 12, 5), start=1):
        ids = tuple(f"d{i}" for i in rng.choice(200, n, replace=False))
        texts = [" ".join(rng.choice(_WORDS, rng.integers(3, 30))) for _ in ids]
        if n == 12:
            texts[3], texts[4], texts[5] = "", "Grüße, 東京 – 100%", texts[0]
        query = " ".join(rng.choice(_WORDS, 3)) if n != 5 else "qwxz"
        scores = np.sort(np.round(rng.uniform(1, 20, n), 1))[::-1].copy()
        scores[: n // 4] = scores[:1]
        first_stage = None if n == 5 else scores
        lists.append(CandidateList(str(number), query, ids, tuple(texts), first_stage))
    return lists


def spoil(items: Sequence[CandidateList]) -> None:
    """Put a NaN where a first-stage score should be."""
    scores = items[0].scores
    assert scores is not None
    scores[0] = np.nan


def _first_stage(item: CandidateList) -> Ranking:
    """Keep the given order: the plainest valid prediction."""
    return Ranking.from_order(item.query_id, item.doc_ids)


def _all_tied(item: CandidateList) -> Ranking:
    """Score everything the same, in another order: valid, and awkward for scorers."""
    return Ranking(item.query_id, item.doc_ids[::-1], np.zeros(len(item)))


ANSWERS: dict[str, Callable[[CandidateList], Ranking]] = {
    "plain": _first_stage,
    "tied": _all_tied,
}
