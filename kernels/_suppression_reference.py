"""Soft-NMS and greedy NMS in plain NumPy and double precision: slow, and plainly right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.kernels._suppression import Problem, Rules, Suppressed, assemble

Floats = NDArray[np.float64]


def iou(one: Floats, many: Floats, offset: int) -> Floats:
    """Return the overlap of one box, ``(4,)``, with each of many, ``(n, 4)``; 0/0 is 0."""
    size = np.minimum(one[2:], many[:, 2:]) - np.maximum(one[:2], many[:, :2]) + offset
    intersection = size.clip(min=0).prod(axis=1)
    area = (many[:, 2:] - many[:, :2] + offset).prod(axis=1)
    union = (one[2:] - one[:2] + offset).prod() + area - intersection
    overlap: Floats = np.zeros_like(union)
    np.divide(intersection, union, out=overlap, where=intersection > 0)
    return overlap


def factor(overlap: Floats, rules: Rules) -> Floats:
    """Return f(IoU), by which a score is multiplied (the paper's section 3)."""
    if rules.decay == "gaussian":
        return np.exp(-(overlap**2) / rules.sigma)
    lowered = 1 - overlap if rules.decay == "linear" else np.zeros_like(overlap)
    return np.where(overlap > rules.overlap_limit, lowered, 1.0)


def soft_nms(problem: Problem) -> Suppressed:
    """Select the highest score, decay the rest, drop what fell too low; repeat, group by group."""
    rules = problem.rules
    rows = np.zeros(len(problem.scores), np.int64)
    scores = np.zeros(len(problem.scores))
    counts = np.zeros(len(problem.offsets) - 1, np.int64)
    for group, (start, end) in enumerate(zip(problem.offsets, problem.offsets[1:], strict=False)):
        boxes, current = problem.boxes[start:end], problem.scores[start:end].copy()
        remaining = np.arange(end - start)
        while len(remaining):
            top = remaining[current[remaining].argmax()]
            slot = start + counts[group]
            rows[slot], scores[slot] = top, current[top]
            counts[group] += 1
            remaining = remaining[remaining != top]
            overlap = iou(boxes[top], boxes[remaining], rules.box_offset)
            current[remaining] *= factor(overlap, rules)
            low = current[remaining] < rules.score_threshold
            tested = overlap > 0 if rules.prune == "overlapping" else True
            remaining = remaining[~(low & tested)]
    return assemble(problem, rows, scores, counts)


def nms(problem: Problem) -> Suppressed:
    """Keep the highest score, drop whatever overlaps it by more than the threshold; repeat."""
    rules = problem.rules
    kept: list[int] = []
    ends = [0]
    for start, end in zip(problem.offsets, problem.offsets[1:], strict=False):
        boxes = problem.boxes[start:end]
        remaining = np.argsort(-problem.scores[start:end], kind="stable")
        while len(remaining):
            top, remaining = remaining[0], remaining[1:]
            kept.append(int(start + top))
            overlap = iou(boxes[top], boxes[remaining], rules.box_offset)
            remaining = remaining[overlap <= rules.overlap_limit]
        ends.append(len(kept))
    index = np.array(kept, np.int64)
    return Suppressed(index, problem.scores[index], np.array(ends, np.int64))
