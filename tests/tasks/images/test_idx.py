from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.errors import BadInput
from harness.tasks.images.idx import read_idx


def written(array: np.ndarray) -> bytes:
    """Write an idx file by the words of its specification."""
    sizes = b"".join(struct.pack(">I", n) for n in array.shape)
    return b"\0\0\x08" + bytes([array.ndim]) + sizes + array.tobytes()


@given(
    arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=3, max_side=5)), st.booleans()
)
def test_round_trip(array: np.ndarray, zipped: bool) -> None:
    content = gzip.compress(written(array)) if zipped else written(array)
    np.testing.assert_array_equal(read_idx(content, "x", array.ndim), array)


SOUND = written(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))


@given(st.integers(0, len(SOUND) - 1))
def test_every_truncation_is_noticed(length: int) -> None:
    with pytest.raises(BadInput, match=r"^x: .*get the file again"):
        read_idx(SOUND[:length], "x", 3)


@pytest.mark.parametrize("cut", [3, 12, -9, -1])
def test_a_truncated_gzip_file_is_noticed(cut: int) -> None:
    with pytest.raises(BadInput, match=r"^x: damaged gzip file"):
        read_idx(gzip.compress(SOUND)[:cut], "x", 3)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SOUND + b"\0", "25 values, but the header says 2 x 3 x 4"),
        (written(np.zeros(3, np.uint8)) + bytes(20), "magic number 2049; expected 2051"),
        (b"\0\0\x0d" + SOUND[3:], "magic number 3331"),
        (gzip.compress(SOUND, mtime=0)[:-8] + bytes(8), "damaged gzip"),
    ],
    ids=["too long", "other magic", "other dimensions", "wrong checksum"],
)
def test_other_files_are_refused(content: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_idx(content, "x", 3)


def test_the_official_test_set(shared_data: Path) -> None:
    images = (shared_data / "mnist" / "t10k-images-idx3-ubyte.gz").read_bytes()
    labels = (shared_data / "mnist" / "t10k-labels-idx1-ubyte.gz").read_bytes()
    assert hashlib.md5(images).hexdigest() == "9fb629c4189551a2d022fa330f9573f3"
    assert hashlib.md5(labels).hexdigest() == "ec29112dd5afa0611ce80d1b7f02629c"
    assert read_idx(images, "images", 3).shape == (10000, 28, 28)
    counts = np.bincount(read_idx(labels, "labels", 1)).tolist()
    assert counts == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
