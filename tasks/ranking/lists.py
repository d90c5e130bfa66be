"""Runs and judgements as columns: for every query a list of documents with a number each.

A run (number = score) and a set of judgements (number = grade) have one form, so that seven million
lines are four arrays and no Python object. Document ids stay in Arrow's string layout, whose buffers
compiled code reads as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.kinds.reranking import Ranking

Numbers = NDArray[np.float64] | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lists:
    """Documents of many queries, query after query.

    Attributes:
        queries: Query ids, each once.
        offsets: ``(q + 1,)`` int64; query ``i`` has rows ``offsets[i]`` to ``offsets[i + 1]``.
        docs: ``n`` document ids, each once a query.
        values: ``(n,)`` float64 scores of a run, or int64 grades of judgements.
    """

    queries: tuple[str, ...]
    offsets: NDArray[np.int64]
    docs: pa.StringArray
    values: Numbers

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.docs)

    def rows(self, number: int) -> slice:
        """Return the rows of the query at position ``number``."""
        return slice(int(self.offsets[number]), int(self.offsets[number + 1]))

    def doc_bytes(self) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Return Arrow's buffers: ``(n + 1,)`` ends into the ids' UTF-8 bytes, and these bytes."""
        _, ends, data = self.docs.buffers()
        start = self.docs.offset
        if ends is None or not len(self.docs):
            return np.zeros(1, np.int32), np.zeros(1, np.uint8)
        positions = np.frombuffer(ends, np.int32)[start : start + len(self.docs) + 1]
        return positions, np.frombuffer(data, np.uint8) if data else np.zeros(1, np.uint8)

    def take(self, rows: NDArray[np.int64], offsets: NDArray[np.int64]) -> Lists:
        """Return the given rows, which ``offsets`` cuts into the same queries."""
        return Lists(self.queries, offsets, self.docs.take(pa.array(rows)), self.values[rows])


def group(queries: pa.StringArray, docs: pa.StringArray, values: Numbers, *, origin: str) -> Lists:
    """Return rows in any order as lists, queries in order of first appearance, rows in theirs.

    Args:
        queries: ``n`` query ids.
        docs: ``n`` document ids.
        values: ``(n,)`` scores or grades.
        origin: What to name in messages: a path, as a rule.

    Raises:
        BadInput: A document occurs twice for one query.
    """
    encoded = pc.dictionary_encode(queries)
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    names = tuple(encoded.dictionary.to_pylist())
    if len(codes) and (np.diff(codes) < 0).any():
        order = np.argsort(codes, kind="stable")
        codes, docs, values = codes[order], docs.take(pa.array(order)), values[order]
    offsets = np.searchsorted(codes, np.arange(len(names) + 1)).astype(np.int64)
    lists = Lists(names, offsets, docs, values)
    _check_unique(lists, origin)
    return lists


def from_rankings(
    rankings: Sequence[Ranking], pool: Lists, orders: Sequence[tuple[str, ...]]
) -> Lists:
    """Return predictions, one per query of ``pool`` and in its order, as a run.

    Where every ranking lists its documents as ``pool`` does, no string is touched.

    Args:
        rankings: The predictions.
        pool: The candidates.
        orders: The ids of ``pool`` once more, as the inputs hold them.

    Raises:
        BadInput: The rankings are not one per query in order, a document is ranked twice, or a
            score is missing, NaN or infinite.
    """
    if [r.query_id for r in rankings] != list(pool.queries):
        raise BadInput(
            f"{len(rankings)} predictions do not match the {len(pool.queries)} queries; "
            "return one per input, in order"
        )
    counts = [len(r.doc_ids) for r in rankings]
    for ranking, count in zip(rankings, counts, strict=True):
        if np.shape(ranking.scores) != (count,):
            raise BadInput(
                f"query {ranking.query_id}: scores of shape {np.shape(ranking.scores)} for {count} "
                "documents; expected one score per document"
            )
    scores = np.concatenate([np.zeros(0), *(np.asarray(r.scores, np.float64) for r in rankings)])
    offsets = np.cumsum([0, *counts], dtype=np.int64)
    pairs = zip(rankings, orders, strict=True)
    if all(r.doc_ids is order or r.doc_ids == order for r, order in pairs):
        run = Lists(pool.queries, pool.offsets, pool.docs, scores)
    else:
        ids = list(chain.from_iterable(r.doc_ids for r in rankings))
        run = Lists(pool.queries, offsets, pa.array(ids, pa.string()), scores)
        _check_unique(run, "the predictions")
    finite = np.isfinite(scores)
    if not finite.all():
        row = int(finite.argmin())
        raise BadInput(
            f"query {_query_of(run, row)}, document {run.docs[row]}: the predicted score is "
            f"{scores[row]}; expected a finite number"
        )
    return run


def _check_unique(lists: Lists, origin: str) -> None:
    """Raise :class:`BadInput` if a query has a document twice."""
    twice = int(_first_duplicate(lists.offsets, *lists.doc_bytes()))
    if twice >= 0:
        raise BadInput(
            f"{origin}: query {_query_of(lists, twice)} has document {lists.docs[twice]} twice; "
            "keep one line per query and document"
        )


def _query_of(lists: Lists, row: int) -> str:
    """Return the id of the query that ``row`` belongs to."""
    return lists.queries[int(np.searchsorted(lists.offsets, row, side="right")) - 1]


@njit(cache=True, nogil=True)
def _first_duplicate(
    offsets: NDArray[Any], ends: NDArray[Any], data: NDArray[Any]
) -> int:  # pragma: no cover - compiled
    """Return the first row whose document its query had before, or -1."""
    longest = 0
    for q in range(len(offsets) - 1):
        longest = max(longest, offsets[q + 1] - offsets[q])
    size = 16
    while size < 2 * longest:
        size *= 2
    table = np.full(size, -1, np.int64)
    slots = np.empty(longest, np.int64)
    for q in range(len(offsets) - 1):
        used = 0
        for row in range(offsets[q], offsets[q + 1]):
            key = np.uint64(14695981039346656037)  # FNV-1a
            for b in range(ends[row], ends[row + 1]):
                key = (key ^ np.uint64(data[b])) * np.uint64(1099511628211)
            slot = np.int64((key ^ (key >> np.uint64(32))) & np.uint64(size - 1))
            while table[slot] >= 0:
                other = table[slot]
                length = ends[row + 1] - ends[row]
                if length == ends[other + 1] - ends[other]:
                    b = 0
                    while b < length and data[ends[row] + b] == data[ends[other] + b]:
                        b += 1
                    if b == length:
                        return row
                slot = (slot + 1) & (size - 1)
            table[slot] = row
            slots[used] = slot
            used += 1
        for s in range(used):
            table[slots[s]] = -1
    return -1
