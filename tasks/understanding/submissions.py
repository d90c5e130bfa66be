"""Reads submissions to the SuperGLUE and GLUE leaderboards.

SuperGLUE (super.gluebenchmark.com): jsonl, ``{"idx": i, "label": l}`` a line; MultiRC nests its
answers as its data do, ReCoRD's label is the answer's text. GLUE (gluebenchmark.com): tab-separated
``index``, ``prediction`` under that header. Both are about the split that is scored, so an index is
the official one of the development set. A missing prediction is an error: neither site accepts one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import BadInput
from harness.kinds.multiple_choice import ChoiceScores
from harness.tasks.submissions.answers import Answers, small_index
from harness.tasks.understanding.records import Record, Row, read_jsonl, read_lines, show

_HEADER = ("index", "prediction")


@dataclass(frozen=True, slots=True)
class FreeAnswer(ChoiceScores):
    """An answer in the submission's own words, which need not be one of the choices.

    Attributes:
        text: The answer; the scores are all 0.
    """

    text: str


def one_hot(row: Row, choice: int) -> ChoiceScores:
    """Return scores that are 1 at ``choice`` and 0 elsewhere."""
    scores = np.zeros(len(row.choices))
    scores[choice] = 1.0
    return ChoiceScores(row.id, scores)


def read_labels(path: Path, rows: Sequence[Row], origin: str) -> list[ChoiceScores]:
    """Read SuperGLUE's ``{"idx", "label"}`` lines; return one prediction per row, in order.

    A label is a choice's word, true or false in any case, or the integer of the official tables.

    Raises:
        BadInput: The file is missing or broken, or a line has no valid idx or label; or an idx is
            unknown, there twice or missing.
    """
    known = {row.id: row for row in rows}
    answers: Answers[ChoiceScores] = Answers(path, list(known), origin)
    for record in read_jsonl(path):
        name = str(record.get("idx", int))
        answers.check_known(name, record.where)
        answers.add(name, one_hot(known[name], _choice(record, known[name])), record.where)
    return answers.in_order()


def read_nested(path: Path, rows: Sequence[Row], origin: str) -> list[ChoiceScores]:
    """Read MultiRC's submission, whose lines are passages; return one prediction per answer.

    A line is ``{"idx", "passage": {"questions": [{"idx", "answers": [{"idx", "label"}]}]}}``.

    Raises:
        BadInput: As :func:`read_labels`.
    """
    known = {row.id: row for row in rows}
    answers: Answers[ChoiceScores] = Answers(path, list(known), origin)
    for record in read_jsonl(path):
        unit = record.get("idx", int)
        for question in record.inner("passage").each("questions"):
            for answer in question.each("answers"):
                name = f"{unit}.{question.get('idx', int)}.{answer.get('idx', int)}"
                answers.check_known(name, answer.where)
                choice = _choice(answer, known[name])
                answers.add(name, one_hot(known[name], choice), answer.where)
    return answers.in_order()


def read_texts(path: Path, rows: Sequence[Row], origin: str) -> list[ChoiceScores]:
    """Read ReCoRD's submission: ``{"idx": query, "label": text}``; one prediction per query.

    ``idx`` is the query's, or ``{"passage", "query"}`` as in the tables on the Hugging Face hub. A
    text that is no entity of the passage is scored as it stands, as the official scorer does.

    Raises:
        BadInput: As :func:`read_labels`.
    """
    known = {row.id: row for row in rows}
    queries: dict[str, list[str]] = {}
    for row in rows:
        queries.setdefault(row.id.rpartition(".")[2], []).append(row.id)
    answers: Answers[ChoiceScores] = Answers(path, list(known), origin)
    for record in read_jsonl(path):
        name = _query(record, queries)
        answers.check_known(name, record.where)
        row, text = known[name], record.get("label", str)
        answer = (
            one_hot(row, row.choices.index(text))
            if text in row.choices
            else FreeAnswer(name, np.zeros(len(row.choices)), text)
        )
        answers.add(name, answer, record.where)
    return answers.in_order()


def answer_of(prediction: ChoiceScores, row: Row) -> str:
    """Return the text that ``prediction`` answers ``row`` with."""
    if isinstance(prediction, FreeAnswer):
        return prediction.text
    return row.choices[prediction.choice]


def read_table(path: Path, rows: Sequence[Row], origin: str) -> list[ChoiceScores]:
    """Read GLUE's tsv; return one prediction per row, in order.

    A prediction is a choice's word or its integer; a rating is a finite number.

    Raises:
        BadInput: The file is missing, has another header, or a line is malformed; or an index is
            unknown, there twice or missing.
    """
    known = {row.id: row for row in rows}
    answers: Answers[ChoiceScores] = Answers(path, list(known), origin)
    for where, index, text in _cells(path):
        answers.check_known(index, where)
        row = known[index]
        answers.add(index, _rated(row, text, where) or _labelled(row, text, where), where)
    return answers.in_order()


def write_labels(path: Path, rows: Sequence[Row], predictions: Sequence[ChoiceScores]) -> None:
    """Write predictions as the file that the leaderboard of these ``rows`` takes.

    The form follows from the ids: MultiRC's have three parts, ReCoRD's two; others are plain.
    """
    depth = rows[0].id.count(".")
    if depth == 2:
        lines = _passages(rows, predictions)
    else:
        lines = [
            {
                "idx": int(row.id.rpartition(".")[2]),
                "label": answer_of(p, row) if depth else _word(row, p.choice),
            }
            for row, p in zip(rows, predictions, strict=True)
        ]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def write_table(path: Path, rows: Sequence[Row], predictions: Sequence[ChoiceScores]) -> None:
    """Write predictions as GLUE's tsv: integers of labels, ratings to the last digit."""
    lines = ["\t".join(_HEADER)]
    for row, p in zip(rows, predictions, strict=True):
        lines.append(f"{row.id}\t{p.choice if row.choices else repr(float(p.scores[0]))}")
    path.write_text("\n".join(lines) + "\n")


def _choice(record: Record, row: Row) -> int:
    """Return the index of the choice that the field ``label`` names."""
    if "label" not in record.values:
        record.reject(f"has no 'label'; write the prediction for {row.id} there")
    value = record.values["label"]
    text = value if isinstance(value, str) else json.dumps(value)
    found = _index(row, text)
    if found is None:
        record.reject(f"the label is {show(value)}, expected {_expected(row)}")
    return found


def _index(row: Row, text: str) -> int | None:
    """Return the index of a choice by its word or its integer, None where it is neither."""
    if not _are_sentences(row):
        words = [choice.lower() for choice in row.choices]
        if text.lower() in words:
            return words.index(text.lower())
    return small_index(text, len(row.choices))


def _are_sentences(row: Row) -> bool:
    """Tell whether the choices are texts of the example itself (COPA) and no label words."""
    return set(row.choices) <= {v for v in row.fields.values() if isinstance(v, str)}


def _word(row: Row, choice: int) -> Any:
    """Return the label as the leaderboard takes it."""
    if _are_sentences(row):
        return choice
    return row.choices[choice].lower() if row.choices == ("False", "True") else row.choices[choice]


def _expected(row: Row) -> str:
    words = () if _are_sentences(row) else row.choices
    return "one of " + ", ".join([*words, *map(str, range(len(row.choices)))])


def _query(record: Record, queries: dict[str, list[str]]) -> str:
    """Return the row id that a ReCoRD line is about."""
    if isinstance(record.values.get("idx"), dict):
        inner = record.inner("idx")
        return f"{inner.get('passage', int)}.{inner.get('query', int)}"
    name = str(record.get("idx", int))
    rows = queries.get(name, [name])
    if len(rows) > 1:
        record.reject(
            f"{len(rows)} passages have a query {name}; "
            'write {"passage": ..., "query": ...} as the idx'
        )
    return rows[0]


def _passages(rows: Sequence[Row], predictions: Sequence[ChoiceScores]) -> list[dict[str, Any]]:
    """Return MultiRC's nested lines."""
    nested: dict[int, dict[int, list[dict[str, int]]]] = {}
    for row, prediction in zip(rows, predictions, strict=True):
        passage, question, answer = map(int, row.id.split("."))
        asked = nested.setdefault(passage, {}).setdefault(question, [])
        asked.append({"idx": answer, "label": prediction.choice})
    return [
        {
            "idx": passage,
            "passage": {"questions": [{"idx": q, "answers": a} for q, a in questions.items()]},
        }
        for passage, questions in nested.items()
    ]


def _cells(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield where a line of a GLUE submission is, its index and its prediction."""
    lines = read_lines(path)
    if tuple(lines[0].split("\t")) != _HEADER:
        raise BadInput(
            f"{path}, line 1: {lines[0][:60]!r} is no GLUE submission's header; "
            "write index TAB prediction"
        )
    for number, line in enumerate(lines[1:], start=2):
        where, cells = f"{path}, line {number}", line.split("\t")
        if len(cells) != 2:
            raise BadInput(f"{where}: {len(cells)} columns, expected index TAB prediction")
        if not (cells[0].isascii() and cells[0].isdecimal()):
            raise BadInput(f"{where}: the index is {cells[0]!r}, expected a number from 0")
        yield where, cells[0].lstrip("0") or "0", cells[1].strip()


def _rated(row: Row, text: str, where: str) -> ChoiceScores | None:
    """Return the rating, None where the row has choices."""
    if row.choices:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadInput(f"{where}: the prediction is {text!r}, expected a finite number")
    return ChoiceScores(row.id, np.array([value]))


def _labelled(row: Row, text: str, where: str) -> ChoiceScores:
    found = _index(row, text)
    if found is None:
        raise BadInput(f"{where}: the prediction is {text!r}, expected {_expected(row)}")
    return one_hot(row, found)
