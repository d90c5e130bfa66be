"""Writes pickles as Python 2 and its NumPy wrote CIFAR's: protocol 2, byte strings throughout.

Python 3 cannot: its strings become Unicode, its bytes a call of ``_codecs.encode``.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Value = str | int | Sequence[str] | Sequence[int] | NDArray[np.uint8]

_RECONSTRUCT = b"numpy.core.multiarray\n_reconstruct\n"
_NDARRAY = b"numpy\nndarray\n"
_DTYPE = b"numpy\ndtype\n"
_NONE, _FALSE = pickle.NONE, pickle.NEWFALSE


def dumps(content: Mapping[str, Value]) -> bytes:
    """Return ``content`` pickled; its strings must be latin-1, its arrays of bytes."""
    return b"".join(_program(content))


def _program(content: Mapping[str, Value]) -> Iterator[bytes]:
    yield pickle.PROTO + b"\x02" + pickle.EMPTY_DICT + pickle.MARK
    for key, value in content.items():
        yield _string(key.encode("latin1"))
        yield from _value(value)
    yield pickle.SETITEMS + pickle.STOP


def _value(value: Value) -> Iterator[bytes]:
    if isinstance(value, np.ndarray):
        yield from _array(value)
    elif isinstance(value, str | int):
        yield _atom(value)
    else:
        yield pickle.EMPTY_LIST + pickle.MARK
        yield from map(_atom, value)
        yield pickle.APPENDS


def _atom(value: str | int) -> bytes:
    return _string(value.encode("latin1")) if isinstance(value, str) else _integer(value)


def _string(content: bytes) -> bytes:
    if len(content) < 256:
        return pickle.SHORT_BINSTRING + bytes([len(content)]) + content
    return pickle.BINSTRING + struct.pack("<i", len(content)) + content


def _integer(value: int) -> bytes:
    if 0 <= value < 256:
        return pickle.BININT1 + bytes([value])
    return pickle.BININT + struct.pack("<i", value)


def _array(array: NDArray[np.uint8]) -> Iterator[bytes]:
    """Yield what ndarray.__reduce__ gives: an empty array, then version, shape, type and bytes."""
    yield pickle.GLOBAL + _RECONSTRUCT + pickle.GLOBAL + _NDARRAY
    yield _integer(0) + pickle.TUPLE1 + _string(b"b") + pickle.TUPLE3 + pickle.REDUCE
    yield pickle.MARK + _integer(1)
    yield pickle.MARK + b"".join(map(_integer, array.shape)) + pickle.TUPLE
    yield pickle.GLOBAL + _DTYPE + _string(b"u1") + _integer(0) + _integer(1) + pickle.TUPLE3
    yield pickle.REDUCE + pickle.MARK + _integer(3) + _string(b"|") + 3 * _NONE
    yield 2 * _integer(-1) + _integer(0) + pickle.TUPLE + pickle.BUILD
    yield _FALSE + _string(array.tobytes()) + pickle.TUPLE + pickle.BUILD
