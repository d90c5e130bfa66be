"""One data set in memory: candidate lists for methods, judgements for the scorer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.kinds.reranking import CandidateList
from harness.tasks.ranking.lists import Lists
from harness.tasks.ranking.passages import Retrieved, read_collection, read_queries, read_retrieved
from harness.tasks.ranking.sources import Sources
from harness.tasks.ranking.trec import read_qrels, read_run


@dataclass(frozen=True, slots=True)
class Targets:
    """What scoring needs and no method sees.

    Attributes:
        pool: Candidates of every judged query, in the order of the inputs.
        orders: The candidates' ids once more, as the inputs hold them.
        qrels: Judgements of the same queries in the same order.
        level: Lowest grade that is relevant to the binary figures.
    """

    pool: Lists
    orders: tuple[tuple[str, ...], ...]
    qrels: Lists
    level: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """Inputs and targets, one per judged query, in the order of the judgements file."""

    inputs: tuple[CandidateList, ...]
    targets: Targets


def load(sources: Sources, *, depth: int | None, level: int | None, texts: bool) -> Loaded:
    """Read a data set.

    Every query of the judgements becomes an input, also where the first stage found nothing for it;
    queries without judgements are left out.

    Args:
        sources: Its files.
        depth: Candidates kept a query, the first stage's best; None keeps all.
        level: Lowest relevant grade; None derives it from the grades (see :func:`relevance_level`).
        texts: Whether to read passages.

    Raises:
        BadInput: A file is missing or broken, or two files contradict each other.
    """
    queries = read_queries(sources.queries)
    qrels = read_qrels(sources.qrels)
    _check_known(qrels, queries, sources.qrels, sources.queries)
    retrieved = None if sources.retrieved is None else read_retrieved(sources.retrieved)
    if sources.run is not None:
        run, scored, origin = read_run(sources.run), True, sources.run
    else:
        assert retrieved is not None, "find_sources gives a run or candidates"
        assert sources.retrieved is not None
        run, scored, origin = retrieved.run, retrieved.scored, sources.retrieved
    _check_known(run, queries, origin, sources.queries)
    pool = _aligned(run, qrels.queries, depth)
    if not len(pool):
        raise BadInput(
            f"{origin}: no candidate for any of the {len(qrels.queries)} queries of "
            f"{sources.qrels}; are both of one data set?"
        )
    docs = pool.docs.to_pylist()
    passages = _passages(sources, retrieved, set(docs), origin) if texts else None
    inputs = []
    for number, query in enumerate(pool.queries):
        ids = tuple(docs[pool.rows(number)])
        inputs.append(
            CandidateList(
                query,
                queries[query],
                ids,
                None if passages is None else tuple(passages[doc] for doc in ids),
                np.array(pool.values[pool.rows(number)], np.float64) if scored else None,
            )
        )
    orders = tuple(item.doc_ids for item in inputs)
    found = relevance_level(qrels.values) if level is None else level
    return Loaded(tuple(inputs), Targets(pool, orders, qrels, found))


def relevance_level(grades: NDArray[np.int64] | NDArray[np.float64]) -> int:
    """Return the lowest grade that counts as relevant: 2 on TREC DL's scale 0 to 3, else 1.

    TREC's Deep Learning track judges 0 to 3 and calls 1 ("related") not relevant; level 1 there
    would inflate the binary figures. A scale with other bounds is taken at its word.
    """
    return 2 if len(grades) and grades.max() == 3 and grades.min() == 0 else 1


def candidate_grades(targets: Targets) -> list[NDArray[np.int64]]:
    """Return ``(n,)`` int64 grades of every query's candidates, 0 where unjudged or below."""
    docs, grades = targets.qrels.docs.to_pylist(), targets.qrels.values.tolist()
    found = []
    for number, order in enumerate(targets.orders):
        rows = targets.qrels.rows(number)
        known = dict(zip(docs[rows], grades[rows], strict=True))
        found.append(np.array([max(0, known.get(doc, 0)) for doc in order], np.int64))
    return found


def ideal_run(targets: Targets) -> Lists:
    """Return the candidates scored by their grades: no order of them does better."""
    pool = targets.pool
    grades = np.concatenate([np.zeros(0, np.int64), *candidate_grades(targets)])
    return Lists(pool.queries, pool.offsets, pool.docs, grades.astype(np.float64))


def _check_known(lists: Lists, queries: Mapping[str, str], path: Path, topics: Path) -> None:
    unknown = [query for query in lists.queries if query not in queries]
    if unknown:
        raise BadInput(
            f"{path}: {len(unknown)} of {len(lists.queries)} query ids ({unknown[0]}) are not in "
            f"{topics}; are both of one data set?"
        )


def _aligned(run: Lists, queries: tuple[str, ...], depth: int | None) -> Lists:
    """Return the run's lists of the given queries, in their order, cut at ``depth``."""
    position = {query: number for number, query in enumerate(run.queries)}
    kept: list[NDArray[np.int64]] = []
    for query in queries:
        here = run.rows(position[query]) if query in position else slice(0, 0)
        kept.append(np.arange(here.start, here.stop, dtype=np.int64)[:depth])
    offsets = np.cumsum([0, *(len(rows) for rows in kept)], dtype=np.int64)
    rows = np.concatenate([np.zeros(0, np.int64), *kept])
    return Lists(queries, offsets, run.docs.take(pa.array(rows)), run.values[rows])


def _passages(
    sources: Sources, retrieved: Retrieved | None, wanted: set[str], origin: Path
) -> dict[str, str]:
    """Return the text of every candidate."""
    if sources.collection is not None:
        texts, where = read_collection(sources.collection, wanted), sources.collection
    else:
        assert retrieved is not None, "find_sources gives a collection or candidates"
        assert sources.retrieved is not None
        texts, where = retrieved.texts, sources.retrieved
    missing = sorted(wanted.difference(texts))
    if missing:
        raise BadInput(
            f"{where}: lacks {len(missing)} of the {len(wanted)} passages of {origin} ({missing[0]}); "
            "give the whole collection, or set texts=false to go without"
        )
    return texts
