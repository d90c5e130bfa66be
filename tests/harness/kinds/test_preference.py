from __future__ import annotations

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.errors import BadInput, Unavailable
from harness.kinds import kind
from harness.kinds.preference import KIND, LazyImage, PromptImages, Rewards
from harness.png import encode_png

PIXELS = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
TWO = PromptImages("p", "a star", [LazyImage("a"), LazyImage("b")])


def test_an_image_is_read_from_its_file_or_its_bytes(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    path = tmp_path / "a.png"
    path.write_bytes(encode_png(PIXELS))
    from_file, from_bytes = LazyImage("a", path), LazyImage("b", data=encode_png(PIXELS))
    for image in (from_file, from_bytes, pickle.loads(pickle.dumps(from_file))):
        assert image.present
        np.testing.assert_array_equal(image.pixels(), PIXELS)


def test_grey_and_palette_images_come_out_as_three_channels(tmp_path: Path) -> None:
    pil = pytest.importorskip("PIL.Image")
    for mode in ("L", "P", "RGBA", "1"):
        pil.new(mode, (5, 4)).save(tmp_path / f"{mode}.png")
        pixels = LazyImage(mode, tmp_path / f"{mode}.png").pixels()
        assert pixels.shape == (4, 5, 3)
        assert pixels.dtype == np.uint8


@pytest.mark.parametrize("path", [None, Path("nowhere") / "a.png"])
def test_an_absent_image_says_so(path: Path | None) -> None:
    image = LazyImage("part-1/a.webp", path)
    assert not image.present
    with pytest.raises(Unavailable, match=r"part-1/a\.webp is not here"):
        image.pixels()


def test_a_damaged_image_is_named(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    whole = encode_png(np.zeros((64, 64, 3), np.uint8))
    for number, data in enumerate((b"", b"not an image", whole[:200])):
        path = tmp_path / f"{number}.png"
        path.write_bytes(data)
        with pytest.raises(BadInput, match=rf"{number}\.png: cannot be decoded") as raised:
            LazyImage("x", path).pixels()
        assert "\n" not in str(raised.value)


def test_without_pillow_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(Unavailable, match="pip install"):
        LazyImage("a", data=encode_png(PIXELS)).pixels()


def test_a_sound_answer_passes() -> None:
    assert kind("preference") is KIND
    KIND.check(TWO, Rewards("p", np.array([0.5, -3.0])))


@pytest.mark.parametrize(
    ("item", "out", "said"),
    [
        (TWO, Rewards("q", np.zeros(2)), "is for prompt q"),
        (TWO, Rewards("p", np.zeros(3)), "for 2 images"),
        (TWO, Rewards("p", np.zeros((2, 1))), "for 2 images"),
        (TWO, Rewards("p", np.array([0, np.nan])), "NaN or infinite"),
        (TWO, Rewards("p", np.array([0, np.inf])), "NaN or infinite"),
        (PromptImages("p", "", []), Rewards("p", np.zeros(0)), "at least two"),
    ],
)
def test_a_malformed_answer_is_refused(item: PromptImages, out: Rewards, said: str) -> None:
    with pytest.raises(BadInput, match=f"prompt p.*{said}"):
        KIND.check(item, out)
