"""Reads the eight SuperGLUE tasks from the jsonl files of the official zip archives.

Labels become the integers, and nested records the flat rows, of the benchmark's tables on the
Hugging Face hub, which is what lm-evaluation-harness's prompts are written for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from harness.tasks.understanding.records import Record, Row, read_jsonl, unique

TRUTH = ("False", "True")
RTE_LABELS = ("entailment", "not_entailment")
CB_LABELS = ("entailment", "contradiction", "neutral")


def read_boolq(path: Path) -> list[Row]:
    """Read BoolQ: is the answer to the question, given the passage, yes?"""
    return _plain(path, ("question", "passage"), lambda _: TRUTH)


def read_cb(path: Path) -> list[Row]:
    """Read CommitmentBank: three-way entailment."""
    return _plain(path, ("premise", "hypothesis"), lambda _: CB_LABELS)


def read_rte(path: Path) -> list[Row]:
    """Read RTE: two-way entailment."""
    return _plain(path, ("premise", "hypothesis"), lambda _: RTE_LABELS)


def read_copa(path: Path) -> list[Row]:
    """Read COPA: which of two sentences is the cause or the effect of the premise?"""

    def choices(record: Record) -> tuple[str, ...]:
        asked = record.get("question", str)
        if asked not in ("cause", "effect"):
            record.reject(f"'question' is {asked!r}, expected cause or effect")
        return record.get("choice1", str), record.get("choice2", str)

    return _plain(path, ("premise", "choice1", "choice2", "question"), choices)


def read_wic(path: Path) -> list[Row]:
    """Read WiC: has the word the same sense in both sentences? Spans are characters, end excluded."""
    rows = []
    for record in read_jsonl(path):
        fields: dict[str, Any] = {
            key: record.get(key, str) for key in ("word", "sentence1", "sentence2")
        }
        spans = {key: record.get(key, int) for key in ("start1", "start2", "end1", "end2")}
        for n in "12":
            start, end, text = spans[f"start{n}"], spans[f"end{n}"], fields[f"sentence{n}"]
            if not 0 <= start < end <= len(text):
                record.reject(
                    f"span {start}:{end} lies outside sentence{n} ({len(text)} characters)"
                )
        rows.append(_row(record, fields | spans, TRUTH, record.label(TRUTH)))
    return unique(path, rows)


def read_wsc(path: Path) -> list[Row]:
    """Read WSC: does the pronoun (span 2) refer to the noun (span 1)? Indices count words."""
    rows = []
    for record in read_jsonl(path):
        text, target = record.get("text", str), record.inner("target")
        fields: dict[str, Any] = {
            "text": text,
            "span1_text": target.get("span1_text", str),
            "span1_index": target.get("span1_index", int),
            "span2_text": target.get("span2_text", str),
            "span2_index": target.get("span2_index", int),
        }
        words = len(text.split())
        for key in ("span1_index", "span2_index"):
            if not 0 <= fields[key] < words:
                record.reject(f"{key} {fields[key]} lies outside the text ({words} words)")
        rows.append(_row(record, fields, TRUTH, record.label(TRUTH)))
    return unique(path, rows)


def read_multirc(path: Path) -> list[Row]:
    """Read MultiRC, one row per answer; the id is passage, question and answer index."""
    rows = []
    for record in read_jsonl(path):
        passage, unit = record.inner("passage"), str(record.get("idx", int))
        text = passage.get("text", str)
        for question in passage.each("questions"):
            group = f"{unit}.{question.get('idx', int)}"
            for answer in question.each("answers"):
                fields = {
                    "paragraph": text,
                    "question": question.get("question", str),
                    "answer": answer.get("text", str),
                }
                name = f"{group}.{answer.get('idx', int)}"
                rows.append(Row(name, fields, TRUTH, answer.label(TRUTH), group, unit))
    return unique(path, rows)


def read_record(path: Path) -> list[Row]:
    """Read ReCoRD, one row per query; the choices are the passage's entities, sorted, each once."""
    rows = []
    for record in read_jsonl(path):
        passage = record.inner("passage")
        text = passage.get("text", str)
        entities = tuple(sorted(set(_spans(passage, text))))
        if len(entities) < 2:
            record.reject(f"has {len(entities)} different entities, expected two or more")
        unit = str(record.get("idx", int))
        for query in record.each("qas"):
            asked = query.get("query", str)
            if "@placeholder" not in asked:
                query.reject("the query has no @placeholder to fill")
            answers = tuple(answer.get("text", str) for answer in query.each("answers"))
            if not answers:
                query.reject("has no answer; the official test labels are hidden: score val.jsonl")
            fields = {"passage": text, "query": asked, "entities": entities}
            name = f"{unit}.{query.get('idx', int)}"
            rows.append(Row(name, fields, entities, answers, name, unit))
    return unique(path, rows)


def _spans(passage: Record, text: str) -> Iterator[str]:
    """Yield the text of each entity; the official ``end`` is the last character's index."""
    for entity in passage.each("entities"):
        start, end = entity.get("start", int), entity.get("end", int)
        if not 0 <= start <= end < len(text):
            entity.reject(
                f"span {start} to {end} lies outside the passage ({len(text)} characters)"
            )
        yield text[start : end + 1]


def _plain(
    path: Path, keys: tuple[str, ...], choices: Callable[[Record], tuple[str, ...]]
) -> list[Row]:
    """Read records of text fields and one label."""
    rows = []
    for record in read_jsonl(path):
        fields = {key: record.get(key, str) for key in keys}
        offered = choices(record)
        rows.append(_row(record, fields, offered, record.label(_label_words(offered, keys))))
    return unique(path, rows)


def _label_words(offered: tuple[str, ...], keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words a label may be: the choices, or 0 and 1 where these are sentences."""
    return ("choice1", "choice2") if "choice1" in keys else offered


def _row(record: Record, fields: dict[str, Any], choices: tuple[str, ...], gold: int) -> Row:
    name = str(record.get("idx", int))
    return Row(name, fields, choices, gold, name, name)
