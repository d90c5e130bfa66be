"""Finding a data set's files in a folder: queries, judgements, passages and the first-stage run.

Names are those under which the data are published: MS MARCO (``queries*.tsv``, ``collection*.tsv``,
``qrels*``, ``top1000*``), TREC (``topics*``, ``qrels*``, ``*.trec``), BEIR (``queries.jsonl``,
``corpus.jsonl``, ``qrels/test.tsv``), rank_llm (``*passages*.json``, ``data.json``,
``retrieve_results*.json``); each may be gzipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BadInput

QUERIES = ("topics*.tsv", "queries*.tsv", "topics*.jsonl", "queries*.jsonl")
QRELS = ("qrels*.txt", "qrels*.tsv", "*qrels*.txt", "qrels/test.tsv")
COLLECTION = ("collection*.tsv", "corpus*.tsv", "corpus*.jsonl")
RETRIEVED = ("top1000*", "*passages*.json", "data.json", "retrieve_results*.json")
RUN = ("*.trec", "run*.txt", "run*.tsv", "runs/*.trec", "runs/*.txt")


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of one data set.

    Attributes:
        queries: Query ids and texts.
        qrels: Judgements.
        collection: Passages by id, or None.
        retrieved: Candidates with their passages, or None.
        run: First-stage run, or None where the candidates are those of ``retrieved``.
    """

    queries: Path
    qrels: Path
    collection: Path | None
    retrieved: Path | None
    run: Path | None

    def files(self) -> list[Path]:
        """Return the files there are, always in the same order."""
        every = (self.queries, self.qrels, self.collection, self.retrieved, self.run)
        return [path for path in every if path is not None]


def find_sources(folder: Path, run: Path | None, *, texts: bool) -> Sources:
    """Return the files of the data set in ``folder``.

    Args:
        folder: Where they lie.
        run: The first-stage run to use instead of the folder's own.
        texts: Whether passages are wanted at all.

    Raises:
        BadInput: The folder or one of its files is missing, or it is not clear which file is meant.
    """
    if run is not None and folder.is_dir() and not run.is_file():
        raise BadInput(f"{run}: no such run file; check the path")
    queries, qrels = find_judged(folder)
    # Candidates that come with their passages need no collection; a run of its own does.
    retrieved = _one(folder, "candidate files", RETRIEVED) if run is None or texts else None
    collection = None
    if texts and (run is not None or retrieved is None):
        collection = _one(folder, "collections", COLLECTION)
        if run is not None and collection is not None:
            retrieved = None
    if run is None and retrieved is None:
        run = _one(folder, "runs", RUN, remedy="name one with the option run")
        if run is None:
            raise BadInput(
                f"{folder}: no candidates; give a first-stage run with the option run, or a file "
                f"named {_names((*RETRIEVED, *RUN))}"
            )
    if texts and collection is None and retrieved is None:
        raise BadInput(
            f"{folder}: no passages; expected a file named {_names(COLLECTION + RETRIEVED)}, "
            "or set texts=false to go without"
        )
    return Sources(queries, qrels, collection, retrieved, run)


def find_judged(folder: Path) -> tuple[Path, Path]:
    """Return the files of queries and judgements in ``folder``: all that scoring a run takes.

    Raises:
        BadInput: The folder or one of the two is missing, or it is not clear which file is meant.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; give one with queries, qrels and candidates")
    found = []
    for what, patterns in (("queries", QUERIES), ("judgements", QRELS)):
        path = _one(folder, what, patterns)
        if path is None:
            raise BadInput(f"{folder}: no {what}; expected a file named {_names(patterns)}")
        found.append(path)
    return found[0], found[1]


def _one(
    folder: Path, what: str, patterns: Sequence[str], *, remedy: str = "keep one of them here"
) -> Path | None:
    """Return the file that matches, None if there is none."""
    found: set[Path] = set()
    for pattern in patterns:
        for name in (pattern, f"{pattern}.gz"):
            found.update(path for path in folder.glob(name) if path.is_file())
    if len(found) > 1:
        names = ", ".join(sorted(str(path.relative_to(folder)) for path in found))
        raise BadInput(f"{folder}: {len(found)} {what} ({names}); {remedy}")
    return next(iter(found), None)


def _names(patterns: Sequence[str]) -> str:
    return ", ".join(patterns[:-1]) + f" or {patterns[-1]}"
