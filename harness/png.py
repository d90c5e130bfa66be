"""Writes pixels as PNG files (ISO/IEC 15948) without an imaging library.

Pixels are stored, not compressed: a compressor's output changes with its version, and files that
enter a data fingerprint must be the same everywhere.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_EIGHT_BIT_RGB = bytes([8, 2, 0, 0, 0])
_MOST_PER_BLOCK = 0xFFFF


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """Return ``pixels`` as the bytes of a PNG file.

    Args:
        pixels: ``(h, w, 3)`` uint8; red, green, blue.

    Raises:
        ValueError: The array is of another shape or type, or empty.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or not pixels.size:
        raise ValueError(f"pixels {pixels.shape} {pixels.dtype}: expected (h, w, 3) uint8")
    height, width = pixels.shape[:2]
    unfiltered: NDArray[Any] = np.zeros((height, 1 + 3 * width), np.uint8)  # each row: filter 0
    unfiltered[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">II", width, height) + _EIGHT_BIT_RGB
    body = _stored(unfiltered.tobytes())
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def _stored(data: bytes) -> bytes:
    """Return a zlib stream (RFC 1950) of stored blocks (RFC 1951, section 3.2.4)."""
    blocks = [b"\x78\x01"]
    for start in range(0, len(data), _MOST_PER_BLOCK):
        block = data[start : start + _MOST_PER_BLOCK]
        final = start + _MOST_PER_BLOCK >= len(data)
        blocks += [struct.pack("<BHH", final, len(block), len(block) ^ 0xFFFF), block]
    return b"".join(blocks) + struct.pack(">I", zlib.adler32(data))
