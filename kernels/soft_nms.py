"""Soft-NMS: lower the scores of overlapping boxes instead of deleting them.

Bodla, Singh, Chellappa, Davis: "Soft-NMS -- Improving Object Detection With One Line of Code",
ICCV 2017, arXiv 1704.04503. Where the paper and its code differ (``>=`` or ``>`` at the overlap
threshold, which boxes are held against the score threshold), the code is followed; ``prune`` and
``box_offset`` give the other conventions in use.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import BadInput
from harness.kernel import Cost, Implementation, Kernel
from harness.kernels._suppression import (
    Backend,
    Decay,
    Problem,
    Prune,
    Rules,
    Suppressed,
    check,
    check_backend,
)
from harness.kernels._suppression_backends import compile_targets, own_implementations, solve
from harness.kernels._suppression_cases import cases, compare, cost

__all__ = ["SOFT_NMS", "Suppressed", "soft_nms"]


def soft_nms(
    boxes: ArrayLike,
    scores: ArrayLike,
    offsets: ArrayLike | None = None,
    *,
    decay: Decay,
    iou_threshold: float = 0.3,
    sigma: float = 0.5,
    score_threshold: float = 0.001,
    box_offset: int = 1,
    prune: Prune = "overlapping",
    backend: Backend = "numba",
    threads: int | None = None,
) -> Suppressed:
    """Return the boxes Soft-NMS selects, group by group, in order of selection.

    In each group, the box with the highest current score is selected, the scores of all others are
    multiplied by f(IoU) with it, and boxes whose score falls below ``score_threshold`` are dropped;
    until none is left. A selected box is never held against the threshold, so a box that overlaps
    nothing survives whatever its score. Of equal scores, the first row is selected.

    Args:
        boxes: ``(n, 4)`` ``x1, y1, x2, y2``, any unit, any real dtype and memory layout.
        scores: ``(n,)``, not negative.
        offsets: ``(g + 1,)`` integers; group ``g`` owns rows ``offsets[g]:offsets[g + 1]``. None is
            one group.
        decay: ``"hard"``: f = 0 above ``iou_threshold``; ``"linear"``: f = 1 - IoU above it;
            ``"gaussian"``: f = exp(-IoU**2 / sigma) at every overlap, without a threshold.
        iou_threshold: The paper's Nt; overlaps strictly above it decay. At 1 or more, none does.
        sigma: Width of the Gaussian.
        score_threshold: The paper's T.
        box_offset: 1 if coordinates are inclusive pixels (width ``x2 - x1 + 1``), as in the official
            code; 0 if they are edges.
        prune: ``"overlapping"``: only boxes that overlap the selected one are held against
            ``score_threshold`` (the official code); ``"all"``: every remaining box is (mmcv).
        backend: ``"numba"`` runs on the CPU and ``"triton"`` on the GPU, both in single precision;
            ``"reference"`` is slow NumPy in double precision.
        threads: Threads for ``"numba"``, over groups; None is one per usable core.

    Raises:
        BadInput: An argument out of range, shapes that disagree, or a row that is NaN, infinite,
            of negative score, or inside out; the message names the row.
        Unavailable: ``"triton"`` without Triton or a CUDA device.
    """
    check_backend(backend, threads)
    rules = Rules(decay, iou_threshold, sigma, score_threshold, box_offset, prune)
    problem = check(boxes, scores, offsets, rules)
    unfit = (problem.scores < 0) | (problem.scores > np.finfo(np.float32).max)
    if unfit.any():
        row = int(unfit.argmax())
        raise BadInput(
            f"score in row {row} is {problem.scores[row]:g}: Soft-NMS multiplies scores, which must "
            "lie between 0 and 3e38; give probabilities, not logits"
        )
    return solve("soft_nms", problem, backend, threads)


def _cost(problem: Problem, output: Suppressed) -> Cost:
    return cost(problem, output, greedy=False)


def _scalar(problem: Problem) -> Callable[[], Suppressed]:
    from harness.kernels import _suppression_peers

    return _suppression_peers.scalar_soft_nms(problem)


def _ensemble(problem: Problem) -> Callable[[], Suppressed]:
    from harness.kernels import _suppression_peers

    return _suppression_peers.ensemble_soft_nms(problem)


def _mmcv(problem: Problem) -> Callable[[], Suppressed]:
    from harness.kernels import _suppression_peers

    return _suppression_peers.mmcv_soft_nms(problem)


SOFT_NMS = Kernel(
    name="soft_nms",
    title="Soft-NMS: decay the scores of overlapping boxes (Bodla et al., 2017)",
    reference=lambda problem: solve("soft_nms", problem, "reference"),
    implementations=(
        *own_implementations("soft_nms"),
        Implementation("numba-scalar", "cpu", _scalar, peer=True, requires=("numba",)),
        Implementation(
            "ensemble-boxes",
            "cpu",
            _ensemble,
            peer=True,
            requires=("ensemble_boxes",),
            max_size={"boxes": 3_000, "classes": 1, "images": 1},
        ),
        Implementation("mmcv", "cpu", _mmcv, peer=True, requires=("mmcv", "torch")),
    ),
    cases=cases(
        [Rules("linear", box_offset=0, prune="all"), Rules("gaussian", box_offset=0, prune="all")]
    ),
    cost=_cost,
    compare=compare,
    baseline="numba-scalar",
    compile_targets=compile_targets(("linear", "gaussian")),
)
