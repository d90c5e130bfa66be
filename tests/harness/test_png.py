from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.png import encode_png


@given(st.integers(1, 300), st.integers(1, 120), st.integers(0, 2**32 - 1))
def test_an_independent_reader_sees_the_same_pixels(height: int, width: int, seed: int) -> None:
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    with image.open(io.BytesIO(encode_png(pixels))) as read:
        read.verify()
    with image.open(io.BytesIO(encode_png(pixels))) as read:
        assert read.mode == "RGB"
        np.testing.assert_array_equal(np.asarray(read), pixels)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_other_arrays_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected"):
        encode_png(pixels)
