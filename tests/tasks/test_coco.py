from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput, Unavailable, UnknownName
from harness.kinds.detection import Candidates, Detections
from harness.task import Absent, Dataset, Scores
from harness.tasks import coco
from harness.tasks.coco import COCO
from harness.tasks.detection.results import to_candidates
from harness.tasks.detection.scorers import FIGURES


def answers(dataset: Dataset, keep: Callable[[Candidates], Any] | None = None) -> list[Detections]:
    """Return the candidates themselves, or those ``keep`` selects, as predictions."""
    out = []
    for c in dataset.inputs:
        chosen = slice(None) if keep is None else keep(c)
        out.append(Detections(c.image_id, c.boxes[chosen], c.scores[chosen], c.labels[chosen]))
    return out


def task(folder: Path, **options: Any) -> COCO:
    return COCO(COCO.Config(data=folder, **options))


def score(folder: Path, **options: Any) -> Scores:
    adapter = task(folder, **options)
    dataset = adapter.load()
    return adapter.score(answers(dataset), dataset)


def ap(scores: Scores) -> float:
    value = scores.values["AP"]
    assert isinstance(value, float)
    return value


def test_the_worked_example_end_to_end(card: Any, write_world: Any) -> None:
    folder = write_world(card)
    adapter = task(folder)
    dataset = adapter.load()
    assert dataset.ids == ["1", "2"]
    assert not dataset.mini
    assert dataset.origin.endswith("instances_two.json")
    assert [p.name for p in adapter.files()] == ["instances_two.json", "detector_results.json"]
    assert dataset.inputs[0].boxes[1].tolist() == [60, 60, 120, 105]

    scores = adapter.score(answers(dataset), dataset)
    assert tuple(scores.values) == FIGURES == tuple(m.name for m in COCO.metrics)
    assert scores.values["AP"] == pytest.approx(0.832054, abs=5e-7)
    assert scores.details["AP per category"] == pytest.approx({"cat": 0.664109, "dog": 1}, abs=5e-7)
    assert scores.examples is not None
    assert scores.examples.column("id").to_pylist() == ["1", "2"]


def test_primary_metric() -> None:
    assert COCO.primary().name == "AP"


def test_published_figures_of_the_official_sample(shared_data: Path) -> None:
    scores = score(shared_data / "coco_detection" / "val2014_100")
    published = [0.505, 0.697, 0.573, 0.586, 0.519, 0.501, 0.387, 0.594, 0.595, 0.640, 0.566, 0.564]
    assert [round(v, 3) for v in scores.values.values() if isinstance(v, float)] == published


def test_the_file_before_suppression_is_found(shared_data: Path) -> None:
    adapter = task(shared_data / "coco_detection" / "val2017_tiny80")
    assert adapter.files()[1].name == "yolox_nano_prenms_results.json.gz"
    assert sum(map(len, adapter.load().inputs)) == 37595


def test_nothing_to_find_is_absent_with_its_reason(card: Any, write_world: Any) -> None:
    card[0]["annotations"] = card[0]["annotations"][1:3]
    values = score(write_world(card)).values
    assert isinstance(values["AP"], float)
    for name in ("APs", "ARs"):
        absent = values[name]
        assert isinstance(absent, Absent)
        assert absent.reason.startswith("no small ground truth in ")


def test_no_candidates_score_zero(card: Any, write_world: Any) -> None:
    values = score(write_world((card[0], []))).values
    assert set(values.values()) == {0.0}


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_order_is_irrelevant_under_distinct_scores(
    data: st.DataObject, untied_worlds: Any, read_world: Any
) -> None:
    truth, results = read_world(data.draw(untied_worlds))
    inputs = to_candidates(results, truth, floor=None)
    dataset = Dataset(inputs, list(map(str, truth.image_ids)), truth, "test", False)
    adapter = COCO()
    whole = adapter.score(answers(dataset), dataset).values
    rng = np.random.default_rng(len(results))
    shuffled = answers(dataset, lambda c: rng.permutation(len(c)))
    assert adapter.score(shuffled, dataset).values == whole


def test_duplicates_lower_ap(card: Any, write_world: Any) -> None:
    adapter = task(write_world(card))
    dataset = adapter.load()
    doubled = adapter.score(answers(dataset, lambda c: np.repeat(np.arange(len(c)), 2)), dataset)
    assert ap(doubled) < ap(adapter.score(answers(dataset), dataset))


def test_a_category_matters_only_where_there_is_something_to_find(
    card: Any, write_world: Any
) -> None:
    card[0]["categories"].append({"id": 7, "name": "bird"})
    card[1].append({"image_id": 1, "category_id": 7, "bbox": [0, 0, 9, 9], "score": 0.99})
    adapter = task(write_world(card))
    dataset = adapter.load()
    whole = adapter.score(answers(dataset), dataset)
    no_bird = adapter.score(answers(dataset, lambda c: c.labels != 7), dataset)
    no_dog = adapter.score(answers(dataset, lambda c: c.labels != 3), dataset)
    assert no_bird.values == whole.values
    assert ap(no_dog) < ap(whole)
    assert "bird" not in whole.details["AP per category"]


def test_options_choose_images_scores_and_files(card: Any, write_world: Any) -> None:
    folder = write_world(card)
    assert task(folder, images=1).load().ids == ["1"]
    assert task(folder, images=[2]).load().ids == ["2"]
    listed = folder / "ids.txt"
    listed.write_text("2")
    adapter = task(folder, images=listed)
    assert adapter.load().ids == ["2"]
    assert adapter.files()[-1] == listed
    assert [len(c) for c in task(folder, floor=0.8).load().inputs] == [2, 2]
    other = folder / "other"
    other.mkdir()
    (other / "found.json").write_text(json.dumps(card[1][:1]))
    named = task(folder / "instances_two.json", detections=other / "found.json")
    assert [len(c) for c in named.load().inputs] == [1, 0]


def test_a_subset_scores_as_its_own_data_set(card: Any, write_world: Any, judge: Any) -> None:
    scores = score(write_world(card), images=[2])
    data = {
        **card[0],
        "images": card[0]["images"][1:],
        "annotations": [a for a in card[0]["annotations"] if a["image_id"] == 2],
    }
    stats = judge((data, [r for r in card[1] if r["image_id"] == 2])).stats
    for value, expected in zip(scores.values.values(), stats, strict=True):
        assert isinstance(value, Absent) if expected == -1 else value == pytest.approx(expected)


def test_bad_paths_and_splits(card: Any, write_world: Any) -> None:
    folder = write_world(card)
    with pytest.raises(BadInput, match=r"gone\.json: no such file"):
        task(folder, detections=folder / "gone.json").files()
    with pytest.raises(BadInput, match=r"ids\.txt: no such file"):
        task(folder, images=folder / "ids.txt").files()
    with pytest.raises(BadInput, match="coco has no train split"):
        task(folder).load("train")


def test_without_the_embedded_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(coco, "MINI", tmp_path)
    with pytest.raises(Unavailable, match=r"instances_mini_test.*missing.*--data DIR"):
        COCO().files()


def test_detections_of_other_images_do_not_fit_the_embedded_ones(
    card: Any, write_world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_world(card)
    embedded = folder / "instances_mini_test.json.gz"
    embedded.write_bytes(gzip.compress((folder / "instances_two.json").read_bytes()))
    monkeypatch.setattr(coco, "MINI", folder)
    foreign = folder / "foreign.json"
    foreign.write_text(json.dumps([{**card[1][0], "image_id": 139}]))
    with pytest.raises(BadInput, match=r"foreign\.json: 1 image_id.*\(139\).*--detections"):
        COCO(COCO.Config(detections=foreign)).load()


@pytest.mark.parametrize("split", ["test", "validation"])
def test_the_embedded_data(split: str) -> None:
    adapter = COCO(COCO.Config(split=split))
    dataset = adapter.load()
    assert dataset.mini
    assert dataset.origin == f"embedded mini COCO, {split}"
    value = adapter.score(answers(dataset), dataset).values["AP"]
    assert isinstance(value, float)
    assert 0 < value < 1


def test_resamplers_reproduce_the_score(card: Any, write_world: Any) -> None:
    adapter = task(write_world(card))
    dataset = adapter.load()
    whole = adapter.score(answers(dataset), dataset)
    fewer = adapter.score(answers(dataset, lambda c: c.scores > 0.6), dataset)
    ones = np.ones((1, 2), np.int64)
    for name in FIGURES:
        resampler = adapter.resampler(whole.examples, name)
        assert resampler.units == 2
        assert resampler(ones)[0] == pytest.approx(whole.values[name], abs=1e-12)
        paired = adapter.paired_resampler(whole.examples, fewer.examples, name)
        assert paired(ones, 0 * ones)[0] == pytest.approx(whole.values[name], abs=1e-12)
        assert paired(0 * ones, ones)[0] == pytest.approx(fewer.values[name], abs=1e-12)
    with pytest.raises(UnknownName, match="AP50"):
        adapter.resampler(whole.examples, "AP51")


def test_importing_the_task_is_cheap() -> None:
    heavy = "{'numba', 'pycocotools', 'pandas', 'torch', 'pyarrow', 'scipy', 'hotcoco'}"
    program = f"import sys, harness.tasks.coco; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
