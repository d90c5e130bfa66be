"""Runs made elsewhere, scored as trec_eval and MS MARCO's evaluation score them.

Any document may be ranked: there is no first stage whose list would bind a submission. Queries
without judgements are passed over, and judged queries that the run lacks count 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.kinds.reranking import CandidateList, Ranking
from harness.tasks.ranking.dataset import relevance_level
from harness.tasks.ranking.lists import Lists
from harness.tasks.ranking.passages import read_queries
from harness.tasks.ranking.trec import is_marco_run, read_qrels, read_run


@dataclass(frozen=True, slots=True)
class Judgements:
    """What scoring a submission needs.

    Attributes:
        topics: Every query's text by id, judged or not.
        qrels: The judgements; their queries are the ones scored.
        level: Lowest grade that is relevant to the binary figures.
        path: The judgements file, for messages.
    """

    topics: dict[str, str]
    qrels: Lists
    level: int
    path: Path


@dataclass(frozen=True, slots=True)
class SubmittedRun(Sequence[Ranking]):
    """A run as one prediction per judged query, made when looked at; millions of rows stay columns.

    Attributes:
        lists: The run, one list per judged query, in the order of the judgements.
    """

    lists: Lists

    def __len__(self) -> int:
        """Return the number of judged queries."""
        return len(self.lists.queries)

    @overload
    def __getitem__(self, index: int) -> Ranking: ...
    @overload
    def __getitem__(self, index: slice) -> list[Ranking]: ...
    def __getitem__(self, index: int | slice) -> Ranking | list[Ranking]:
        """Return one query's ranking, or those of several."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        number = range(len(self))[index]
        rows = self.lists.rows(number)
        docs = tuple(self.lists.docs[rows].to_pylist())
        return Ranking(
            self.lists.queries[number], docs, np.asarray(self.lists.values[rows], np.float64)
        )


def read_judgements(queries: Path, qrels: Path, level: int | None) -> Judgements:
    """Read topics and judgements.

    Args:
        queries: The topics file.
        qrels: The judgements file.
        level: Lowest relevant grade; None derives it from the grades.

    Raises:
        BadInput: A file is missing or broken, or judges a query that is no topic.
    """
    topics, judged = read_queries(queries), read_qrels(qrels)
    unknown = [query for query in judged.queries if query not in topics]
    if unknown:
        raise BadInput(
            f"{qrels}: {len(unknown)} of {len(judged.queries)} query ids ({unknown[0]}) are not in "
            f"{queries}; are both of one data set?"
        )
    return Judgements(
        topics, judged, relevance_level(judged.values) if level is None else level, qrels
    )


def open_inputs(judgements: Judgements) -> list[CandidateList]:
    """Return one input per judged query that lets every document be ranked."""
    return [
        CandidateList(query, judgements.topics[query], (), None, open=True)
        for query in judgements.qrels.queries
    ]


def read_submission(path: Path, judgements: Judgements) -> SubmittedRun:
    """Read a TREC run or an MS MARCO run, plain or gzipped.

    Raises:
        BadInput: The file is missing or broken, has a score that is not finite or a document twice,
            names a query that is no topic, or holds none of the judged queries; or the ranks of an
            MS MARCO run are not 1, 2, 3, ... in some query.
    """
    run = read_run(path)
    unknown = [query for query in run.queries if query not in judgements.topics]
    if unknown:
        raise BadInput(
            f"{path}: {len(unknown)} of {len(run.queries)} query ids are no queries of this data "
            f"set, first {unknown[0]}; score the run against its own topics"
        )
    if is_marco_run(path):
        _check_ranks(path, run)
    aligned = _aligned(run, judgements.qrels.queries)
    if not len(aligned):
        raise BadInput(
            f"{path}: ranks nothing for the {len(judgements.qrels.queries)} judged queries of "
            f"{judgements.path}; are both of one data set?"
        )
    return SubmittedRun(aligned)


def _aligned(run: Lists, queries: tuple[str, ...]) -> Lists:
    """Return the lists of ``queries``, in their order; empty where the run has none."""
    position = {query: number for number, query in enumerate(run.queries)}
    if run.queries == queries:
        return run
    kept: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    for query in queries:
        here = run.rows(position[query]) if query in position else slice(0, 0)
        kept.append(np.arange(here.start, here.stop, dtype=np.int64))
    offsets = np.cumsum([len(rows) for rows in kept], dtype=np.int64)
    rows = np.concatenate(kept)
    return Lists(queries, offsets, run.docs.take(pa.array(rows)), run.values[rows])


def _check_ranks(path: Path, run: Lists) -> None:
    """Raise :class:`BadInput` unless each query's ranks are 1, 2, 3, ....

    MS MARCO's evaluation puts a passage at the rank it is given: a gap would be an empty rank, and
    of two passages on one rank the later line would replace the other.
    """
    starts = np.repeat(run.offsets[:-1], np.diff(run.offsets))
    wrong = -run.values != np.arange(len(run)) - starts + 1
    if wrong.any():
        row = int(wrong.argmax())
        query = run.queries[int(np.searchsorted(run.offsets, row, side="right")) - 1]
        raise BadInput(
            f"{path}: query {query}: rank {-run.values[row]:.0f} of document {run.docs[row]} where "
            f"{row - starts[row] + 1} is next; number each query's passages 1, 2, 3, ... once each"
        )
