from __future__ import annotations

import numpy as np
import pytest

from harness.errors import BadInput, Unavailable
from harness.kinds.preference import LazyImage, PromptImages
from harness.method import Run
from harness.methods.preference import image_statistics
from harness.methods.preference.image_statistics import STATISTICS, ImageStatistics
from harness.png import encode_png
from harness.testing import check_method

pytest.importorskip("PIL")


def flat(red: int, green: int, blue: int) -> np.ndarray:
    return np.full((6, 8, 3), (red, green, blue), np.uint8)


STRIPES = np.tile(np.array([0, 200], np.uint8)[None, :, None], (6, 4, 3))


def test_the_contract() -> None:
    check_method(ImageStatistics)


def test_statistics_of_known_pictures() -> None:
    assert image_statistics.brightness(flat(100, 100, 100)) == pytest.approx(100)
    assert image_statistics.brightness(flat(0, 255, 0)) == pytest.approx(0.587 * 255)
    assert image_statistics.contrast(flat(9, 70, 3)) == pytest.approx(0)
    assert image_statistics.contrast(STRIPES) == pytest.approx(100)
    assert image_statistics.colourfulness(flat(77, 77, 77)) == pytest.approx(0)
    # One colour: no spread; the offset is the length of (red - green, (red + green) / 2 - blue).
    assert image_statistics.colourfulness(flat(60, 20, 10)) == pytest.approx(0.3 * 50)
    assert image_statistics.sharpness(flat(1, 2, 3)) == pytest.approx(0)
    across, down = 200 * 6 * 7, 0
    assert image_statistics.sharpness(STRIPES) == pytest.approx((across + down) / (6 * 7 + 5 * 8))
    assert image_statistics.sharpness(np.zeros((1, 1, 3), np.uint8)) == 0
    assert image_statistics.resolution(STRIPES) == 48


@pytest.mark.parametrize("statistic", list(STATISTICS))
def test_less_is_the_opposite_of_more(statistic: str) -> None:
    images = [LazyImage(n, data=encode_png(p)) for n, p in (("a", STRIPES), ("b", flat(9, 0, 0)))]
    item = PromptImages("1", "a star", images)
    answers = []
    for prefer in ("more", "less"):
        config = ImageStatistics.Config.model_validate({"statistic": statistic, "prefer": prefer})
        answers += list(ImageStatistics(config).predict([item], Run(seed=0)))
    np.testing.assert_array_equal(answers[0].scores, -answers[1].scores)


def test_absent_and_damaged_images_are_named() -> None:
    absent = PromptImages("1", "", [LazyImage("here/no.png"), LazyImage("b")])
    with pytest.raises(Unavailable, match=r"here/no\.png"):
        list(ImageStatistics().predict([absent], Run(seed=0)))
    broken = PromptImages("1", "", [LazyImage("a.png", data=b"\x89PNG"), LazyImage("b")])
    with pytest.raises(BadInput, match=r"a\.png: cannot be decoded"):
        list(ImageStatistics().predict([broken], Run(seed=0)))
