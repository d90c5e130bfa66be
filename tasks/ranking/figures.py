"""The ranking figures of every query at once, equal to trec_eval's to the last bit.

All figures depend only on the ranks of the relevant documents, and the rank of a document is one
more than the number of documents ahead of it. So nothing is sorted: one pass over a query's list
finds its relevant documents, and counting comparisons gives their ranks.

Conventions (Buckley's trec_eval, as pytrec_eval compiles it): documents by score descending,
scores held as 32-bit floats, ties by document id descending as bytes; gain = grade, discount
log2(rank + 1), ideal from all judged documents of the query; unjudged and negative grades are not
relevant. ``RR@10`` alone follows the MS MARCO evaluation as ir_measures serves it: scores
as given (64 bits), ties by document id ascending, 0 beyond rank 10. Every figure covers the queries
of the judgements; one that the run lacks counts 0 (``trec_eval -c``).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from harness.tasks.ranking.lists import Lists

FIGURES = ("nDCG@10", "RR@10", "RR", "AP", "R@100", "R@1000")
"""``RR`` is trec_eval's ``recip_rank``, without a cut; ``MAP`` of one query is its average precision."""

CUT = 10
_LOG2 = np.array([math.log2(i + 2) for i in range(CUT)])
_BUCKETS = 1024


def evaluate(run: Lists, qrels: Lists, *, level: int) -> NDArray[np.float64]:
    """Return ``(queries of qrels, len(FIGURES))`` float64, each between 0 and 1.

    Args:
        run: Scores, finite; queries without judgements are ignored.
        qrels: Grades; 0 and below are not relevant.
        level: Lowest grade that counts as relevant for the binary figures, at least 1.
    """
    position = {query: number for number, query in enumerate(run.queries)}
    lists = np.array([position.get(query, -1) for query in qrels.queries], np.int64)
    figures = np.zeros((len(qrels.queries), len(FIGURES)))
    _evaluate(
        lists,
        run.offsets,
        *run.doc_bytes(),
        run.values,
        qrels.offsets,
        *qrels.doc_bytes(),
        qrels.values,
        level,
        _LOG2,
        figures,
    )
    return figures


@njit(cache=True, nogil=True, error_model="numpy")
def _evaluate(
    lists: NDArray[Any],
    run_offsets: NDArray[Any],
    run_ends: NDArray[Any],
    run_data: NDArray[Any],
    scores: NDArray[Any],
    judged_offsets: NDArray[Any],
    judged_ends: NDArray[Any],
    judged_data: NDArray[Any],
    grades: NDArray[Any],
    level: int,
    log2: NDArray[Any],
    figures: NDArray[Any],
) -> None:  # pragma: no cover - compiled
    most = 0
    for q in range(len(lists)):
        most = max(most, judged_offsets[q + 1] - judged_offsets[q])
    first = np.full(_BUCKETS, -1, np.int64)
    following = np.empty(most, np.int64)
    ideal = np.empty(most, np.int64)
    ranks = np.empty(most, np.int64)
    found = np.empty(most, np.int64)
    for q in range(len(lists)):
        if lists[q] < 0:
            continue
        begin, end = run_offsets[lists[q]], run_offsets[lists[q] + 1]
        start, stop = judged_offsets[q], judged_offsets[q + 1]
        gains = relevant = 0
        for row in range(start, stop):
            if grades[row] > 0:
                key = _bucket(judged_data, judged_ends[row], judged_ends[row + 1])
                following[row - start] = first[key]
                first[key] = row
                ideal[gains] = grades[row]
                gains += 1
                relevant += grades[row] >= level
        if gains == 0:
            continue

        hits = 0
        official = CUT + 1
        for at in range(begin, end):
            row = first[_bucket(run_data, run_ends[at], run_ends[at + 1])]
            while row >= 0:
                order = _compare(run_data, run_ends, at, judged_data, judged_ends, row)
                if order == 0:
                    ranks[hits] = _rank(scores, run_ends, run_data, begin, end, at)
                    found[hits] = grades[row]
                    hits += 1
                    if grades[row] >= level:
                        rank = _official_rank(scores, run_ends, run_data, begin, end, at)
                        official = min(official, rank)
                    break
                row = following[row - start]
        for row in range(start, stop):
            if grades[row] > 0:
                first[_bucket(judged_data, judged_ends[row], judged_ends[row + 1])] = -1

        by_rank = np.argsort(ranks[:hits])
        best = np.sort(ideal[:gains])[::-1]
        gain = ideal_gain = 0.0
        for i in range(min(gains, CUT)):
            ideal_gain += best[i] / log2[i]
        precision = 0.0
        seen = at_100 = at_1000 = 0
        reciprocal = 0.0
        for i in by_rank:
            rank, grade = ranks[i], found[i]
            if rank <= CUT:
                gain += grade / log2[rank - 1]
            if grade >= level:
                seen += 1
                precision += seen / rank
                at_100 += rank <= 100
                at_1000 += rank <= 1000
                if seen == 1:
                    reciprocal = 1.0 / rank
        figures[q, 0] = gain / ideal_gain
        figures[q, 1] = 1.0 / official if official <= CUT else 0.0
        figures[q, 2] = reciprocal
        if relevant:
            figures[q, 3] = precision / relevant
            figures[q, 4] = at_100 / relevant
            figures[q, 5] = at_1000 / relevant


@njit(cache=True, nogil=True, inline="always")
def _bucket(data: NDArray[Any], begin: int, end: int) -> Any:  # pragma: no cover - compiled
    """Return a small hash of an id's last two bytes, in which numbered ids differ most.

    Unsigned positions spare the compiler the test for indices from the end: eight times the speed.
    """
    if end - begin < 2:
        return np.uint64(end - begin)
    last = np.uint64(end) - np.uint64(1)
    return np.uint64(data[last]) ^ (np.uint64(data[last - np.uint64(1)]) << np.uint64(2))


@njit(cache=True, nogil=True)
def _compare(
    data: NDArray[Any],
    ends: NDArray[Any],
    a: int,
    other: NDArray[Any],
    limits: NDArray[Any],
    b: int,
) -> int:  # pragma: no cover - compiled
    """Return the sign of comparing two ids byte by byte, as C's ``strcmp``."""
    length, against = ends[a + 1] - ends[a], limits[b + 1] - limits[b]
    for i in range(min(length, against)):
        mine, theirs = data[ends[a] + i], other[limits[b] + i]
        if mine != theirs:
            return 1 if mine > theirs else -1
    return 0 if length == against else (1 if length > against else -1)


@njit(cache=True, nogil=True, error_model="numpy")
def _rank(
    scores: NDArray[Any], ends: NDArray[Any], data: NDArray[Any], begin: int, end: int, at: int
) -> int:  # pragma: no cover - compiled
    """Return trec_eval's rank of row ``at``: 32-bit scores, ties by id descending."""
    own = np.float32(scores[at])
    ahead = equal = 0
    for other in range(begin, end):
        score = np.float32(scores[other])
        ahead += int(score > own)
        equal += int(score == own)
    if equal > 1:
        for other in range(begin, end):
            if np.float32(scores[other]) == own:
                ahead += int(_compare(data, ends, other, data, ends, at) > 0)
    return ahead + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _official_rank(
    scores: NDArray[Any], ends: NDArray[Any], data: NDArray[Any], begin: int, end: int, at: int
) -> int:  # pragma: no cover - compiled
    """Return the rank of row ``at`` for RR@10: 64-bit scores, ties by id ascending."""
    own = scores[at]
    ahead = equal = 0
    for other in range(begin, end):
        ahead += int(scores[other] > own)
        equal += int(scores[other] == own)
    if equal > 1 and ahead < CUT:
        for other in range(begin, end):
            if scores[other] == own:
                ahead += int(_compare(data, ends, other, data, ends, at) < 0)
    return ahead + 1
