"""COCO figures of resampled images, recomputed exactly from stored matches.

AP is no mean over images: one curve per category ranks the detections of all images. But matching
never crosses images, so a resample in which image ``i`` occurs ``w_i`` times needs no new matching:
sort each category's detections once by score, then accumulate true and false positives with weight
``w_i``. The value equals COCOeval's on a data set that repeats image ``i`` ``w_i`` times (copies
adjacent), to rounding, where an image holds no two equal scores in one category. At weights of one
it equals COCOeval's whatever the ties.

That serves the bootstrap over images (weights are multinomial counts) and, with two runs' matches in
one curve, the paired bootstrap and the sign-flip permutation test, in which every image's detections
come from one run or the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.tasks.detection.matches import RECALL_POINTS, Matches
from harness.tasks.detection.matching import worker_threads

_ROWS = 16
"""Resamples one thread takes at a time."""


class Cut(NamedTuple):
    """Which part of the matches a figure is about.

    Attributes:
        recall: Whether the figure is maximal recall (AR) instead of precision (AP).
        first: Index of the first IoU threshold.
        thresholds: How many thresholds from there.
        area: Index into ``AREA_NAMES``.
        detections: Highest scores kept per image and category.
    """

    recall: bool = False
    first: int = 0
    thresholds: int = 10
    area: int = 0
    detections: int = 100


CUTS = {
    "AP": Cut(),
    "AP50": Cut(thresholds=1),
    "AP75": Cut(first=5, thresholds=1),
    "APs": Cut(area=1),
    "APm": Cut(area=2),
    "APl": Cut(area=3),
    "AR1": Cut(recall=True, detections=1),
    "AR10": Cut(recall=True, detections=10),
    "AR100": Cut(recall=True),
    "ARs": Cut(recall=True, area=1),
    "ARm": Cut(recall=True, area=2),
    "ARl": Cut(recall=True, area=3),
}
"""The cut of every COCO figure, by name."""


@dataclass(frozen=True, slots=True)
class Curves:
    """Detections of each category by falling score, with their verdicts.

    Attributes:
        recall: Whether :meth:`__call__` returns maximal recall instead of average precision.
        thresholds: How many IoU thresholds the verdicts hold.
        objects: ``(units, categories)`` float64 object counts.
        unit: ``(n,)`` int32 unit of each detection.
        hit: ``(n,)`` uint16 bit per threshold: a true positive.
        skip: ``(n,)`` uint16 bit per threshold: ignored, neither true nor false.
        start: ``(categories + 1,)`` int64 bounds of each category's detections.
    """

    recall: bool
    thresholds: int
    objects: NDArray[np.float64]
    unit: NDArray[np.int32]
    hit: NDArray[np.uint16]
    skip: NDArray[np.uint16]
    start: NDArray[np.int64]

    def values(self, weights: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ``(r,)`` values for ``(r, units)`` weights; NaN where no object has weight."""
        weights = np.require(weights, np.int64, ["C", "W"])
        out = np.empty(len(weights))
        totals = weights.astype(np.float64) @ self.objects  # exact: counts stay below 2**53
        _average(
            weights,
            totals,
            self.unit,
            self.hit,
            self.skip,
            self.start,
            self.thresholds,
            RECALL_POINTS,
            self.recall,
            out,
        )
        return out


def curves(runs: Sequence[Matches], cut: Cut) -> Curves:
    """Merge the matches of one or more runs on the same images into one set of curves.

    Image ``i`` of run ``j`` becomes unit ``j * images + i``. Equal scores rank by image, then run,
    then rank within the image, which is the order COCOeval gives to adjacent copies.
    """
    images = len(runs[0].images)
    kept = [run.rank() < cut.detections for run in runs]

    def merged(columns: Iterable[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate([c[k] for c, k in zip(columns, kept, strict=True)])

    def verdicts(columns: Iterable[NDArray[np.uint16]]) -> NDArray[np.uint16]:
        bits = (merged(columns)[order] >> cut.first) & ((1 << cut.thresholds) - 1)
        return np.ascontiguousarray(bits, np.uint16)

    image = merged(run.image for run in runs)
    category = merged(run.category for run in runs)
    unit = merged(run.image + j * images for j, run in enumerate(runs))
    order = np.lexsort((unit, image, -merged(run.scores for run in runs), category))
    skip = verdicts(run.ignored[cut.area] for run in runs)
    categories = len(runs[0].categories)
    return Curves(
        recall=cut.recall,
        thresholds=cut.thresholds,
        objects=np.concatenate([run.objects[cut.area] for run in runs]).astype(np.float64),
        unit=unit[order].astype(np.int32),
        hit=verdicts(run.matched[cut.area] for run in runs) & ~skip,
        skip=skip,
        start=np.searchsorted(category[order], np.arange(categories + 1)).astype(np.int64),
    )


class FigureResampler:
    """Recomputes one COCO figure under image weights (:class:`harness.task.Resampler`).

    Attributes:
        units: The number of images.
    """

    def __init__(self, matches: Matches, figure: str) -> None:
        """Sort the detections once; ``figure`` is a key of :data:`CUTS`."""
        self.units = len(matches.images)
        self._curves = curves([matches], CUTS[figure])

    def __call__(self, weights: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ``(r,)`` values for ``(r, units)`` non-negative integer weights.

        A row in which no object of the figure's kind has weight has no value: NaN.
        """
        return _in_threads(self._curves, weights)


class PairedFigureResampler:
    """The same with every image's detections taken from either of two runs.

    Attributes:
        units: The number of images.
    """

    def __init__(self, first: Matches, second: Matches, figure: str) -> None:
        """Merge both runs' detections.

        Raises:
            BadInput: The runs were scored on different images or annotations.
        """
        if first.images != second.images:
            raise BadInput(
                f"the two runs were scored on different images ({len(first.images)} and "
                f"{len(second.images)}); compare runs on the same data and images"
            )
        same = np.array_equal(first.categories, second.categories)
        if not (same and np.array_equal(first.objects, second.objects)):
            raise BadInput(
                "the two runs were scored against different annotations of the same images; "
                "run both again on the same data"
            )
        self.units = len(first.images)
        self._curves = curves([first, second], CUTS[figure])

    def __call__(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ``(r,)`` values for two ``(r, units)`` arrays of non-negative integer weights.

        Image ``i`` counts ``first[:, i]`` times with the first run's detections and
        ``second[:, i]`` times with the second's; NaN as in :class:`FigureResampler`.
        """
        return _in_threads(self._curves, first, second)


def _in_threads(curves: Curves, *weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """Evaluate rows of weights, the columns of several arrays side by side, in threads."""
    rows = len(weights[0])
    if any(w.ndim != 2 or len(w) != rows for w in weights) or (
        sum(w.shape[1] for w in weights) != len(curves.objects)
    ):
        shapes = " and ".join(str(w.shape) for w in weights)
        raise ValueError(f"weights {shapes} do not fit {len(curves.objects)} units")

    def part(start: int) -> NDArray[np.float64]:
        return curves.values(np.concatenate([w[start : start + _ROWS] for w in weights], axis=1))

    with ThreadPoolExecutor(worker_threads()) as pool:
        return np.concatenate([np.empty(0), *pool.map(part, range(0, rows, _ROWS))])


@njit(cache=True, nogil=True, error_model="numpy")
def _average(
    weights: Any,
    totals: Any,
    unit: Any,
    hit: Any,
    skip: Any,
    start: Any,
    thresholds: int,
    recall_points: Any,
    recall: bool,
    out: Any,
) -> None:
    """Fill ``out`` with the mean over thresholds and over categories with objects.

    Only true positives raise recall, and between two of them precision only falls, so the points
    at true positives are all that the envelope and its samples at ``recall_points`` depend on.
    ``totals`` is ``(r, categories)`` float64 weighted object counts; the rest as in :class:`Curves`.
    """
    longest = 1
    for k in range(len(start) - 1):
        longest = max(longest, int(np.count_nonzero(hit[start[k] : start[k + 1]])))
    found = np.empty((thresholds, longest), np.int64)  # weighted true positives after each one
    precision = np.empty((thresholds, longest))
    for row in range(len(weights)):
        weight = weights[row]
        total, present = 0.0, 0
        for k in range(len(start) - 1):
            if totals[row, k] == 0:
                continue
            present += 1
            points = np.zeros(thresholds, np.int64)
            true = np.zeros(thresholds, np.int64)
            skipped = np.zeros(thresholds, np.int64)
            seen = 0
            for d in range(start[k], start[k + 1]):
                w = weight[unit[d]]
                seen += w
                if (hit[d] | skip[d]) == 0 or w == 0:
                    continue
                for t in range(thresholds):
                    if (skip[d] >> t) & 1:
                        skipped[t] += w
                    elif (hit[d] >> t) & 1:
                        true[t] += w
                        found[t, points[t]] = true[t]
                        # COCOeval adds np.spacing(1) to the denominator
                        counted = (seen - skipped[t]) + 2.220446049250313e-16
                        precision[t, points[t]] = true[t] / counted
                        points[t] += 1
            if recall:
                total += true.sum() / totals[row, k]
                continue
            needed = _true_positives_needed(totals[row, k], recall_points)
            for t in range(thresholds):
                total += _area_under(found[t, : points[t]], precision[t], needed)
        out[row] = total / (thresholds * present) if present else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _true_positives_needed(objects: float, recall_points: Any) -> Any:
    """Return the least integer ``n`` with ``n / objects >= recall``, in floats, for each recall."""
    needed = np.empty(len(recall_points), np.int64)
    for r in range(len(recall_points)):
        n = int(recall_points[r] * objects)
        while n > 0 and (n - 1) / objects >= recall_points[r]:
            n -= 1
        while n / objects < recall_points[r]:
            n += 1
        needed[r] = n
    return needed


@njit(cache=True, nogil=True)
def _area_under(found: Any, precision: Any, needed: Any) -> float:
    """Return the mean of the non-increasing envelope of precision at the recall points.

    A recall point takes the envelope at the first true positive that reaches it, 0 if none does.
    """
    total, envelope = 0.0, 0.0
    r = len(needed) - 1
    p = len(found) - 1
    while r >= 0 and (p < 0 or needed[r] > found[p]):
        r -= 1
    while p >= 0:
        envelope = max(envelope, precision[p])
        before = found[p - 1] if p else -1
        while r >= 0 and needed[r] > before:
            total += envelope
            r -= 1
        p -= 1
    return total / len(needed)
