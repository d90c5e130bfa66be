"""Which detections found an object: COCOeval's matching rules, compiled.

Follows ``COCOeval.evaluateImg`` of pycocotools 2.0.11 to the last edge: per image and category the
100 highest scores in stable order, ignored objects last, a real match never given up for an ignored
one, the later object on equal IoU, crowds matched any number of times at intersection over the
detection's own area. Verdicts are kept as one bit per IoU threshold.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from harness.tasks.detection.annotations import GroundTruth
from harness.tasks.detection.matches import AREA_RANGES, IOU_THRESHOLDS, MAX_DETECTIONS, Matches
from harness.tasks.detection.results import Results


def match_boxes(truth: GroundTruth, results: Results) -> Matches:
    """Match detections to annotated boxes, image by image and category by category."""
    categories = len(truth.category_ids)
    found_pair = results.image * categories + results.category
    order = np.lexsort((-results.scores, found_pair))  # stable: ties keep their given order
    pairs, start, count = np.unique(found_pair[order], return_index=True, return_counts=True)
    rank = np.arange(len(order)) - np.repeat(start, count)
    order = order[rank < MAX_DETECTIONS]
    kept = np.minimum(count, MAX_DETECTIONS)
    stop = np.cumsum(kept)

    true_pair = truth.image * categories + truth.category
    true_order = np.argsort(true_pair, kind="stable")
    true_pair = true_pair[true_order]
    true_bounds = [np.searchsorted(true_pair, pairs, side) for side in ("left", "right")]
    bounds = np.stack([stop - kept, stop, *true_bounds], axis=1).astype(np.int64)

    matched = np.zeros((len(AREA_RANGES), len(order)), np.uint16)
    ignored = np.zeros_like(matched)
    arrays = (
        results.boxes[order],
        truth.boxes[true_order],
        truth.area[true_order],
        truth.crowd[true_order],
        AREA_RANGES,
        # COCOeval lets an IoU of 1 - 1e-10 pass even a threshold of 1.
        np.minimum(IOU_THRESHOLDS, 1 - 1e-10),
        matched,
        ignored,
    )
    with ThreadPoolExecutor(worker_threads()) as pool:
        parts = np.array_split(bounds, worker_threads() * 4)
        list(pool.map(lambda part: _match_pairs(part, *arrays), parts))
    return Matches(
        images=tuple(map(str, truth.image_ids.tolist())),
        categories=truth.category_ids,
        objects=count_objects(truth),
        image=results.image[order],
        category=results.category[order],
        scores=results.scores[order],
        matched=matched,
        ignored=ignored,
    )


def count_objects(truth: GroundTruth) -> NDArray[np.int64]:
    """Return ``(areas, images, categories)`` counts of objects that are not ignored."""
    counts = np.zeros((len(AREA_RANGES), len(truth.image_ids), len(truth.category_ids)), np.int64)
    for area, (low, top) in enumerate(AREA_RANGES):
        real = ~truth.crowd & (truth.area >= low) & (truth.area <= top)
        np.add.at(counts[area], (truth.image[real], truth.category[real]), 1)
    return counts


def worker_threads() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@njit(cache=True, nogil=True, error_model="numpy")
def _match_pairs(
    bounds: Any,
    found: Any,
    true: Any,
    true_area: Any,
    crowd: Any,
    area_ranges: Any,
    thresholds: Any,
    matched: Any,
    ignored: Any,
) -> None:
    """Fill in the verdict bits, one pair of image and category after the other.

    Args:
        bounds: ``(pairs, 4)`` int64: first and past-last detection, first and past-last object.
        found: ``(n, 4)`` float64 detections ``x, y, w, h``, by falling score within a pair.
        true: ``(m, 4)`` float64 objects ``x, y, w, h``.
        true_area: ``(m,)`` float64 mask areas.
        crowd: ``(m,)`` bool.
        area_ranges: ``(areas, 2)`` float64, both ends inclusive.
        thresholds: ``(t,)`` float64.
        matched: ``(areas, n)`` uint16, filled: bit ``t`` where matched at threshold ``t``.
        ignored: ``(areas, n)`` uint16, filled: bit ``t`` where neither right nor wrong.
    """
    every = np.uint16((1 << len(thresholds)) - 1)
    for pair in range(len(bounds)):
        first, stop, base, end = bounds[pair]
        iou = np.empty((stop - first, end - base))
        highest = np.zeros(stop - first)
        for d in range(stop - first):
            for g in range(end - base):
                iou[d, g] = _overlap(found[first + d], true[base + g], crowd[base + g])
                highest[d] = max(highest[d], iou[d, g])
        for a in range(len(area_ranges)):
            for d in range(first, stop):
                area = found[d, 2] * found[d, 3]
                if area < area_ranges[a, 0] or area > area_ranges[a, 1]:
                    ignored[a, d] = every  # unless matched to an object, below
        if highest.max() < thresholds[0]:
            continue
        sequence = np.empty(end - base, np.int64)
        free = np.empty(end - base, np.bool_)
        for a in range(len(area_ranges)):
            low, top = area_ranges[a]
            real = _ignored_last(true_area[base:end], crowd[base:end], low, top, sequence)
            for t in range(len(thresholds)):
                bit = np.uint16(1 << t)
                free[:] = True
                for d in range(stop - first):
                    if highest[d] < thresholds[t]:
                        continue
                    best = _best_object(iou[d], sequence, real, free, thresholds[t])
                    if best < 0:
                        continue
                    free[sequence[best]] = crowd[base + sequence[best]]
                    matched[a, first + d] |= bit
                    if best < real:
                        ignored[a, first + d] &= ~bit
                    else:
                        ignored[a, first + d] |= bit


@njit(cache=True, nogil=True, error_model="numpy")
def _overlap(found: Any, true: Any, crowd: bool) -> float:
    """Return the IoU of two ``x, y, w, h`` boxes; of a crowd, intersection over ``found``'s area."""
    w = min(found[2] + found[0], true[2] + true[0]) - max(found[0], true[0])
    h = min(found[3] + found[1], true[3] + true[1]) - max(found[1], true[1])
    if w <= 0 or h <= 0:
        return 0.0
    area, both = found[2] * found[3], w * h
    overlap: float = both / (area if crowd else area + true[2] * true[3] - both)
    return overlap


@njit(cache=True, nogil=True)
def _ignored_last(area: Any, crowd: Any, low: float, top: float, sequence: Any) -> int:
    """Fill ``sequence`` with the objects, ignored ones last; return how many are not ignored."""
    real = 0
    for g in range(len(area)):
        if not (crowd[g] or area[g] < low or area[g] > top):
            sequence[real] = g
            real += 1
    last = real
    for g in range(len(area)):
        if crowd[g] or area[g] < low or area[g] > top:
            sequence[last] = g
            last += 1
    return real


@njit(cache=True, nogil=True)
def _best_object(iou: Any, sequence: Any, real: int, free: Any, threshold: float) -> int:
    """Return the position in ``sequence`` of one detection's match, or -1."""
    best, needed = -1, threshold
    for position in range(len(sequence)):
        if 0 <= best < real <= position:
            break  # a real match is never given up for an ignored object
        g = sequence[position]
        if free[g] and iou[g] >= needed:
            best, needed = position, iou[g]
    return best
