"""Reads CIFAR's Python 2 pickles without running anything they hold.

A pickle is a program. The files of CIFAR need three names of NumPy, to rebuild one array of bytes;
here these names lead to stand-ins that note what was asked for, and every other name is refused.
NumPy's own reconstruction is not reached: it trusts the shapes and type flags a file claims.
"""

from __future__ import annotations

import io
import math
import pickle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput


class _Refused(Exception):
    """The pickle asks for something that CIFAR's files do not need."""


class _StandIn:
    """What a pickle's names lead to; its state can be set in the ways subclasses allow only."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        raise _Refused(f"state for {type(self).__name__.strip('_').lower()}")


class _ByteType(_StandIn):
    """Stands for ``numpy.dtype``; only unsigned bytes are allowed."""

    __slots__ = ()

    def __init__(self, code: object, align: object = False, copy: object = True) -> None:
        if code not in (b"u1", b"|u1", "u1", "|u1"):
            raise _Refused(f"an array of type {code!r}; pixels are bytes (u1)")

    def __setstate__(self, state: object) -> None:
        """Accept the layout, which a type of one byte cannot choose."""


class _ArrayType(_StandIn):
    """Stands for ``numpy.ndarray``, which is named but never called."""

    __slots__ = ()


class _Array(_StandIn):
    """Stands for an array under reconstruction."""

    __slots__ = ("pixels",)

    def __init__(self) -> None:
        self.pixels: NDArray[np.uint8] | None = None

    def __setstate__(self, state: object) -> None:
        """Build the array from ``(version, shape, type, column-major, bytes)``, all verified."""
        match state:
            case (int(), tuple(shape), _ByteType(), bool() | int() as fortran, bytes(content)):
                pass
            case _:
                raise _Refused("an array in another form than the official files'")
        if not all(isinstance(n, int) and n >= 0 for n in shape):
            raise _Refused(f"an array of shape {shape}")
        if math.prod(shape) != len(content):
            raise _Refused(f"an array of shape {shape} out of {len(content)} bytes")
        order = "F" if fortran else "C"
        self.pixels = np.frombuffer(content, np.uint8).reshape(shape, order=order)  # type: ignore[call-overload]


class _Reconstruct(_StandIn):
    """Stands for ``numpy.core.multiarray._reconstruct``."""

    __slots__ = ()

    def __call__(self, kind: object, shape: object, code: object) -> _Array:
        """Return an empty array to be filled by its state."""
        if not isinstance(kind, _ArrayType):
            raise _Refused("an array of another class than numpy.ndarray")
        return _Array()


_ALLOWED: dict[tuple[str, str], object] = {
    ("numpy", "dtype"): _ByteType,
    ("numpy", "ndarray"): _ArrayType(),
    ("numpy.core.multiarray", "_reconstruct"): _Reconstruct(),
}


class _Reader(pickle._Unpickler):
    """An unpickler that knows three names.

    Python's own, as the one in C reserves memory for any memo index that a damaged file names.
    """

    def find_class(self, module: str, name: str) -> object:
        """Return the stand-in for a name, or refuse it."""
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise _Refused(f"{module}.{name}") from None


def read_pickle(content: bytes, where: str) -> dict[str, Any]:
    """Return the dictionary in a CIFAR file, its byte strings as text, its arrays as uint8.

    Args:
        content: The file's bytes.
        where: The file, for messages.

    Raises:
        BadInput: It is truncated, no such pickle, or asks for anything but arrays of bytes.
    """
    try:
        # As bytes, Python 2's strings hold the pixels unchanged; the short ones are text.
        loaded = _plain(_Reader(io.BytesIO(content), encoding="bytes").load())
    except _Refused as error:
        raise BadInput(
            f"{where}: refused: this pickle asks for {error}, which CIFAR's files never do; "
            "get the file from its official source"
        ) from None
    except Exception as error:
        # A damaged pickle can fail in any way that a wrong program can.
        raise BadInput(
            f"{where}: no readable pickle, perhaps truncated ({type(error).__name__}: {error}); "
            "get the file again"
        ) from None
    if not isinstance(loaded, dict):
        raise BadInput(f"{where}: holds a {type(loaded).__name__}; expected a dictionary")
    return loaded


def _plain(value: object) -> Any:
    """Return ``value`` with text for byte strings and arrays for stand-ins, two levels deep."""
    match value:
        case dict():
            return {_text(key): _value(item) for key, item in value.items()}
        case _:
            return value


def _value(item: object) -> object:
    if isinstance(item, list):
        return [_text(part) for part in item]
    if isinstance(item, _Array):
        return item.pixels
    return _text(item)


def _text(item: object) -> object:
    return item.decode("latin1") if isinstance(item, bytes) else item
