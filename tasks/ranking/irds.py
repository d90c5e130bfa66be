"""ir_datasets: any of its data sets as official files, and any folder of ours as one of its.

Exporting keeps one reader for all data, and gives the harness real files to fingerprint: queries,
judgements, the first-stage run, and of the collection only the passages that run names.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from harness.errors import BadInput, Unavailable
from harness.extras import how_to_install
from harness.paths import cache_root, write_atomically
from harness.tasks.ranking.sources import find_sources
from harness.tasks.ranking.trec import read_run

_RUN = "run.scoreddocs.txt"


def export(name: str, run: Path | None, *, texts: bool) -> Path:
    """Return a folder with the files of an ir_datasets data set, written first if not there.

    Args:
        name: Its id, such as ``msmarco-passage/trec-dl-2019/judged``.
        run: First-stage run to use instead of the data set's scored documents.
        texts: Whether passages are wanted.

    Raises:
        BadInput: There is no such data set, or it lacks queries, judgements or candidates.
        Unavailable: ir_datasets is not installed, or the data cannot be fetched.
    """
    data = _open(name)
    needed = ["queries", "qrels", *(["docs"] if texts else []), *([] if run else ["scoreddocs"])]
    for part in needed:
        if not getattr(data, f"has_{part}")():
            remedy = (
                "give a first-stage run with the option run"
                if part == "scoreddocs"
                else "choose another data set"
            )
            raise BadInput(f"ir_datasets {name}: no {part}; {remedy}")
    identity = "scoreddocs" if run is None else hashlib.sha256(_content(run)).hexdigest()[:12]
    target = cache_root() / "ir_datasets" / name.replace("/", "__") / f"{identity}-{texts:d}"
    complete = target / "complete"
    if not complete.is_file():
        try:
            _write(data, target, run, texts=texts)
        except (OSError, RuntimeError) as error:
            # ir_datasets raises RuntimeError once every mirror has failed, the tries in its second
            # argument.
            reason = error.args[0] if isinstance(error, RuntimeError) and error.args else error
            raise Unavailable(
                f"ir_datasets {name}: cannot be fetched or stored ({reason}); "
                "download the files by hand and pass --data DIR"
            ) from None
        write_atomically(complete, b"")
    return target


def register(folder: Path, name: str) -> Any:
    """Make a folder of ours known to ir_datasets under ``name`` and return its data set.

    The folder needs ``pid TAB passage`` and ``qid TAB query`` files, TREC judgements and a TREC
    run, as the embedded mini collection has; ir_datasets writes its index beside the collection.

    Raises:
        BadInput: A file is missing or of another form, or the name is taken.
        Unavailable: ir_datasets is not installed.
    """
    package = _package()
    found = find_sources(folder, None, texts=True)
    if found.run is None or found.collection is None or ".jsonl" in found.collection.suffixes:
        raise BadInput(f"{folder}: ir_datasets needs collection*.tsv and a TREC run here")
    formats = package.formats
    local = [
        package.util.Cache(None, path)
        for path in (found.collection, found.queries, found.qrels, found.run)
    ]
    data = package.Dataset(
        formats.TsvDocs(local[0]),
        formats.TsvQueries(local[1]),
        formats.TrecQrels(local[2], {}),
        formats.TrecScoredDocs(local[3]),
    )
    try:
        package.registry.register(name, data)
    except RuntimeError as error:
        raise BadInput(f"ir_datasets {name}: {error}; choose another name") from None
    return data


def _package() -> Any:
    try:
        import ir_datasets
    except ImportError:
        raise Unavailable(
            "ir_datasets is not installed (pass --data DIR, or): "
            + how_to_install(("retrieval",), "ir-datasets")
        ) from None
    return ir_datasets


def _open(name: str) -> Any:
    try:
        return _package().load(name)
    except KeyError:
        raise BadInput(
            f"ir_datasets has no data set {name!r}; see https://ir-datasets.com for the ids"
        ) from None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}; check the path") from None


def _write(data: Any, target: Path, run: Path | None, *, texts: bool) -> None:
    """Write a data set's files; only judged queries and their candidates."""
    judged: dict[str, None] = {}
    qrels = []
    for row in data.qrels_iter():
        judged[row.query_id] = None
        qrels.append(f"{row.query_id} 0 {row.doc_id} {row.relevance}\n")
    queries = {q.query_id: q.default_text() for q in data.queries_iter() if q.query_id in judged}
    if run is None:
        wanted = _write_run(data, target / _RUN, judged)
    else:
        wanted = dict.fromkeys(read_run(run).docs.to_pylist())
    write_atomically(target / "qrels.txt", "".join(qrels).encode())
    write_atomically(target / "queries.tsv", _table(queries))
    if texts:
        docs = data.docs_store().get_many(list(wanted))
        passages = {doc: docs[doc].default_text() for doc in wanted if doc in docs}
        write_atomically(target / "collection.tsv", _table(passages))


def _write_run(data: Any, path: Path, judged: dict[str, None]) -> dict[str, None]:
    """Write the scored documents of judged queries as a TREC run; return their ids.

    Ranks count in the data set's order, which decides where its scores are all the same.
    """
    lines: list[str] = []
    ranks = dict.fromkeys(judged, 0)
    wanted: dict[str, None] = {}
    for row in data.scoreddocs_iter():
        if row.query_id in ranks:
            ranks[row.query_id] += 1
            wanted[row.doc_id] = None
            score = float(row.score)
            lines.append(
                f"{row.query_id} Q0 {row.doc_id} {ranks[row.query_id]} {score!r} scoreddocs\n"
            )
    write_atomically(path, "".join(lines).encode())
    return wanted


def _table(texts: dict[str, str]) -> bytes:
    """Return ``id TAB text`` lines; blanks of any kind in a text become single ones."""
    return "".join(f"{name}\t{' '.join(text.split())}\n" for name, text in texts.items()).encode()
