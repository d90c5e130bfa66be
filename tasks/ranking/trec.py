"""TREC runs and judgements, MS MARCO's runs and BEIR's judgements: read and written.

Run, TREC: ``qid Q0 docid rank score tag``. Run, MS MARCO: ``qid docid rank``, without scores.
Judgements, TREC: ``qid 0 docid grade``. Judgements, BEIR: ``query-id corpus-id score`` under a header.
Fields are separated by blanks or tabs. The number of fields tells the forms apart.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.kinds.reranking import Ranking
from harness.paths import write_atomically
from harness.tasks.ranking.columns import first_fields, read_bytes, read_columns
from harness.tasks.ranking.lists import Lists, group

_HEAD = 1 << 16
"""Bytes that hold a run's first line."""
_TREC_RUN = "'qid Q0 docid rank score tag' (a TREC run)"
_MARCO_RUN = "'qid docid rank' (an MS MARCO run)"
_TREC_QRELS = "'qid 0 docid grade' (TREC judgements)"
_BEIR_QRELS = "'query-id corpus-id score' (BEIR judgements)"


def read_run(path: Path) -> Lists:
    """Read a run, each query's documents best first; the values are its scores.

    A TREC run is sorted as trec_eval sorts it: by score as a 32-bit float. Where scores tie, the
    rank column decides, and only then the document id, descending: so a run whose ranks agree with
    its scores keeps the order its author meant. An MS MARCO run is sorted by rank, and
    its scores are the negated ranks.

    Raises:
        BadInput: The file is missing, cut off or no run; a score is NaN or infinite; a document
            occurs twice for one query.
    """
    data = read_bytes(path)
    fields = len(first_fields(data))
    if fields == 3:
        columns = read_columns(
            data,
            {"query": "text", "document": "text", "rank": "integer"},
            path=path,
            expected=_MARCO_RUN,
            delimiter="blanks",
        )
        ranks = columns["rank"].to_numpy()
        scores = -ranks.astype(np.float64)
    else:
        columns = read_columns(
            data,
            {
                "query": "text",
                "Q0": "text",
                "document": "text",
                "rank": "integer",
                "score": "number",
                "tag": "text",
            },
            path=path,
            expected=_TREC_RUN,
            delimiter="blanks",
        )
        ranks, scores = columns["rank"].to_numpy(), columns["score"].to_numpy()
    finite = np.isfinite(scores)
    if not finite.all():
        row = int(finite.argmin())
        raise BadInput(
            f"{path}, line {_line_number(data, row)}: query {columns['query'][row]}, document "
            f"{columns['document'][row]}: score {scores[row]}; expected a finite number"
        )
    positions = group(
        columns["query"], columns["document"], np.arange(len(ranks)), origin=str(path)
    )
    rows = np.asarray(positions.values, np.int64)
    run = Lists(positions.queries, positions.offsets, positions.docs, scores[rows])
    order = _best_first(run, ranks[rows])
    return run.take(order, run.offsets)


def is_marco_run(path: Path) -> bool:
    """Tell whether a run that :func:`read_run` reads is in MS MARCO's form, which has no scores.

    Raises:
        BadInput: The file is missing or damaged.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return len(first_fields(file.read(_HEAD))) == 3
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{path}: cannot be read ({error}); fetch it again") from None


def read_qrels(path: Path) -> Lists:
    """Read judgements; the values are int64 grades.

    Raises:
        BadInput: The file is missing, cut off or holds no judgements; a document is judged twice
            for one query.
    """
    data = read_bytes(path)
    fields = first_fields(data)
    beir = len(fields) == 3
    columns = read_columns(
        data,
        {"query": "text", "document": "text", "grade": "integer"}
        if beir
        else {"query": "text", "iteration": "text", "document": "text", "grade": "integer"},
        path=path,
        expected=_BEIR_QRELS if beir else _TREC_QRELS,
        delimiter="blanks",
        header=beir and fields[0] == "query-id",
    )
    grades = columns["grade"].to_numpy().astype(np.int64)
    return group(columns["query"], columns["document"], grades, origin=str(path))


def write_run(path: Path, rankings: Sequence[Ranking], *, tag: str = "harness") -> None:
    """Write predictions as a TREC run, each query's documents by score descending, id descending.

    Scores are written so that reading them gives the same 64-bit numbers.

    Raises:
        BadInput: An id or the tag holds a blank or is empty, which the format cannot express.
    """
    lines = []
    for ranking in rankings:
        ranked = sorted(
            zip(np.asarray(ranking.scores).tolist(), ranking.doc_ids, strict=True), reverse=True
        )
        for rank, (score, doc) in enumerate(ranked, start=1):
            fields = (ranking.query_id, "Q0", doc, str(rank), repr(float(score)), tag)
            lines.append(_line(path, fields))
    write_atomically(path, "".join(lines).encode())


def write_qrels(path: Path, qrels: Lists) -> None:
    """Write judgements in TREC's form.

    Raises:
        BadInput: An id holds a blank or is empty, which the format cannot express.
    """
    docs, grades = qrels.docs.to_pylist(), qrels.values.tolist()
    lines = []
    for number, query in enumerate(qrels.queries):
        rows = qrels.rows(number)
        lines += [
            _line(path, (query, "0", doc, str(grade)))
            for doc, grade in zip(docs[rows], grades[rows], strict=True)
        ]
    write_atomically(path, "".join(lines).encode())


def _line_number(data: bytes, row: int) -> int:
    """Return the line, from 1, of a row, from 0: lines without content are no rows."""
    lines = (number for number, line in enumerate(data.split(b"\n"), 1) if line.strip())
    return next(islice(lines, row, None))


def _line(path: Path, fields: Sequence[str]) -> str:
    for field in fields:
        if field.split() != [field]:
            raise BadInput(f"{path}: {field!r} cannot be a field of a TREC file; remove the blanks")
    return " ".join(fields) + "\n"


def _best_first(run: Lists, ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the order of rows: query, 32-bit score descending, rank, id descending."""
    with np.errstate(over="ignore"):
        scores = run.values.astype(np.float32)
    query = np.repeat(np.arange(len(run.queries)), np.diff(run.offsets))
    order = np.lexsort((ranks, -scores, query))
    tied = (
        (query[order][1:] == query[order][:-1])
        & (scores[order][1:] == scores[order][:-1])
        & (ranks[order][1:] == ranks[order][:-1])
    )
    if tied.any():
        ids = np.array(run.docs.to_pylist(), dtype=object)
        by_id = np.argsort(ids, kind="stable")
        place = np.empty(len(ids), np.int64)
        place[by_id] = np.arange(len(ids))
        order = np.lexsort((-place, ranks, -scores, query))
    return order.astype(np.int64)
