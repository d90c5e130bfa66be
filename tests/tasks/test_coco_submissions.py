"""Results files made elsewhere: read as submissions, scored like our own predictions."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import harness
from harness import api
from harness.errors import BadInput
from harness.method import Run
from harness.methods.detection.nms import NMS
from harness.store import Store
from harness.tasks.coco import COCO
from harness.tasks.detection.results import write_results

World = tuple[dict[str, Any], list[dict[str, Any]]]
TARGET = "harness.tasks.coco:COCO"


def export(path: Path, task: COCO) -> Path:
    """Write what NMS predicts as an official results file."""
    predictions = list(NMS().predict(task.load().inputs, Run(seed=0)))
    write_results(path, predictions)
    return path


def test_our_own_predictions_scored_as_a_submission_give_identical_figures(tmp_path: Path) -> None:
    ours = harness.run("harness.methods.detection.nms:NMS", TARGET)
    theirs = api.score(TARGET, export(tmp_path / "theirs.json", COCO()))
    assert ours.status == theirs.status == "ok"
    # The file holds corner and size, so a box may come back a rounding error away.
    for name, value in ours.values().items():
        assert theirs.values()[name] == pytest.approx(value, abs=1e-12), name
    assert theirs.details["AP per category"] == pytest.approx(ours.details["AP per category"])
    assert theirs.scores[0].interval is not None
    assert theirs.scores[0].interval == ours.scores[0].interval
    found = harness.compare(ours, theirs)
    assert found.difference == pytest.approx(0, abs=1e-12)
    assert found.p_value == 1
    zipped = api.score(TARGET, export(tmp_path / "theirs.json.gz", COCO()))
    assert zipped.values() == theirs.values()
    assert zipped.key != theirs.key


def test_images_without_results_are_empty(card: World, write_world: Any, tmp_path: Path) -> None:
    folder = write_world(card)
    task = COCO(COCO.Config(data=folder))
    path = tmp_path / "one_image.json"
    path.write_text(json.dumps([r for r in card[1] if r["image_id"] == 2]))
    first, second = task.read_predictions(path, task.load_targets())
    assert (first.image_id, len(first)) == (1, 0)
    assert (second.image_id, len(second)) == (2, 5)
    path.write_text("[]")
    record = api.score(TARGET, path, task_config={"data": folder})
    assert record.values()["AP"] == 0


def test_the_worked_example_needs_no_candidates(
    card: World, write_world: Callable[[World], Path], tmp_path: Path
) -> None:
    folder = write_world(card)
    path = (folder / "detector_results.json").rename(tmp_path / "moved.txt")
    options = {"data": folder / "instances_two.json"}
    record = api.score(TARGET, path, name="card", task_config=options)
    assert record.values()["AP"] == pytest.approx(0.832054, abs=5e-7)
    with pytest.raises(BadInput, match="no box results file"):
        harness.run("harness.methods.detection.nms:NMS", TARGET, task_config=options)
    # Candidates that come to lie beside the annotations change nothing for a submission.
    (folder / "candidates.json").write_text("[]")
    assert api.score(TARGET, path, name="card", task_config=options).key == record.key


def test_published_figures_of_the_official_sample(shared_data: Path) -> None:
    folder = shared_data / "coco_detection" / "val2014_100"
    (results,) = folder.glob("*fakebbox100*")
    record = api.score(TARGET, results, task_config={"data": folder})
    published = [0.505, 0.697, 0.573, 0.586, 0.519, 0.501, 0.387, 0.594, 0.595, 0.640, 0.566, 0.564]
    assert [round(value, 3) for value in record.values().values()] == published


def test_results_on_images_that_were_not_chosen_are_passed_over(
    card: World, write_world: Callable[[World], Path]
) -> None:
    folder = write_world(card)
    task = COCO(COCO.Config(data=folder, images=1))
    (only,) = task.read_predictions(folder / "detector_results.json", task.load_targets())
    assert (only.image_id, len(only)) == (1, 3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"image_id": 7}, r"image_id value\(s\) not in .*name the right file with --predictions"),
        ({"category_id": 2}, r"category_id value\(s\) not in"),
        ({"score": math.nan}, "score = NaN, expected a finite number"),
        ({"bbox": [0, 0, math.inf, 1]}, "four finite numbers"),
        ({"bbox": [0, 0, -1, 1]}, "four finite numbers with w, h >= 0"),
        ({"image_id": "1"}, "expected an integer"),
    ],
)
def test_a_wrong_result_is_named(
    change: dict[str, object], said: str, card: World, write_world: Callable[[World], Path]
) -> None:
    folder = write_world(card)
    path = folder / "theirs.txt"
    path.write_text(json.dumps([*card[1][:4], {**card[1][4], **change}]))
    with pytest.raises(BadInput, match=said) as caught:
        api.score(TARGET, path, task_config={"data": folder})
    assert "results[4]" in str(caught.value)
    assert list(Store().records()) == []


def test_an_annotation_file_is_no_submission(
    card: World, write_world: Callable[[World], Path]
) -> None:
    folder = write_world(card)
    with pytest.raises(BadInput, match="is it an annotation file"):
        api.score(TARGET, folder / "instances_two.json", task_config={"data": folder})
