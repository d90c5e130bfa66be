"""Reads JSON files, plain or gzipped, so that every defect becomes one line naming its place."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput

_GZIP_MAGIC = b"\x1f\x8b"


def read_json(path: Path) -> Any:
    """Return the parsed contents of ``path``, gunzipped first where it is gzipped.

    Raises:
        BadInput: The file is missing, unreadable, truncated or not JSON (line and column given).
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}; check the path") from None
    if path.suffix == ".gz" or raw.startswith(_GZIP_MAGIC):
        try:
            raw = gzip.decompress(raw)
        except (EOFError, OSError, zlib.error) as error:
            raise BadInput(f"{path}: damaged gzip ({error}); copy or download it again") from None
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 at byte {error.start}; expected JSON text") from None
    except json.JSONDecodeError as error:
        raise BadInput(
            f"{path}: not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}; "
            "is the file complete? copy or write it again"
        ) from None
    except RecursionError:
        raise BadInput(f"{path}: nested too deeply; is it the file that is meant?") from None
    except ValueError:
        raise BadInput(f"{path}: a number of too many digits; write numbers of 64 bits") from None


def read_head(path: Path, size: int = 1 << 20) -> str:
    """Return up to ``size`` leading bytes as text, or ``""`` where they cannot be read.

    For telling files of a folder apart; what is wrong with one is told when it is really read.
    """
    try:
        with path.open("rb") as plain:
            zipped = plain.read(2) == _GZIP_MAGIC
        with gzip.open(path, "rb") if zipped else path.open("rb") as file:
            return file.read(size).decode("utf-8-sig", errors="ignore")
    except (EOFError, OSError, zlib.error):
        return ""


@dataclass(frozen=True, slots=True)
class Entries:
    """A list of JSON objects whose fields are read as checked columns.

    Attributes:
        path: The file, for messages.
        label: What one entry is called, for messages (``"annotations"``, ``"results"``).
        items: The entries as parsed.
    """

    path: Path
    label: str
    items: Sequence[Any]

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.items)

    def column(self, key: str, remedy: str) -> list[Any]:
        """Return ``key`` of every entry.

        Raises:
            BadInput: An entry is no object or lacks ``key``.
        """
        try:
            return [item[key] for item in self.items]
        except (KeyError, TypeError, IndexError):
            for index, item in enumerate(self.items):
                if not isinstance(item, dict):
                    self.reject(
                        index, f"is {_show(item)}, expected an object with {key!r}; {remedy}"
                    )
                if key not in item:
                    self.reject(index, f"has no {key!r}; {remedy}")
            raise

    def ints(self, key: str, remedy: str = "write an integer") -> NDArray[np.int64]:
        """Return ``(n,)`` int64 values of ``key``.

        Raises:
            BadInput: A value is missing or not an integer of 64 bits.
        """
        values = self.column(key, remedy)
        if not set(map(type, values)) <= {int}:
            self._reject_first(values, lambda v: type(v) is not int, key, "an integer", remedy)
        try:
            return np.array(values, np.int64)
        except OverflowError:
            self._reject_first(values, lambda v: abs(v) >= 2**63, key, "64 bits", remedy)

    def numbers(self, key: str, remedy: str = "write a number") -> NDArray[np.float64]:
        """Return ``(n,)`` float64 values of ``key``.

        Raises:
            BadInput: A value is missing, not a number, NaN or infinite.
        """
        values = self.column(key, remedy)
        if set(map(type, values)) <= {int, float}:
            array = _floats(values)
            if np.isfinite(array).all():
                return array
        self._reject_first(values, lambda v: not _is_finite(v), key, "a finite number", remedy)

    def boxes(self, key: str, remedy: str) -> NDArray[np.float64]:
        """Return ``(n, 4)`` float64 ``x, y, w, h`` values of ``key``.

        Raises:
            BadInput: A value is missing, not four finite numbers, or has a negative size.
        """
        values = self.column(key, remedy)
        if set(map(type, values)) <= {list} and set(map(len, values)) <= {4}:
            flat = list(chain.from_iterable(values))
            if set(map(type, flat)) <= {int, float}:
                array = _floats(flat).reshape(-1, 4)
                if np.isfinite(array).all() and (array[:, 2:] >= 0).all():
                    return array
        expected = "[x, y, w, h], four finite numbers with w, h >= 0"
        self._reject_first(values, lambda v: not _is_box(v), key, expected, remedy)

    def unique(self, key: str, values: NDArray[np.int64]) -> None:
        """Raise :class:`BadInput` naming the first entry whose ``values`` occurred before."""
        _, first = np.unique(values, return_index=True)
        if len(first) != len(values):
            index = int(np.setdiff1d(np.arange(len(values)), first)[0])
            earlier = int(np.flatnonzero(values == values[index])[0])
            self.reject(
                index,
                f"repeats {key} {values[index]} of {self.label}[{earlier}]; "
                f"every {key} must occur once, remove or renumber one",
            )

    def known(
        self, key: str, values: NDArray[np.int64], known: NDArray[np.int64], where: str, remedy: str
    ) -> NDArray[np.intp]:
        """Return ``(n,)`` positions of ``values`` in ``known`` (ascending).

        Raises:
            BadInput: Some values are not in ``known``; says how many, and the first ones.
        """
        position = np.searchsorted(known, values)
        found = np.zeros(len(values), bool)
        inside = position < len(known)
        found[inside] = known[position[inside]] == values[inside]
        if not found.all():
            strangers = np.unique(values[~found])
            index = int(np.flatnonzero(~found)[0])
            shown = ", ".join(map(str, strangers[:3])) + (", ..." if len(strangers) > 3 else "")
            raise BadInput(
                f"{self.path}: {len(strangers)} {key} value(s) not in {where} ({shown}), "
                f"first at {self.label}[{index}]; {remedy}"
            )
        return position

    def reject(self, index: int, what: str) -> NoReturn:
        """Raise :class:`BadInput` about entry ``index``."""
        raise BadInput(f"{self.path}: {self.label}[{index}] {what}")

    def _reject_first(
        self,
        values: Sequence[Any],
        bad: Callable[[Any], bool],
        key: str,
        expected: str,
        remedy: str,
    ) -> NoReturn:
        index = next(i for i, value in enumerate(values) if bad(value))
        self.reject(index, f"has {key} = {_show(values[index])}, expected {expected}; {remedy}")


def _floats(values: Sequence[float]) -> NDArray[np.float64]:
    """Return ``values`` as float64; integers beyond its range become infinite."""
    try:
        return np.array(values, np.float64)
    except OverflowError:
        return np.array([v if _is_finite(v) else np.inf for v in values], np.float64)


def _is_finite(value: object) -> bool:
    if type(value) not in (int, float):
        return False
    try:
        return bool(np.isfinite(float(value)))  # type: ignore[arg-type]
    except OverflowError:
        return False


def _is_box(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 4
        and all(map(_is_finite, value))
        and value[2] >= 0
        and value[3] >= 0
    )


def _show(value: object) -> str:
    text = json.dumps(value, default=repr)
    return text if len(text) <= 60 else text[:57] + "..."
