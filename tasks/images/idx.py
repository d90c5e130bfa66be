"""Reads MNIST's idx files, plain or gzipped.

An idx file is big-endian: two zero bytes, the type of its values (8: unsigned bytes), the number of
dimensions, each dimension as four bytes, then the values in row-major order.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput

_GZIP = b"\x1f\x8b"
_UNSIGNED_BYTE = 8


def read_idx(content: bytes, where: str, dimensions: int) -> NDArray[np.uint8]:
    """Return the array in an idx file of unsigned bytes; it is read-only.

    Args:
        content: The file's bytes; gzip is recognised by its first two.
        where: The file, for messages.
        dimensions: How many it must have: 3 for images (magic number 2051), 1 for labels (2049).

    Raises:
        BadInput: It is damaged, of another type or shape, or its length is not what it says.
    """
    if content.startswith(_GZIP):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise BadInput(f"{where}: damaged gzip file ({error}); get the file again") from None
    expected = _UNSIGNED_BYTE << 8 | dimensions
    begin = 4 + 4 * dimensions
    if len(content) < begin:
        raise BadInput(
            f"{where}: {len(content)} bytes are too few for an idx header; get the file again"
        )
    (magic, *shape) = struct.unpack(f">{1 + dimensions}I", content[:begin])
    if magic != expected:
        raise BadInput(
            f"{where}: magic number {magic}; expected {expected}: "
            f"idx, unsigned bytes, {dimensions} dimension{'s' * (dimensions > 1)}"
        )
    if len(content) - begin != math.prod(shape):
        raise BadInput(
            f"{where}: {len(content) - begin} values, but the header says "
            f"{' x '.join(map(str, shape))}; get the file again"
        )
    return np.frombuffer(content, np.uint8, offset=begin).reshape(shape)
