"""Reads text files line by line, plain or gzipped, so that every defect names file and line."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from harness.errors import BadInput

T = TypeVar("T")
_GZIP_MAGIC = b"\x1f\x8b"
_NAMES = {str: "text", int: "an integer", bool: "true or false", dict: "an object", list: "a list"}


@dataclass(frozen=True, slots=True)
class Row:
    """One example with its label.

    Attributes:
        id: Unique within the file.
        fields: Official fields, flattened as on the hub, label left out.
        choices: Answer choices; empty for a rating.
        gold: Index of the right choice, the rating, or the accepted answers (ReCoRD).
        group: What is judged together (a MultiRC question); the id where each example stands alone.
        unit: What is drawn independently (a MultiRC passage): the unit of resampling.
    """

    id: str
    fields: Mapping[str, Any]
    choices: tuple[str, ...]
    gold: int | float | tuple[str, ...] = field(repr=False)
    group: str
    unit: str


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object whose fields are read with a check.

    Attributes:
        where: File and line, for messages.
        values: The object as parsed.
    """

    where: str
    values: Mapping[str, Any]

    def get(self, key: str, kind: type[T]) -> T:
        """Return field ``key``, of exactly the type ``kind``.

        Raises:
            BadInput: The field is missing or of another type.
        """
        if key not in self.values:
            self.reject(f"has no {key!r}; is it a file of this task?")
        value = self.values[key]
        if type(value) is not kind:
            self.reject(f"{key!r} is {show(value)}, expected {_NAMES[kind]}")
        return value

    def inner(self, key: str) -> Record:
        """Return the object in field ``key``."""
        return Record(self.where, self.get(key, dict))

    def each(self, key: str) -> Iterator[Record]:
        """Yield the objects of the list in field ``key``."""
        for number, value in enumerate(self.get(key, list)):
            if not isinstance(value, dict):
                self.reject(f"{key}[{number}] is {show(value)}, expected an object")
            yield Record(f"{self.where}, {key}[{number}]", value)

    def label(self, words: Sequence[str]) -> int:
        """Return the integer of the label: a word of ``words``, true or false, or 0, 1, ....

        Raises:
            BadInput: There is no label (the official test sets hide theirs), or an unknown one.
        """
        if "label" not in self.values:
            self.reject("has no 'label'; the official test labels are hidden: score val.jsonl")
        value = self.values["label"]
        if isinstance(value, bool) and words == ("False", "True"):
            return int(value)
        if type(value) is int and 0 <= value < len(words):
            return value
        if isinstance(value, str) and value in words:
            return words.index(value)
        self.reject(f"the label is {show(value)}, expected one of {', '.join(words)}")

    def reject(self, complaint: str) -> NoReturn:
        """Raise :class:`BadInput` that names this record."""
        raise BadInput(f"{self.where}: {complaint}")


def show(value: Any) -> str:
    """Return ``value`` as JSON, cut to a readable length."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:37] + "..."


def read_lines(path: Path) -> list[str]:
    r"""Return the lines of a UTF-8 text file, plain or gzipped, split at ``\n`` only.

    Raises:
        BadInput: The file is missing, unreadable, damaged, empty or not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}; check the path") from None
    if raw.startswith(_GZIP_MAGIC):
        try:
            raw = gzip.decompress(raw)
        except (EOFError, OSError, zlib.error) as error:
            raise BadInput(f"{path}: damaged gzip ({error}); copy or download it again") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 at byte {error.start}; expected a text file") from None
    if not text.strip():
        raise BadInput(f"{path}: empty; expected one example a line")
    # Texts may hold other line separators (U+2028, form feeds) that str.splitlines would cut at.
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


def read_jsonl(path: Path) -> Iterator[Record]:
    """Yield the JSON object of every line; blank lines are skipped.

    Raises:
        BadInput: As :func:`read_lines`, or a line is not a JSON object.
    """
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadInput(
                f"{where}: not valid JSON: {_reason(error)}; is the file complete?"
            ) from None
        if "\\ud" in line.lower():
            _check_encodable(where, value)
        if not isinstance(value, dict):
            raise BadInput(f"{where}: is {show(value)}, expected an object with the task's fields")
        yield Record(where, value)


def _reason(error: ValueError | RecursionError) -> str:
    """Return what is wrong with a JSON text."""
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    return (
        "nested too deeply" if isinstance(error, RecursionError) else "a number of too many digits"
    )


def _check_encodable(where: str, value: Any) -> None:
    """Raise :class:`BadInput` for half a surrogate pair, which no file of ours could hold."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadInput(
            f"{where}: an escape of half a character (\\ud800 to \\udfff); write the text as UTF-8"
        ) from None


def unique(path: Path, rows: Sequence[Row]) -> list[Row]:
    """Return ``rows``, whose ids must differ.

    Raises:
        BadInput: An id occurs twice, or there is no row.
    """
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            raise BadInput(f"{path}: the index {row.id} occurs twice; keep one of the two records")
        seen.add(row.id)
    if not rows:
        raise BadInput(f"{path}: holds no example; is the file complete?")
    return list(rows)
