from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.tasks.detection.jsonfile import Entries, read_head, read_json


def entries(*items: object) -> Entries:
    return Entries(Path("file.json"), "results", list(items))


def test_reads_plain_gzipped_and_marked_files(tmp_path: Path) -> None:
    text = json.dumps({"a": [1, "ä"]})
    (tmp_path / "plain.json").write_text(text, encoding="utf-8")
    (tmp_path / "marked.json").write_text(text, encoding="utf-8-sig")
    (tmp_path / "zipped.json.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "zipped_unsaid.json").write_bytes(gzip.compress(text.encode()))
    for path in tmp_path.iterdir():
        assert read_json(path) == {"a": [1, "ä"]}
        assert read_head(path).lstrip().startswith("{")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone\.json: no such file"):
        read_json(tmp_path / "gone.json")
    with pytest.raises(BadInput, match="cannot be read"):
        read_json(tmp_path)
    assert read_head(tmp_path / "gone.json") == ""


def test_broken_json_is_located(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text('[\n  {"image_id": 1,}\n]')
    with pytest.raises(BadInput, match=r"broken\.json: not valid JSON at line 2, column 1\d"):
        read_json(path)
    path.write_bytes(b'["\xff"]')
    with pytest.raises(BadInput, match="not UTF-8 at byte 2"):
        read_json(path)
    path.write_text("[" * 200_000)
    with pytest.raises(BadInput, match=r"nested too deeply|not valid JSON"):
        read_json(path)


@given(cut=st.integers(1, 60))
def test_truncated_gzip_is_one_line(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    whole = gzip.compress(json.dumps(list(range(50))).encode())
    path = tmp_path_factory.mktemp("cut") / "cut.json.gz"
    path.write_bytes(whole[:-cut])
    with pytest.raises(BadInput) as caught:
        read_json(path)
    assert "\n" not in str(caught.value)
    assert "cut.json.gz" in str(caught.value)
    read_head(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1", None, True, [1], 10**400])
def test_a_number_must_be_a_finite_number(value: object) -> None:
    with pytest.raises(BadInput, match=r"file\.json: results\[1\] has score = .* finite number"):
        entries({"score": 0.5}, {"score": value}).numbers("score")


@pytest.mark.parametrize("value", [1.0, "1", None, True, 2**63])
def test_an_id_must_be_an_integer(value: object) -> None:
    with pytest.raises(BadInput, match=r"results\[1\] has image_id"):
        entries({"image_id": 1}, {"image_id": value}).ints("image_id")


@pytest.mark.parametrize(
    "box", [[0, 0, 1], [0, 0, -1, 5], [0, 0, 5, float("nan")], [0, 0, "1", 1], None, {"x": 1}, 7]
)
def test_a_box_must_be_four_numbers_of_no_negative_size(box: object) -> None:
    with pytest.raises(BadInput, match=r"results\[1\] has bbox = .*w, h >= 0; fix"):
        entries({"bbox": [0, 0, 0, 0]}, {"bbox": box}).boxes("bbox", "fix")


def test_entries_must_be_objects_with_the_key() -> None:
    with pytest.raises(BadInput, match=r"results\[1\] has no 'score'; add"):
        entries({"score": 1}, {"sore": 1}).numbers("score", "add it")
    with pytest.raises(BadInput, match=r"results\[0\] is \[1\], expected an object with 'score'"):
        entries([1]).numbers("score")


def test_strangers_are_counted_and_repeats_named() -> None:
    known, values = np.array([2, 4, 9]), np.array([4, 5, 5, 77, 1, 9, 3])
    with pytest.raises(BadInput, match=r"4 image_id value\(s\) not in here \(1, 3, 5, \.\.\.\)"):
        entries().known("image_id", values, known, "here", "fix")
    assert entries().known("x", known[::-1], known, "here", "fix").tolist() == [2, 1, 0]
    with pytest.raises(BadInput, match=r"results\[2\] repeats id 7 of results\[0\]"):
        entries().unique("id", np.array([7, 1, 7]))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_are_kept_to_the_last_bit(values: list[float]) -> None:
    column = entries(*({"v": v} for v in values)).numbers("v")
    assert column.dtype == np.float64
    assert column.tolist() == values
