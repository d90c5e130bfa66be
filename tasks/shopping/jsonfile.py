"""Reads WebShop's JSON files, so that every defect becomes one line naming its place."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from harness.errors import BadInput


def read_json(path: Path) -> Any:
    """Return the parsed contents of ``path``, gunzipped where its name ends in ``.gz``.

    Raises:
        BadInput: The file is missing, unreadable, truncated or no JSON.
    """
    return _parsed(path, json.loads)


def read_lines(path: Path) -> list[Any]:
    """Return the parsed lines of ``path``, one JSON value each; blank lines are passed over.

    Raises:
        BadInput: As :func:`read_json`.
    """
    return cast(
        "list[Any]",
        _parsed(path, lambda raw: [json.loads(line) for line in raw.splitlines() if line.strip()]),
    )


def _parsed(path: Path, parse: Callable[[bytes], Any]) -> Any:
    try:
        raw = path.read_bytes()
        return parse(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; check the path") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(f"{path}: damaged gzip ({error}); copy or download it again") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}; check the path") from None
    except RecursionError:
        raise BadInput(f"{path}: nested too deeply; expected a file of WebShop") from None
    except ValueError as error:
        raise BadInput(f"{path}: not valid JSON: {error}; is the file complete?") from None


def read_array(path: Path) -> list[Any]:
    """Return the JSON array in ``path``.

    Raises:
        BadInput: There is none.
    """
    found = read_json(path)
    if not isinstance(found, list):
        raise BadInput(f"{path}: expected a JSON array, found {_kind(found)}")
    return found


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in ``path``.

    Raises:
        BadInput: There is none.
    """
    found = read_json(path)
    if not isinstance(found, dict):
        raise BadInput(f"{path}: expected a JSON object by asin, found {_kind(found)}")
    return found


def field(entry: Any, name: str, kind: type | tuple[type, ...], where: str) -> Any:
    """Return ``entry[name]``, which must be of type ``kind``.

    Raises:
        BadInput: ``entry`` is no object, the field is missing, or it is of another type.
    """
    if not isinstance(entry, dict):
        raise BadInput(f"{where}: expected an object, found {_kind(entry)}")
    if name not in entry:
        raise BadInput(f"{where}: the field {name!r} is missing")
    if not isinstance(entry[name], kind):
        expected = " or ".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
        raise BadInput(f"{where}: {name} is {_kind(entry[name])}; expected {expected}")
    return entry[name]


def strings(value: Any, name: str, where: str) -> tuple[str, ...]:
    """Return ``value``, which must be a list of strings.

    Raises:
        BadInput: It is something else.
    """
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise BadInput(f"{where}: {name} is no list of strings")
    return tuple(value)


def _kind(value: Any) -> str:
    return "null" if value is None else f"a {type(value).__name__}"
