from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.tasks.detection.annotations import read_annotations
from harness.tasks.detection.matches import IOU_THRESHOLDS, Matches
from harness.tasks.detection.matching import match_boxes
from harness.tasks.detection.results import read_results


def bits(masks: Any) -> Any:
    """Return ``(10, n)`` booleans from ``(n,)`` masks."""
    return (masks[None, :] >> np.arange(len(IOU_THRESHOLDS))[:, None]) & 1 == 1


def assert_as_judged(matches: Matches, evaluation: Any) -> None:
    """Compare every verdict and count with ``COCOeval.evalImgs``."""
    images, categories = len(matches.images), len(matches.categories)
    assert len(evaluation.evalImgs) == categories * 4 * images
    for position, judged in enumerate(evaluation.evalImgs):
        category, rest = divmod(position, 4 * images)
        area, image = divmod(rest, images)
        mine = (matches.image == image) & (matches.category == category)
        if judged is None:
            assert not mine.any()
            assert matches.objects[area, image, category] == 0
            continue
        assert matches.scores[mine].tolist() == judged["dtScores"]
        assert np.array_equal(bits(matches.matched[area][mine]), judged["dtMatches"] > 0)
        assert np.array_equal(bits(matches.ignored[area][mine]), judged["dtIgnore"])
        real = np.count_nonzero(judged["gtIgnore"] == 0)
        assert matches.objects[area, image, category] == real


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_every_verdict_is_pycocotools_on_random_worlds(
    data: st.DataObject, worlds: Any, read_world: Any, judge: Any
) -> None:
    world = data.draw(worlds)
    assert_as_judged(match_boxes(*read_world(world)), judge(world))


@pytest.mark.parametrize(
    ("annotations", "found"),
    [
        ("val2014_100/instances_val2014_100", "val2014_100/instances_val2014_fakebbox100_results"),
        ("val2017_tiny80/instances_val2017_tiny80", "val2017_tiny80/yolox_nano_nms065_results"),
    ],
)
def test_every_verdict_is_pycocotools_on_real_files(
    shared_data: Path, judge: Any, annotations: str, found: str
) -> None:
    folder = shared_data / "coco_detection"
    paths = folder / f"{annotations}.json", folder / f"{found}.json"
    truth = read_annotations(paths[0])
    world = json.loads(paths[0].read_text()), json.loads(paths[1].read_text())
    assert_as_judged(match_boxes(truth, read_results(paths[1], truth)), judge(world))


def test_a_crowd_is_matched_over_and_over_and_never_counts(card: Any, read_world: Any) -> None:
    matches = match_boxes(*read_world(card))
    dogs = matches.category == 1
    assert matches.scores[dogs].tolist() == [0.95, 0.94, 0.50]
    assert bits(matches.matched[0][dogs]).all()
    assert bits(matches.ignored[0][dogs]).all(axis=0).tolist() == [True, True, False]
    assert matches.objects[0].tolist() == [[2, 0], [1, 1]]


def test_overlap_with_a_crowd_is_over_the_detections_area() -> None:
    from harness.tasks.detection.matching import _overlap

    found, true = np.array([110.0, 110, 30, 30]), np.array([100.0, 100, 100, 100])
    assert _overlap(found, true, False) == 0.09
    assert _overlap(found, true, True) == 1.0
    assert _overlap(np.zeros(4), np.zeros(4), False) == 0.0
