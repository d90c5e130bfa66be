from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness.errors import BadInput
from harness.kinds.detection import Candidates, Detections
from harness.tasks.detection.annotations import GroundTruth
from harness.tasks.detection.results import (
    from_predictions,
    read_results,
    to_candidates,
    write_results,
    xywh_to_xyxy,
    xyxy_to_xywh,
)


def as_detections(items: list[Candidates]) -> list[Detections]:
    return [Detections(c.image_id, c.boxes, c.scores, c.labels) for c in items]


@given(arrays(np.int64, (7, 4), elements=st.integers(0, 2**20)))
def test_corner_and_size_round_trip(quarters: Any) -> None:
    # Quarters of a pixel add without rounding, so the trip must be exact.
    boxes = quarters / 4
    assert np.array_equal(xyxy_to_xywh(xywh_to_xyxy(boxes)), boxes)
    assert xywh_to_xyxy(np.empty((0, 4))).shape == (0, 4)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "image_id",
            7,
            r"1 image_id value\(s\) not in .*\(7\), first at results\[2\]; .*--detections",
        ),
        ("category_id", 2, r"1 category_id value\(s\) not in .*\(2\).*map the detector's labels"),
        ("score", float("nan"), r"results\[2\] has score = NaN"),
        ("score", float("-inf"), r"results\[2\] has score = -Infinity"),
        ("bbox", [0, 0, 1, float("inf")], r"results\[2\] has bbox"),
        ("bbox", [0, 0, 1, -1], r"results\[2\] has bbox"),
    ],
)
def test_each_defect_is_one_line(
    card: Any, read_world: Any, tmp_path: Path, key: str, value: object, message: str
) -> None:
    truth, _ = read_world(card)
    card[1][2][key] = value
    path = tmp_path / "results.json"
    path.write_text(json.dumps(card[1]))
    with pytest.raises(BadInput, match=r"results\.json: .*" + message) as caught:
        read_results(path, truth)
    assert "\n" not in str(caught.value)


def test_other_files_are_refused(card: Any, read_world: Any, tmp_path: Path) -> None:
    truth, _ = read_world(card)
    path = tmp_path / "results.json"
    path.write_text(json.dumps(card[0]))
    with pytest.raises(BadInput, match="a JSON dict, expected a results list"):
        read_results(path, truth)
    path.write_text('[{"image_id": 1, "category_id": 1, "segmentation": {}, "score": 1}]')
    with pytest.raises(BadInput, match=r"results\[0\] has no 'bbox'.*mask results do not fit"):
        read_results(path, truth)


def test_an_empty_list_is_a_valid_file(card: Any, read_world: Any) -> None:
    truth, results = read_world((card[0], []))
    assert len(results) == 0
    candidates = to_candidates(results, truth, floor=None)
    assert [len(c) for c in candidates] == [0, 0]
    assert candidates[0].boxes.shape == (0, 4)


@given(data=st.data())
def test_files_candidates_and_predictions_hold_the_same(
    data: st.DataObject, worlds: Any, read_world: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    truth, results = read_world(data.draw(worlds))
    candidates = to_candidates(results, truth, floor=None)
    assert [c.image_id for c in candidates] == truth.image_ids.tolist()
    again = from_predictions(as_detections(candidates), truth)
    path = tmp_path_factory.mktemp("written") / "results.json.gz"
    assert write_results(path, candidates) == len(results)
    for other in (again, read_results(path, truth)):
        for field in ("image", "category", "boxes", "scores"):
            assert np.array_equal(getattr(other, field), getattr(results, field))


def test_the_floor_drops_what_is_not_above_it(card: Any, read_world: Any) -> None:
    truth, results = read_world(card)
    candidates = to_candidates(results, truth, floor=0.8)
    assert [c.scores.tolist() for c in candidates] == [[0.90, 0.85], [0.95, 0.94]]
    assert candidates[1].labels.tolist() == [3, 3]


def test_dense_labels_map_to_the_gapped_official_ids(card: Any, read_world: Any) -> None:
    truth, _ = read_world(card)
    made = Candidates.from_class_scores(
        1, (200, 200), np.array([[0, 0, 5, 5]]), np.array([[0.1, 0.7]]), truth.category_ids
    )
    assert made.labels.tolist() == [1, 3]


def test_predictions_must_answer_the_images(card: Any, read_world: Any) -> None:
    truth: GroundTruth
    truth, results = read_world(card)
    good = as_detections(to_candidates(results, truth, floor=None))
    with pytest.raises(BadInput, match="1 predictions do not match the 2 images"):
        from_predictions(good[:1], truth)
    with pytest.raises(BadInput, match="in order"):
        from_predictions(good[::-1], truth)
    strange = Detections(2, good[1].boxes, good[1].scores, good[1].labels + 90)
    with pytest.raises(BadInput, match="image 2: label 91 is no category id"):
        from_predictions([good[0], strange], truth)


def test_equal_results_are_equal_files(card: Any, read_world: Any, tmp_path: Path) -> None:
    truth, results = read_world(card)
    candidates = to_candidates(results, truth, floor=None)
    for name in ("a.json.gz", "b.json.gz"):
        write_results(tmp_path / name, candidates)
    assert (tmp_path / "a.json.gz").read_bytes() == (tmp_path / "b.json.gz").read_bytes()
