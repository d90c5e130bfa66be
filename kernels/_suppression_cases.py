"""The inputs on which NMS and Soft-NMS are timed, what they cost, and when two results agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from harness.kernel import Case, Cost
from harness.kernels._suppression import Problem, Rules, Suppressed, check

IMAGE = (1333, 800)
"""Width and height in pixels: the usual COCO test size."""

BOXES_PER_OBJECT = 15
CLUTTER = 0.2
PIXEL_STEP = 0.5
FLOPS_PER_PAIR = 14
BYTES_PER_BOX = 20
BYTES_PER_KEPT = 12

SIZES = (
    (100, 1, 1),
    (300, 1, 1),
    (1_000, 1, 1),
    (3_000, 1, 1),
    (5_000, 1, 1),
    (10_000, 1, 1),
    (1_000, 20, 1),
    (1_000, 80, 1),
    (100, 80, 8),
)
"""Boxes a group, classes, images."""

DIFFERENT_SHARE = 1e-3
SCORE_TOLERANCE = 1e-5


def detector_boxes(rng: Generator, n: int) -> NDArray[np.float64]:
    """Return ``(n, 4)`` boxes like a detector's before suppression: clusters on objects, clutter.

    Coordinates are multiples of half a pixel, so that every area is a single-precision number and
    implementations differ in nothing but the rounding of scores.
    """
    clutter = int(n * CLUTTER)
    objects = max(1, n // BOXES_PER_OBJECT)
    centre = rng.uniform((0, 0), IMAGE, (objects, 2))
    size = np.exp(rng.uniform(np.log(16), np.log(400), (objects, 1)))
    size = size * np.exp(rng.normal(0, 0.3, (objects, 2)))
    owner = rng.integers(objects, size=n - clutter)
    jitter = rng.normal(0, 0.1, (2, n - clutter, 2))
    centres = np.concatenate(
        [centre[owner] + jitter[0] * size[owner], rng.uniform((0, 0), IMAGE, (clutter, 2))]
    )
    sizes = np.concatenate(
        [
            size[owner] * np.exp(jitter[1]),
            np.exp(rng.uniform(np.log(8), np.log(400), (clutter, 2))),
        ]
    )
    corners = np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1)
    boxes = np.round(corners / PIXEL_STEP) * PIXEL_STEP
    boxes = boxes.clip(0, np.tile(IMAGE, 2))
    boxes[:, :2] = np.minimum(boxes[:, :2], np.subtract(IMAGE, 1))
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 1)
    return boxes[rng.permutation(n)]


def make_problem(rng: Generator, size: Mapping[str, int], rules: Rules) -> Problem:
    """Return ``images * classes`` groups of ``boxes`` boxes with scores like a detector's."""
    groups = size["images"] * size["classes"]
    boxes = np.concatenate([detector_boxes(rng, size["boxes"]) for _ in range(groups)])
    scores = rng.beta(1, 4, len(boxes))
    return check(boxes, scores, np.arange(groups + 1) * size["boxes"], rules)


def cases(rules: Iterable[Rules]) -> tuple[Case, ...]:
    """Return a case for every size and rule.

    All use box offset 0 and, if soft, hold every box against the score threshold: the conventions
    that all peers can follow.
    """

    def case(boxes: int, classes: int, images: int, rule: Rules) -> Case:
        size = {"boxes": boxes, "classes": classes, "images": images}
        name = f"{rule.decay}_n{boxes}_c{classes}_b{images}"
        return Case(name, size, lambda rng: make_problem(rng, size, rule))

    return tuple(case(*size, rule) for rule in rules for size in SIZES)


def cost(problem: Problem, output: Suppressed, *, greedy: bool) -> Cost:
    """Count the pairs the textbook algorithm visits, 14 operations each, and an exponential.

    Main memory sees the inputs once (16 + 4 bytes a box) and the outputs once (8 + 4); the boxes'
    20 bytes a pass come from cache. Our CPU kernel skips pairs, so its time for one of these pairs
    may fall below what computing it would take.
    """
    from harness.kernels._suppression_peers import count_pairs

    pairs = count_pairs(problem, greedy=greedy)
    flops = FLOPS_PER_PAIR + (problem.rules.decay == "gaussian")
    moved = BYTES_PER_BOX * len(problem.scores) + BYTES_PER_KEPT * len(output.kept)
    return Cost(bytes=float(moved), flops=float(flops * pairs), pairs=float(pairs))


def compare(expected: Suppressed, actual: Suppressed) -> None:
    """Raise AssertionError unless both keep the same boxes with the same scores.

    Two scores closer than single precision can be selected in either order, which matters if the
    boxes overlap: one box in a thousand may differ, and the order within a group is not compared.
    """
    if len(actual.offsets) != len(expected.offsets):
        raise AssertionError(f"{len(actual.offsets)} offsets, expected {len(expected.offsets)}")
    for name, result in (("expected", expected), ("actual", actual)):
        if not len(result.kept) == len(result.scores) == result.offsets[-1]:
            raise AssertionError(f"{name}: rows, scores and offsets differ in length")
        group = np.repeat(np.arange(len(result.offsets) - 1), np.diff(result.offsets))
        rises = np.diff(result.scores)[group[1:] == group[:-1]]
        if rises.max(initial=0) > 0:
            raise AssertionError(f"{name}: scores rise within a group, by {rises.max():.3g}")
    both, here, there = np.intersect1d(expected.kept, actual.kept, return_indices=True)
    only = len(expected.kept) + len(actual.kept) - 2 * len(both)
    moved = np.abs(np.diff(expected.offsets) - np.diff(actual.offsets)).sum()
    if moved > only:
        raise AssertionError(f"{moved} boxes counted to another group")
    gap = np.abs(expected.scores[here] - actual.scores[there])
    wrong = int((gap > SCORE_TOLERANCE).sum())
    if only + wrong > DIFFERENT_SHARE * len(expected.kept):
        raise AssertionError(
            f"{only} boxes kept by one side only and {wrong} scores off by more than "
            f"{SCORE_TOLERANCE:g}, of {len(expected.kept)} kept; largest gap {gap.max(initial=0):.3g}"
        )
