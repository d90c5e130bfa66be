"""Reading tables of text, plain or gzipped, into Arrow columns, with errors that name the line."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from pyarrow import csv

from harness.errors import BadInput

Type = Literal["text", "integer", "number"]

_ARROW: dict[Type, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
}
_PARSE: dict[Type, Callable[[str], Any]] = {"text": str, "integer": int, "number": float}
_LONGEST_LINE = 1 << 26


def read_bytes(path: Path) -> bytes:
    """Return a file's content, unpacked if its name ends in ``.gz``.

    Raises:
        BadInput: The file is missing, unreadable, truncated or no gzip file.
    """
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; check the path") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(
            f"{path}: damaged or truncated gzip file ({error}); fetch it again"
        ) from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from None


def first_fields(data: bytes, delimiter: bytes | None = None) -> list[str]:
    """Return the fields of the first line that is not empty."""
    for line in io.BytesIO(data):
        if line.strip():
            return (
                line.decode(errors="replace")
                .rstrip("\r\n")
                .split(delimiter.decode() if delimiter else None)
            )
    return []


def read_columns(
    data: bytes,
    columns: Mapping[str, Type],
    *,
    path: Path,
    expected: str,
    delimiter: Literal["tab", "blanks"],
    header: bool = False,
) -> dict[str, pa.Array]:
    """Return the columns of a table without quoting, one line a row.

    Args:
        data: The file's content.
        columns: Name and type of every column, in order.
        path: For messages.
        expected: What a line should look like, for messages.
        delimiter: One tab, or blanks and tabs in any number as in TREC's files.
        header: Whether the first line is no row.

    Raises:
        BadInput: A line has other fields, a number does not parse, or the text is not UTF-8.
    """
    if delimiter == "blanks":
        data = _single_blanks(data)
    if not data.strip():
        raise BadInput(f"{path}: the file is empty; expected {expected}")
    try:
        table = csv.read_csv(
            pa.BufferReader(data),
            read_options=csv.ReadOptions(
                column_names=list(columns), skip_rows=int(header), block_size=_LONGEST_LINE
            ),
            parse_options=csv.ParseOptions(
                delimiter="\t" if delimiter == "tab" else " ", quote_char=False
            ),
            convert_options=csv.ConvertOptions(
                column_types={name: _ARROW[kind] for name, kind in columns.items()}, null_values=[]
            ),
        )
    except pa.ArrowInvalid as error:
        _raise_at_line(data, columns, path, expected, delimiter, header)
        raise BadInput(f"{path}: {str(error).splitlines()[0]}; expected {expected}") from None
    return {name: _whole(table.column(name)) for name in columns}


def _single_blanks(data: bytes) -> bytes:
    """Return TREC text with single blanks between fields and none around lines."""
    if b"\t" in data or b"  " in data or b" \n" in data or b"\n " in data or b"\r" in data:
        data = re.sub(rb"[ \t\r]+", b" ", data)
        data = re.sub(rb"(?m)^ | $", b"", data)
    return data


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _raise_at_line(
    data: bytes,
    columns: Mapping[str, Type],
    path: Path,
    expected: str,
    delimiter: Literal["tab", "blanks"],
    header: bool,
) -> None:
    """Raise :class:`BadInput` for the first line that is not as expected, if one is found."""
    kinds = list(columns.values())
    for number, line in enumerate(io.BytesIO(data), start=1):
        if not line.strip(b"\r\n") or (header and number == 1):
            continue
        where = f"{path}, line {number}"
        try:
            fields = line.decode().rstrip("\r\n").split("\t" if delimiter == "tab" else " ")
        except UnicodeDecodeError:
            raise BadInput(f"{where}: not UTF-8 text; convert the file to UTF-8") from None
        if len(fields) != len(kinds):
            shown = line.decode(errors="replace").strip()[:80]
            raise BadInput(
                f"{where}: {len(fields)} fields in {shown!r}; expected {expected} (is the file cut off?)"
            )
        for name, kind, field in zip(columns, kinds, fields, strict=True):
            try:
                _PARSE[kind](field)
            except ValueError:
                raise BadInput(
                    f"{where}: {name} {field!r} is no {kind}; expected {expected}"
                ) from None
