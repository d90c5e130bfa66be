from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.errors import BadInput
from harness.kinds import kind
from harness.kinds.image_classification import ClassScores, Image
from harness.testing import samples

NAMES = ("cat", "dog", "ship")
IMAGE = Image("test/0", np.zeros((4, 5, 3), np.uint8), NAMES)
KIND = kind("image_classification")


@given(arrays.arrays(np.float64, 3, elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_any_finite_scores_will_do(scores: np.ndarray) -> None:
    KIND.check(IMAGE, ClassScores(scores))


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (np.zeros(2), "one per class"),
        (np.zeros((1, 3)), "one per class"),
        (np.zeros(3, np.float32), "float32"),
        (np.array([0, np.nan, 0]), "NaN or infinite"),
        (np.array([0, np.inf, 0]), "NaN or infinite"),
    ],
)
def test_other_scores_are_refused(scores: np.ndarray, said: str) -> None:
    with pytest.raises(BadInput, match=f"image test/0: .*{said}"):
        KIND.check(IMAGE, ClassScores(scores))


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 2), (0, 5, 3), (1, 4, 5, 3)])
def test_other_pixels_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match="image a"):
        KIND.check(Image("a", np.zeros(shape, np.uint8), NAMES), ClassScores(np.zeros(3)))


def test_samples_are_sound_until_spoiled() -> None:
    items = samples.inputs("image_classification", 1)
    for answer in samples.answers("image_classification").values():
        for item in items:
            KIND.check(item, answer(item))
    samples.spoil("image_classification", items)
    with pytest.raises(BadInput, match="expected uint8"):
        KIND.check(items[0], ClassScores(np.zeros(len(items[0].class_names))))
