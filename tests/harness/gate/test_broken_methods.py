from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from harness.errors import ExitCode
from harness.gate.baseline import MadeWith, Rules, suite_of
from harness.gate.compare import Verdict, compare, exit_code
from harness.gate.learn import learn
from harness.gate.measure import Finding, measure
from harness.runner import Cell, Runner
from harness.specs import Request
from harness.store import Store

SOFT_NMS = """
from harness.kinds.detection import Detections
from harness.methods.detection.soft_nms import SoftNMS


class Plugin(SoftNMS):
    name = "plugin"

    def predict(self, inputs, run):
        for item, out in zip(inputs, super().predict(inputs, run)):
            full = dict(zip(map(tuple, item.boxes), item.scores))
            scores = [
                full[tuple(box)] {sign} (full[tuple(box)] - score)
                for box, score in zip(out.boxes, out.scores)
            ]
            yield Detections(out.image_id, out.boxes, out.scores * 0 + scores, out.labels)
"""


def _write_coco(folder: Path) -> None:
    """Write eight images of one object each, found well, and less well by later candidates."""
    rng = np.random.default_rng(5)
    objects, candidates = [], []
    for image in range(1, 9):
        x, y = rng.uniform(0, 100, 2).round(1).tolist()
        objects.append(
            {
                "id": image,
                "image_id": image,
                "category_id": 1,
                "bbox": [x, y, 60, 60],
                "area": 3600,
                "iscrowd": 0,
            }
        )
        for place, shift in enumerate((0, 12, 16)):
            box = [x + shift, y, 60, 60]
            score = round(0.9 - 0.02 * image - 0.2 * place, 3)
            candidates.append({"image_id": image, "category_id": 1, "bbox": box, "score": score})
    images = [{"id": i, "width": 200, "height": 200, "file_name": f"{i}.png"} for i in range(1, 9)]
    annotations = {
        "images": images,
        "annotations": objects,
        "categories": [{"id": 1, "name": "box"}],
    }
    folder.mkdir()
    (folder / "instances_tiny.json").write_text(json.dumps(annotations))
    (folder / "results.json").write_text(json.dumps(candidates))


def test_soft_nms_with_its_decay_negated_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    _write_coco(tmp_path / "coco")
    request = Request(
        method="turned_soft_nms:Plugin",
        task="coco",
        task_overrides={"data": str(tmp_path / "coco")},
    )
    suite = suite_of([Cell(request, seed) for seed in (0, 1)], tmp_path)

    def measured(sign: str) -> list[Finding]:
        (tmp_path / "turned_soft_nms.py").write_text(SOFT_NMS.format(sign=sign))
        runner = Runner(Store(tmp_path / "store"), rerun=True)
        return measure(suite, tmp_path, runner, timed_runs=0)

    baseline = learn(suite, measured("-"), Rules(), MadeWith(), untimed="not wanted")
    rows = compare(baseline, measured("+ 1 *"), reference="")
    assert exit_code(rows) == ExitCode.REGRESSION
    verdicts = {row.name: row.verdict for row in rows}
    assert verdicts["runs"] is Verdict.NOT_WORSE
    assert verdicts["AP"] is Verdict.WORSE
