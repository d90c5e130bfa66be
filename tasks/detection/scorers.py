"""The twelve COCO figures by the official scorer, or by a faster one proven equal to it.

``pycocotools`` is the judge. ``hotcoco`` (Rust) and ``faster_coco_eval`` (C++) compute the same
numbers; tests compare all figures and every category with the judge's on real and random files.

Every scorer sees images, categories and annotations numbered from 1 in ascending order of their
ids. No figure depends on the numbers themselves, but three traps do: COCOeval takes an annotation
with id 0 for unmatched, and array interfaces lose ids beyond 2**53 or below zero.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from harness.errors import Unavailable
from harness.extras import how_to_install
from harness.tasks.detection.annotations import GroundTruth
from harness.tasks.detection.results import Results

ScorerName = Literal["pycocotools", "hotcoco", "faster_coco_eval"]

FIGURES = (
    "AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl",
)  # fmt: skip
"""Names of the figures, in the order of ``COCOeval.stats``."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a scorer found; -1 stands where there is no ground truth of that kind, as in COCOeval.

    Attributes:
        stats: ``(12,)`` float64 in the order of :data:`FIGURES`.
        category_ap: ``(categories,)`` float64 AP (IoU .50:.95, all areas, 100 detections).
        scorer: Which scorer computed them.
    """

    stats: NDArray[np.float64]
    category_ap: NDArray[np.float64]
    scorer: ScorerName


def pick_scorer(wanted: ScorerName | Literal["auto"]) -> ScorerName:
    """Return the scorer to use: ``wanted``, or the fastest one installed for ``"auto"``.

    Raises:
        Unavailable: ``wanted`` is not installed.
    """
    if wanted == "auto":
        return next(name for name in _FASTEST_FIRST if find_spec(name) or name == "pycocotools")
    if find_spec(wanted) is None:
        raise Unavailable(
            f"scorer {wanted} is not installed (leave scorer = auto, or): "
            + how_to_install(("fast",), wanted)
        )
    return wanted


def score_boxes(truth: GroundTruth, results: Results, scorer: ScorerName) -> Figures:
    """Return the twelve box figures and each category's AP.

    With no detections at all, every figure that has ground truth is 0; ``loadRes([])`` of
    pycocotools raises IndexError instead.
    """
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = _EVALUATE[scorer](truth, results)
    precision = np.asarray(
        evaluation.eval["precision"]
    )  # thresholds, recalls, categories, areas, cuts
    per_category = precision[:, :, :, 0, -1].transpose(2, 0, 1).reshape(precision.shape[2], -1)
    return Figures(
        np.array(evaluation.stats[:12], np.float64),
        np.array([row[row > -1].mean() if (row > -1).any() else -1.0 for row in per_category]),
        scorer,
    )


def _pycocotools(truth: GroundTruth, results: Results) -> Any:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    ground = COCO()
    ground.dataset = _dataset(truth)
    ground.createIndex()
    if len(results):
        found = ground.loadRes(_result_list(results))
    else:
        found = COCO()
        found.dataset = {**ground.dataset, "annotations": []}
        found.createIndex()
    return _run(COCOeval(ground, found, "bbox"))


def _hotcoco(truth: GroundTruth, results: Results) -> Any:
    from hotcoco import COCO, COCOeval

    ground = COCO.from_arrays(
        _images(truth),
        _categories(truth),
        truth.image + 1,
        truth.category + 1,
        truth.boxes,
        ids=np.arange(1, len(truth.area) + 1),
        area=truth.area,
        iscrowd=truth.crowd.astype(np.int64),
    )
    return _run(COCOeval(ground, ground.load_res(_result_array(results)), "bbox"))


def _faster_coco_eval(truth: GroundTruth, results: Results) -> Any:
    from faster_coco_eval import COCO, COCOeval_faster

    ground = COCO(_dataset(truth))
    return _run(COCOeval_faster(ground, ground.loadRes(_result_array(results)), "bbox"))


_EVALUATE: dict[ScorerName, Callable[[GroundTruth, Results], Any]] = {
    "hotcoco": _hotcoco,
    "faster_coco_eval": _faster_coco_eval,
    "pycocotools": _pycocotools,
}
_FASTEST_FIRST: tuple[ScorerName, ...] = ("hotcoco", "faster_coco_eval", "pycocotools")


def _run(evaluation: Any) -> Any:
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation


def _images(truth: GroundTruth) -> list[dict[str, Any]]:
    return [
        {"id": i, "width": w, "height": h, "file_name": ""}
        for i, (w, h) in enumerate(truth.sizes.tolist(), 1)
    ]


def _categories(truth: GroundTruth) -> list[dict[str, Any]]:
    return [{"id": i, "name": name} for i, name in enumerate(truth.category_names, 1)]


def _dataset(truth: GroundTruth) -> dict[str, Any]:
    columns = zip(
        (truth.image + 1).tolist(),
        (truth.category + 1).tolist(),
        truth.boxes.tolist(),
        truth.area.tolist(),
        truth.crowd.astype(int).tolist(),
        strict=True,
    )
    annotations = [
        {"id": i, "image_id": image, "category_id": k, "bbox": b, "area": area, "iscrowd": crowd}
        for i, (image, k, b, area, crowd) in enumerate(columns, 1)
    ]
    return {"images": _images(truth), "categories": _categories(truth), "annotations": annotations}


def _result_list(results: Results) -> list[dict[str, Any]]:
    image, category = (results.image + 1).tolist(), (results.category + 1).tolist()
    return [
        {"image_id": i, "category_id": k, "bbox": box, "score": score}
        for i, k, box, score in zip(
            image, category, results.boxes.tolist(), results.scores.tolist(), strict=True
        )
    ]


def _result_array(results: Results) -> NDArray[np.float64]:
    """Return ``(n, 7)`` rows ``image, x, y, w, h, score, category``, as ``loadRes`` takes them."""
    return np.column_stack([results.image + 1, results.boxes, results.scores, results.category + 1])
