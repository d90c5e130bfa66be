from __future__ import annotations

import contextlib
import gzip
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.config import build
from harness.errors import BadInput
from harness.kernels.soft_nms import soft_nms
from harness.kinds.detection import KIND, Candidates, Detections
from harness.method import Method, Run
from harness.methods.detection.nms import NMS
from harness.methods.detection.soft_nms import SoftNMS

RUN = Run(seed=0)

# The worked example of the method's card, as one image with a class of each decay.
BOXES = np.array(
    [
        [10, 10, 109, 109],
        [20, 10, 119, 109],
        [60, 10, 159, 109],
        [300, 300, 349, 349],
        [12, 12, 111, 111],
        [500, 500, 540, 540],
    ],
    float,
)
SCORES = np.array([0.9, 0.8, 0.7, 0.6, 0.0015, 0.0005])


def predict(items: list[Candidates], **options: object) -> list[Detections]:
    out = list(SoftNMS(build(SoftNMS.Config, options, owner="method soft_nms")).predict(items, RUN))
    for item, found in zip(items, out, strict=True):
        KIND.check(item, found)
    return out


def crowd(image_id: int, n: int) -> Candidates:
    rng = np.random.default_rng(image_id)
    boxes = np.sort(rng.integers(0, 60, (n, 2, 2)).astype(float), axis=1).reshape(n, 4)
    return Candidates(image_id, 64, 64, boxes, rng.random(n), rng.integers(1, 5, n))


@pytest.mark.parametrize(
    ("decay", "rows", "scores"),
    [
        ("linear", [0, 3, 2, 1, 5], [0.9, 0.6, 0.466667, 0.083117, 0.0005]),
        ("gaussian", [0, 3, 2, 1, 5], [0.9, 0.6, 0.560516, 0.145245, 0.0005]),
    ],
)
def test_worked_example(decay: str, rows: list[int], scores: list[float]) -> None:
    boxes, labels = np.tile(BOXES, (2, 1)), np.repeat([7, 3], 6)
    item = Candidates(9, 640, 640, boxes, np.tile(SCORES, 2), labels)
    (found,) = predict([item], decay=decay)
    assert found.labels.tolist() == [3] * 5 + [7] * 5
    assert found.boxes.tolist() == np.tile(BOXES[rows], (2, 1)).tolist()
    np.testing.assert_allclose(found.scores, scores * 2, rtol=2e-6)


def test_every_class_of_every_image_decays_on_its_own() -> None:
    items = [crowd(1, 80), crowd(2, 0), crowd(3, 200), crowd(4, 1)]
    for item, found in zip(items, predict(items, max_detections=None), strict=True):
        for label in np.unique(item.labels):
            rows = np.flatnonzero((item.labels == label) & (item.scores > 1e-4))
            want = soft_nms(item.boxes[rows], item.scores[rows], decay="gaussian")
            here = found.labels == label
            assert found.boxes[here].tolist() == item.boxes[rows][want.kept].tolist()
            assert found.scores[here].tolist() == want.scores.tolist()


def test_the_cap_applies_to_decayed_scores() -> None:
    item = crowd(5, 900)
    (everything,) = predict([item], max_detections=None)
    (found,) = predict([item])
    assert len(found) == 400
    assert sorted(found.scores) == sorted(everything.scores)[-400:]


def test_the_pre_threshold_is_exclusive() -> None:
    boxes = 20.0 * np.arange(3)[:, None] + np.array([0.0, 0.0, 9.0, 9.0])
    item = Candidates(1, 99, 99, boxes, np.array([1e-4, 2e-4, 0.5]), np.ones(3, np.int64))
    (found,) = predict([item])
    np.testing.assert_allclose(found.scores, [0.5, 2e-4], rtol=1e-6)


def test_backends_agree() -> None:
    items = [crowd(i, 60) for i in range(6)]
    bare = predict(items, backend="reference")
    for one, other in zip(bare, predict(items), strict=True):
        assert one.boxes.tolist() == other.boxes.tolist()
        np.testing.assert_allclose(one.scores, other.scores, rtol=1e-5)


@pytest.mark.parametrize(
    "options", [{"decay": "hard"}, {"sigma": 0}, {"iou_threshold": -0.1}, {"prune": "some"}]
)
def test_options_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="method soft_nms: "):
        predict([], **options)


def real_detector(folder: Path) -> tuple[Any, list[Candidates]]:
    """Return pycocotools' ground truth and YOLOX-Nano's boxes before NMS, image by image."""
    coco = pytest.importorskip("pycocotools.coco")
    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco.COCO(str(folder / "instances_val2017_tiny80.json"))
    packed = (folder / "yolox_nano_prenms_results.json.gz").read_bytes()
    rows: dict[int, list[dict[str, Any]]] = {}
    for entry in json.loads(gzip.decompress(packed)):
        rows.setdefault(entry["image_id"], []).append(entry)
    items = []
    for image_id, entries in rows.items():
        boxes = np.array([e["bbox"] for e in entries])
        boxes[:, 2:] += boxes[:, :2]
        scores = np.array([e["score"] for e in entries])
        labels = np.array([e["category_id"] for e in entries])
        image = truth.imgs[image_id]
        items.append(Candidates(image_id, image["width"], image["height"], boxes, scores, labels))
    return truth, items


def average_precision(truth: Any, found: list[Detections]) -> float:
    from pycocotools.cocoeval import COCOeval

    columns = [
        np.column_stack(
            [
                np.full(len(f), f.image_id),
                f.boxes[:, :2],
                f.boxes[:, 2:] - f.boxes[:, :2],
                f.scores,
                f.labels,
            ]
        )
        for f in found
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        scorer = COCOeval(truth, truth.loadRes(np.concatenate(columns)), "bbox")
        scorer.evaluate()
        scorer.accumulate()
        scorer.summarize()
    return float(scorer.stats[0])


def test_average_precision_on_a_real_detector(shared_data: Path) -> None:
    truth, items = real_detector(shared_data / "coco_detection" / "val2017_tiny80")
    expected: list[tuple[Method, float]] = [
        (NMS(NMS.Config(iou_threshold=0.3)), 0.290),
        (SoftNMS(SoftNMS.Config(decay="linear")), 0.301),
        (SoftNMS(SoftNMS.Config(decay="gaussian")), 0.300),
    ]
    for method, figure in expected:
        got = average_precision(truth, list(method.predict(items, RUN)))
        assert got == pytest.approx(figure, abs=0.002), method.config
