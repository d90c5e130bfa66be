"""Times scorers, matching and resampling on synthetic detections of val2017's size.

    python -m harness.tasks.detection.benchmark                     # 5,000 images, 180,000 boxes
    python -m harness.tasks.detection.benchmark --images 500 --detections 18000

Every scorer is timed from predictions in memory to the twelve figures, imports and just-in-time
compilation excluded; the fastest of ``--repeats`` counts. Figures are compared with the judge's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.kinds.detection import Detections
from harness.tasks.detection.annotations import GroundTruth
from harness.tasks.detection.results import from_predictions
from harness.tasks.detection.scorers import ScorerName, score_boxes

CATEGORIES = 80
OBJECTS_PER_IMAGE = 7.36
_WIDTH, _HEIGHT = 640, 480

T = TypeVar("T")


def synthetic(
    images: int, detections: int, rng: np.random.Generator
) -> tuple[GroundTruth, list[Detections]]:
    """Return ground truth and detections as crowded as COCO's.

    Half of the detections lie near an object, by 12 % of its size; the others lie anywhere. Sizes
    are log-uniform from 8 to 300 pixels and categories as unequal as a Dirichlet draw makes them.
    """
    objects = round(images * OBJECTS_PER_IMAGE)
    share = rng.dirichlet(np.full(CATEGORIES, 0.5))
    image = np.sort(rng.integers(0, images, objects))
    category = rng.choice(CATEGORIES, objects, p=share)
    boxes = _boxes(objects, rng)
    truth = GroundTruth(
        path=Path("synthetic"),
        image_ids=np.arange(1, images + 1),
        sizes=np.tile([_WIDTH, _HEIGHT], (images, 1)),
        file_names=("",) * images,
        category_ids=np.arange(1, CATEGORIES + 1),
        category_names=tuple(f"category {k}" for k in range(1, CATEGORIES + 1)),
        image=image,
        category=category,
        boxes=boxes,
        area=boxes[:, 2] * boxes[:, 3] * rng.uniform(0.5, 0.9, objects),
        crowd=rng.random(objects) < 0.012,
    )
    near, far = detections // 2, detections - detections // 2
    source = rng.integers(0, objects, near)
    shift = rng.normal(0, 0.12, (near, 4))
    moved = boxes[source].copy()
    moved[:, :2] += shift[:, :2] * moved[:, 2:]
    moved[:, 2:] *= np.exp(shift[:, 2:])
    where = np.concatenate([image[source], rng.integers(0, images, far)])
    found = np.concatenate([moved, _boxes(far, rng)])
    labels = np.concatenate([category[source], rng.choice(CATEGORIES, far, p=share)]) + 1
    scores = np.concatenate([rng.beta(3, 2, near), rng.beta(1, 4, far)])
    found[:, 2:] += found[:, :2]
    order = np.argsort(where, kind="stable")
    ends = np.searchsorted(where[order], np.arange(images + 1))
    return truth, [
        Detections(i + 1, found[part], scores[part], labels[part])
        for i in range(images)
        for part in [order[ends[i] : ends[i + 1]]]
    ]


def _boxes(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    size = np.exp(rng.uniform(np.log(8), np.log(300), (n, 1))) * np.exp(rng.normal(0, 0.3, (n, 2)))
    size = np.minimum(size, [_WIDTH - 2, _HEIGHT - 2])
    return np.concatenate([rng.uniform(0, [_WIDTH, _HEIGHT] - size), size], axis=1)


def fastest(call: Callable[[], T], repeats: int) -> tuple[float, T]:
    """Return the least wall time in seconds of ``repeats`` calls, and the last one's result."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return min(times), result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m harness.tasks.detection.benchmark")
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--detections", type=int, default=180_000)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args(arguments)
    truth, predictions = synthetic(given.images, given.detections, np.random.default_rng(0))
    _time_scorers(truth, predictions, given.repeats)
    _time_resampling(truth, predictions, given.resamples, given.repeats)
    return 0


def _time_scorers(truth: GroundTruth, predictions: list[Detections], repeats: int) -> None:
    def score(scorer: ScorerName) -> NDArray[np.float64]:
        return score_boxes(truth, from_predictions(predictions, truth), scorer).stats

    judge_s, judged = fastest(lambda: score("pycocotools"), 1)
    print(f"pycocotools       {judge_s:8.3f} s")
    others: tuple[ScorerName, ...] = ("faster_coco_eval", "hotcoco")
    for scorer in others:
        if find_spec(scorer):
            seconds, stats = fastest(lambda name=scorer: score(name), repeats)  # type: ignore[misc]
            apart = np.abs(stats - judged).max()
            print(
                f"{scorer:17} {seconds:8.3f} s  {judge_s / seconds:6.1f} times as fast, "
                f"figures at most {apart:.1e} apart"
            )


def _time_resampling(
    truth: GroundTruth, predictions: list[Detections], resamples: int, repeats: int
) -> None:
    from harness.tasks.detection.average_precision import FigureResampler, PairedFigureResampler
    from harness.tasks.detection.matches import to_table
    from harness.tasks.detection.matching import match_boxes

    results = from_predictions(predictions, truth)
    compile_s, _ = fastest(lambda: match_boxes(truth, results), 1)
    seconds, matches = fastest(lambda: match_boxes(truth, results), repeats)
    print(f"matching          {seconds:8.3f} s  (first call {compile_s:.3f} s)")
    print(f"matches kept      {to_table(matches).nbytes / 1e6:8.3f} MB in Arrow")
    images = len(matches.images)
    rng = np.random.default_rng(1)
    weights = rng.multinomial(images, np.full(images, 1 / images), resamples)
    one = FigureResampler(matches, "AP")
    compile_s, _ = fastest(lambda: one(weights[:1]), 1)
    seconds, _ = fastest(lambda: one(weights), repeats)
    print(f"AP resampled      {seconds:8.3f} s for {resamples} (first call {compile_s:.3f} s)")
    two, swaps = PairedFigureResampler(matches, matches, "AP"), rng.integers(0, 2, weights.shape)
    seconds, _ = fastest(lambda: two(swaps, 1 - swaps), repeats)
    print(f"paired            {seconds:8.3f} s for {resamples}")


if __name__ == "__main__":
    raise SystemExit(main())
