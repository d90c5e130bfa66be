from __future__ import annotations

import numpy as np
import pytest

from harness.config import build
from harness.errors import BadInput
from harness.kernels.nms import nms
from harness.kinds.detection import KIND, Candidates, Detections
from harness.method import Run
from harness.methods.detection.nms import NMS

RUN = Run(seed=0)


def scene(image_id: int, n: int, classes: int = 4) -> Candidates:
    rng = np.random.default_rng(image_id)
    boxes = np.sort(rng.integers(0, 60, (n, 2, 2)).astype(float), axis=1).reshape(n, 4)
    scores = rng.permutation(n) / max(n, 1)
    return Candidates(image_id, 64, 64, boxes, scores, rng.integers(1, classes + 1, n))


def predict(items: list[Candidates], **options: object) -> list[Detections]:
    out = list(NMS(build(NMS.Config, options, owner="method nms")).predict(items, RUN))
    for item, found in zip(items, out, strict=True):
        KIND.check(item, found)
    return out


def pairs(found: Detections | Candidates) -> set[tuple[float, ...]]:
    columns = (*found.boxes.T, found.scores, found.labels)
    return {tuple(map(float, row)) for row in zip(*columns, strict=True)}


def test_every_class_of_every_image_is_suppressed_on_its_own() -> None:
    items = [scene(1, 80), scene(2, 0), scene(3, 200), scene(4, 1)]
    for item, found in zip(items, predict(items), strict=True):
        for label in np.unique(item.labels):
            rows = np.flatnonzero(item.labels == label)
            want = nms(item.boxes[rows], item.scores[rows], iou_threshold=0.3, box_offset=1)
            here = found.labels == label
            assert found.boxes[here].tolist() == item.boxes[rows][want.kept].tolist()
            assert found.scores[here].tolist() == want.scores.tolist()


def test_threshold_one_is_no_nms() -> None:
    item = scene(5, 1200)
    (found,) = predict([item], iou_threshold=1)
    assert len(found) == 1200
    assert pairs(found) == pairs(item)


def test_the_cap_keeps_ties_at_its_edge() -> None:
    boxes = 10.0 * np.arange(6)[:, None] + np.array([0.0, 0.0, 4.0, 4.0])
    scores = np.array([0.9, 0.5, 0.7, 0.5, 0.5, 0.1])
    item = Candidates(1, 64, 64, boxes, scores, np.arange(6))
    (found,) = predict([item], max_detections=3)
    assert sorted(found.scores) == [0.5, 0.5, 0.5, 0.7, 0.9]
    (found,) = predict([item], max_detections=2)
    assert sorted(found.scores) == [0.7, 0.9]


def test_the_floor_is_exclusive() -> None:
    (found,) = predict([scene(6, 10)], score_floor=0.5, iou_threshold=1)
    assert sorted(found.scores) == pytest.approx([0.6, 0.7, 0.8, 0.9])


def test_batches_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [scene(i, 37 * i % 90) for i in range(12)]
    whole = predict(items)
    monkeypatch.setattr("harness.methods.detection._per_class.BOXES_PER_CALL", 50)
    for one, other in zip(whole, predict(items), strict=True):
        assert one.boxes.tolist() == other.boxes.tolist()
        assert one.scores.tolist() == other.scores.tolist()


def test_nothing_in_nothing_out() -> None:
    assert predict([]) == []
    (found,) = predict([scene(1, 0)])
    assert found.boxes.shape == (0, 4)


def test_inputs_are_not_touched_and_progress_is_told() -> None:
    item = scene(7, 100)
    before = item.boxes.copy(), item.scores.copy(), item.labels.copy()
    for array in (item.boxes, item.scores, item.labels):
        array.setflags(write=False)
    told: list[tuple[int, int | None]] = []
    run = Run(seed=0, on_progress=lambda done, total: told.append((done, total)))
    list(NMS().predict([item, item], run))
    assert told == [(1, 2), (2, 2)]
    for array, copy in zip((item.boxes, item.scores, item.labels), before, strict=True):
        assert np.array_equal(array, copy)


@pytest.mark.parametrize(
    ("field", "value"), [("scores", np.nan), ("boxes", np.inf), ("boxes", -1000.0)]
)
def test_damaged_candidates_are_named(field: str, value: float) -> None:
    item = scene(8, 20)
    getattr(item, field)[5] = [0, 0, value, 9] if field == "boxes" else value
    with pytest.raises(BadInput, match=r"^image 8, candidate 5: box "):
        predict([scene(1, 3), item])


def test_arrays_that_disagree_are_named() -> None:
    item = scene(8, 20)
    with pytest.raises(BadInput, match="image 8: boxes"):
        predict([Candidates(8, 64, 64, item.boxes[1:], item.scores, item.labels)])


@pytest.mark.parametrize("options", [{"iou_threshold": 1.1}, {"max_detections": 0}])
def test_options_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="method nms: "):
        predict([], **options)
