"""Queries and passages: MS MARCO's tab-separated files, BEIR's JSON lines, rank_llm's JSON.

Every reader returns plain mappings from id to text. Collections are filtered while they are read, so
that of MS MARCO's 8.8 million passages only those a run names become Python strings.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from harness.errors import BadInput
from harness.tasks.ranking.columns import first_fields, read_bytes, read_columns
from harness.tasks.ranking.lists import Lists, group


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What a file of queries with their retrieved passages holds.

    Attributes:
        run: The candidates in the file's order; scores, or zeros where the file has none.
        scored: Whether the file has scores.
        texts: Passage id to text.
    """

    run: Lists
    scored: bool
    texts: dict[str, str]


def read_queries(path: Path) -> dict[str, str]:
    """Read queries: ``qid TAB text``, or JSON lines with ``_id`` or ``qid``, and ``text``.

    Raises:
        BadInput: The file is missing or broken, or a query occurs twice.
    """
    if ".jsonl" in path.suffixes:
        pairs = [(_id(record, where), _text(record, where)) for where, record in _records(path)]
    else:
        columns = read_columns(
            read_bytes(path),
            {"query": "text", "text": "text"},
            path=path,
            expected="'qid TAB query' (queries)",
            delimiter="tab",
        )
        pairs = list(zip(columns["query"].to_pylist(), columns["text"].to_pylist(), strict=True))
    queries = dict(pairs)
    if len(queries) != len(pairs):
        (twice, count), *_ = Counter(query for query, _ in pairs).most_common(1)
        raise BadInput(f"{path}: query {twice} occurs {count} times; keep one line per query")
    return queries


def read_collection(path: Path, wanted: Set[str]) -> dict[str, str]:
    """Return the texts of the wanted passages; those the file lacks are left out.

    Reads ``pid TAB passage``, where all after the first tab is the passage, or BEIR's JSON lines with ``_id``, ``title`` and ``text``, whose text
    is title and text with a blank between, as BEIR feeds them to models.

    Raises:
        BadInput: The file is missing or broken.
    """
    if ".jsonl" in path.suffixes:
        found = {}
        for where, record in _records(path):
            doc = _id(record, where)
            if doc in wanted:
                title = record.get("title") or ""
                found[doc] = f"{title} {_text(record, where)}".strip()
        return found
    found = {}
    for number, line in enumerate(read_bytes(path).splitlines(), start=1):
        name, tab, passage = line.partition(b"\t")
        if not tab and line.strip():
            raise BadInput(
                f"{path}, line {number}: no tab; expected 'pid TAB passage' (is the file cut off?)"
            )
        try:
            doc = name.decode()
            if doc in wanted:
                found[doc] = _unquoted(passage.decode())
        except UnicodeDecodeError:
            raise BadInput(f"{path}, line {number}: not UTF-8 text; convert the file") from None
    return found


def _unquoted(text: str) -> str:
    """Return a passage without CSV quoting, which NovelEval's corpus has and MS MARCO's has not.

    A CSV writer quotes a field only if it holds a quote (then doubled) or the delimiter.
    """
    inner = text[1:-1]
    quoted = len(text) > 2 and text[0] == text[-1] == '"' and ('""' in inner or "\t" in inner)
    if not quoted or '"' in inner.replace('""', ""):
        return text
    return inner.replace('""', '"')


def read_retrieved(path: Path) -> Retrieved:
    """Read MS MARCO's ``top1000`` (``qid pid query passage``, tabs) or rank_llm's JSON.

    rank_llm writes a list of ``{"query", "hits": [{"qid", "docid", "rank", "score", "content"}]}``.

    Raises:
        BadInput: The file is missing, broken or of neither form, or a candidate occurs twice.
    """
    if ".json" in path.suffixes:
        return _read_rank_llm(path)
    data = read_bytes(path)
    if len(first_fields(data, b"\t")) != 4:
        raise BadInput(f"{path}: expected 'qid TAB pid TAB query TAB passage' (MS MARCO top1000)")
    columns = read_columns(
        data,
        {"query": "text", "passage id": "text", "query text": "text", "passage": "text"},
        path=path,
        expected="'qid TAB pid TAB query TAB passage' (MS MARCO top1000)",
        delimiter="tab",
    )
    ids = columns["passage id"]
    run = group(columns["query"], ids, np.zeros(len(ids)), origin=str(path))
    texts = dict(zip(ids.to_pylist(), columns["passage"].to_pylist(), strict=True))
    return Retrieved(run, False, texts)


def _read_rank_llm(path: Path) -> Retrieved:
    try:
        entries = json.loads(read_bytes(path))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{path}: not valid JSON: {error}; is the file cut off?") from None
    if not isinstance(entries, list):
        raise BadInput(
            f"{path}: a JSON {type(entries).__name__}; expected a list of query and hits"
        )
    queries, docs, scores, texts = [], [], [], {}
    for number, entry in enumerate(entries):
        hits = entry.get("hits") if isinstance(entry, dict) else None
        if not isinstance(hits, list):
            raise BadInput(f"{path}: entry {number} has no list of hits; expected query and hits")
        for hit in hits:
            try:
                query, doc, text = str(hit["qid"]), str(hit["docid"]), str(hit["content"])
                score = float(hit["score"])
            except (KeyError, TypeError, ValueError):
                raise BadInput(
                    f"{path}: entry {number}: a hit lacks qid, docid, content or a score; "
                    "expected rank_llm's retrieval results"
                ) from None
            if not np.isfinite(score):
                raise BadInput(
                    f"{path}: query {query}, document {doc}: score {score}; expected a finite number"
                )
            queries.append(query)
            docs.append(doc)
            scores.append(score)
            texts[doc] = text
    values = np.array(scores, np.float64)
    run = group(
        pa.array(queries, pa.string()), pa.array(docs, pa.string()), values, origin=str(path)
    )
    return Retrieved(run, True, texts)


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield where each JSON line is, for messages, and its content.

    Raises:
        BadInput: A line is no JSON object.
    """
    for number, line in enumerate(read_bytes(path).splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadInput(f"{where}: not valid JSON: {error}; is the file cut off?") from None
        if not isinstance(record, dict):
            raise BadInput(f"{where}: a JSON {type(record).__name__}; expected an object")
        yield where, record


def _id(record: dict[str, Any], where: str) -> str:
    found = record.get("_id", record.get("qid"))
    if not isinstance(found, str | int) or isinstance(found, bool):
        raise BadInput(f"{where}: no _id; expected an object with _id and text")
    return str(found)


def _text(record: dict[str, Any], where: str) -> str:
    found = record.get("text")
    if not isinstance(found, str):
        raise BadInput(f"{where}: no text; expected an object with _id and text")
    return found
