"""Reranking: a query and its candidate passages in, the same passages with scores out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from harness.errors import BadInput
from harness.kinds.contract import Floats, Kind


@dataclass(frozen=True, slots=True)
class CandidateList:
    """One query with the passages a first stage retrieved for it, in first-stage order.

    Attributes:
        query_id: The query's id in its topics file.
        query: The query's text.
        doc_ids: Ids of the candidate passages, best first, each once; may be empty.
        texts: One passage text per id, or None where the data hold no texts.
        scores: ``(n,)`` float64 first-stage scores, not increasing, or None where the first stage
            gave none (MS MARCO's ``top1000`` files are unordered).
        open: Whether any documents may be ranked, and not only these: true for predictions made
            elsewhere, which have a first stage of their own.
    """

    query_id: str
    query: str
    doc_ids: tuple[str, ...]
    texts: tuple[str, ...] | None
    scores: Floats | None = None
    open: bool = False

    def __len__(self) -> int:
        """Return the number of candidates."""
        return len(self.doc_ids)


@dataclass(frozen=True, slots=True)
class Ranking:
    """One query's candidates with new scores: the prediction of kind ``reranking``.

    Attributes:
        query_id: The query's id, as in the input.
        doc_ids: The candidates' ids, in any order; the input's own tuple is the fastest to score.
        scores: ``(n,)`` float64, one score an id, higher is better. To freeze an order, give
            strictly decreasing scores (see :meth:`from_order`): scorers store 32-bit floats and
            settle ties by document id.
    """

    query_id: str
    doc_ids: tuple[str, ...]
    scores: Floats

    def __len__(self) -> int:
        """Return the number of documents ranked."""
        return len(self.doc_ids)

    @classmethod
    def from_order(cls, query_id: str, doc_ids: tuple[str, ...]) -> Ranking:
        """Return a ranking that keeps the order of ``doc_ids``: scores n, n - 1, ..., 1."""
        return cls(query_id, doc_ids, np.arange(len(doc_ids), 0, -1, dtype=np.float64))


def _check_reranking(item: CandidateList, out: Ranking) -> None:
    """Raise :class:`BadInput` unless ``out`` is a well-formed answer to ``item``."""
    where = f"query {item.query_id}"
    if out.query_id != item.query_id:
        raise BadInput(f"{where}: the prediction is for query {out.query_id}; keep the input order")
    if np.shape(out.scores) != (len(out.doc_ids),):
        raise BadInput(
            f"{where}: scores of shape {np.shape(out.scores)} for {len(out.doc_ids)} documents; "
            "expected one score per document"
        )
    if item.open:
        _check_unique(where, out.doc_ids)
    elif out.doc_ids is not item.doc_ids and out.doc_ids != item.doc_ids:
        _check_same_documents(where, item.doc_ids, out.doc_ids)
    if not np.isfinite(out.scores).all():
        strange = int(np.isfinite(out.scores).argmin())
        raise BadInput(
            f"{where}: the score of document {out.doc_ids[strange]} is NaN or infinite; "
            "expected a finite number"
        )


def _check_unique(where: str, given: tuple[str, ...]) -> None:
    """Raise :class:`BadInput` if a document is ranked twice."""
    if len(set(given)) < len(given):
        twice, count = Counter(given).most_common(1)[0]
        raise BadInput(f"{where}: document {twice} is ranked {count} times; rank it once")


def _check_same_documents(where: str, expected: tuple[str, ...], given: tuple[str, ...]) -> None:
    """Raise :class:`BadInput` unless ``given`` is a permutation of ``expected``."""
    wanted, found = Counter(expected), Counter(given)
    if wanted == found:
        return
    _check_unique(where, given)
    strange = next((doc for doc in found if doc not in wanted), None)
    if strange is not None:
        raise BadInput(f"{where}: document {strange} is no candidate; rank the given ones only")
    missing = next(doc for doc in wanted if doc not in found)
    raise BadInput(
        f"{where}: candidate {missing} is not ranked ({len(given)} of {len(expected)} are); "
        "rank every candidate, the worst ones last"
    )


KIND = Kind("reranking", CandidateList, Ranking, _check_reranking)
