"""Reads GLUE tasks from the tab-separated files of the official zip archives.

Quotes are ordinary characters in these files. MRPC and STS-B are read in their authors' own
distributions, too (``msr_paraphrase_*.txt``, ``sts-*.csv``), SST-2 and CoLA in the plain forms in
which they are passed on (``stsa.binary.*``; sentence, label).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.errors import BadInput
from harness.tasks.understanding.records import Row, read_lines, unique

RTE_LABELS = ("entailment", "not_entailment")
MRPC_LABELS = ("not_equivalent", "equivalent")
COLA_LABELS = ("unacceptable", "acceptable")
SST2_LABELS = ("negative", "positive")
_STSB_COLUMNS = ("genre", "filename", "year", "index", "score", "sentence1", "sentence2")


def read_rte(path: Path) -> list[Row]:
    """Read RTE: does sentence 1 entail sentence 2?"""
    return _labelled(
        path, {"sentence1": "sentence1", "sentence2": "sentence2"}, RTE_LABELS, "label"
    )


def read_qnli(path: Path) -> list[Row]:
    """Read QNLI: does the sentence hold the answer to the question?"""
    return _labelled(path, {"question": "question", "sentence": "sentence"}, RTE_LABELS, "label")


def read_sst2(path: Path) -> list[Row]:
    """Read SST-2: is the sentence positive?

    With GLUE's header, or, without any tab, a label and a sentence a line.
    """
    lines = read_lines(path)
    if "\t" not in lines[0] and lines[0][:2] in ("0 ", "1 "):
        rows = []
        for number, line in enumerate(lines):
            label, _, sentence = line.partition(" ")
            gold = _label(f"{path}, line {number + 1}", label, SST2_LABELS)
            fields, name = {"sentence": sentence}, str(number)
            rows.append(Row(name, fields, SST2_LABELS, gold, name, name))
        return unique(path, rows)
    return _labelled(path, {"sentence": "sentence"}, SST2_LABELS, "label")


def read_mrpc(path: Path) -> list[Row]:
    """Read MRPC: do the sentences mean the same?"""
    columns = {"sentence1": "#1 String", "sentence2": "#2 String"}
    return _labelled(path, columns, MRPC_LABELS, "Quality")


def read_cola(path: Path) -> list[Row]:
    """Read CoLA, which has no header: source, label, the author's mark, sentence.

    Copies with two columns, sentence and label, are read, too.
    """
    lines = read_lines(path)
    sentence, label, least = (0, 1, 2) if lines[0].count("\t") == 1 else (3, 1, 4)
    rows = []
    for where, name, cells in _cells(path, lines, start=1, least=least):
        gold = _label(where, cells[label], COLA_LABELS)
        rows.append(Row(name, {"sentence": cells[sentence]}, COLA_LABELS, gold, name, name))
    return unique(path, rows)


def read_stsb(path: Path) -> list[Row]:
    """Read STS-B: how similar are the sentences, from 0 to 5? With GLUE's header, or without."""
    lines = read_lines(path)
    header = lines[0].split("\t")
    if "sentence1" in header:
        positions = _positions(path, header, ("sentence1", "sentence2", "score"))
        found = _cells(path, lines[1:], start=2, least=len(header))
    else:
        positions = {
            name: _STSB_COLUMNS.index(name) for name in ("sentence1", "sentence2", "score")
        }
        found = _cells(path, lines, start=1, least=len(_STSB_COLUMNS))
    rows = []
    for where, name, cells in found:
        fields = {key: cells[positions[key]] for key in ("sentence1", "sentence2")}
        rows.append(Row(name, fields, (), _rating(where, cells[positions["score"]]), name, name))
    return unique(path, rows)


def _labelled(
    path: Path, columns: dict[str, str], labels: tuple[str, ...], label_column: str
) -> list[Row]:
    """Read a file with a header: ``columns`` maps the hub's field names to the file's."""
    lines = read_lines(path)
    header = lines[0].split("\t")
    positions = _positions(path, header, (*columns.values(), label_column))
    rows = []
    for where, name, cells in _cells(path, lines[1:], start=2, least=len(header)):
        fields = {field: cells[positions[column]] for field, column in columns.items()}
        gold = _label(where, cells[positions[label_column]], labels)
        rows.append(Row(name, fields, labels, gold, name, name))
    return unique(path, rows)


def _positions(path: Path, header: Sequence[str], wanted: Sequence[str]) -> dict[str, int]:
    for name in wanted:
        if name not in header:
            hidden = " (the official test labels are hidden: score dev.tsv)"
            raise BadInput(
                f"{path}, line 1: no column {name!r} among {', '.join(header)[:80]}"
                + (hidden if name in ("label", "score", "Quality") else "")
            )
    return {name: header.index(name) for name in wanted}


def _cells(
    path: Path, lines: Sequence[str], *, start: int, least: int
) -> Iterator[tuple[str, str, list[str]]]:
    """Yield where a line is, its example's id (its number, from 0) and its cells."""
    for number, line in enumerate(lines):
        where = f"{path}, line {start + number}"
        cells = line.split("\t")
        if len(cells) < least:
            raise BadInput(f"{where}: {len(cells)} columns, expected {least} separated by tabs")
        yield where, str(number), cells


def _label(where: str, text: str, labels: tuple[str, ...]) -> int:
    if text in labels:
        return labels.index(text)
    if text.isdecimal() and int(text) < len(labels):
        return int(text)
    raise BadInput(f"{where}: the label is {text!r}, expected one of {', '.join(labels)}")


def _rating(where: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 5:
        raise BadInput(f"{where}: the score is {text!r}, expected a number from 0 to 5")
    return value
