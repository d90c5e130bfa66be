"""Greedy non-maximum suppression: keep the best box, delete what overlaps it too much, repeat.

The hard rule that Soft-NMS replaces (Bodla et al., ICCV 2017, arXiv 1704.04503, section 3, with the
strict ``>`` of its code and of torchvision).
"""

from __future__ import annotations

from collections.abc import Callable

from numpy.typing import ArrayLike

from harness.kernel import Cost, Implementation, Kernel
from harness.kernels._suppression import (
    Backend,
    Problem,
    Rules,
    Suppressed,
    check,
    check_backend,
)
from harness.kernels._suppression_backends import compile_targets, own_implementations, solve
from harness.kernels._suppression_cases import cases, compare, cost

__all__ = ["NMS", "Suppressed", "nms"]


def nms(
    boxes: ArrayLike,
    scores: ArrayLike,
    offsets: ArrayLike | None = None,
    *,
    iou_threshold: float = 0.5,
    box_offset: int = 0,
    backend: Backend = "numba",
    threads: int | None = None,
) -> Suppressed:
    """Return the boxes greedy NMS keeps, group by group, best first, with their scores as given.

    A box is dropped when its IoU with a kept one of its group is strictly above ``iou_threshold``.
    Of equal scores, the first row goes first. (The routine published with Soft-NMS swaps rows as it
    goes, so it can differ, but only between exactly equal scores.)

    Args:
        boxes: ``(n, 4)`` ``x1, y1, x2, y2``, any unit, any real dtype and memory layout.
        scores: ``(n,)``, any finite numbers; they are compared in double precision.
        offsets: ``(g + 1,)`` integers; group ``g`` owns rows ``offsets[g]:offsets[g + 1]``. None is
            one group.
        iou_threshold: At 1 or more, nothing is dropped.
        box_offset: 0 if coordinates are edges; 1 if they are inclusive pixels.
        backend: ``"numba"`` runs on the CPU and ``"triton"`` on the GPU, both with overlaps in
            single precision; ``"reference"`` is slow NumPy in double precision.
        threads: Threads for ``"numba"``, over groups; None is one per usable core.

    Raises:
        BadInput: An argument out of range, shapes that disagree, or a row that is NaN, infinite or
            inside out; the message names the row.
        Unavailable: ``"triton"`` without Triton or a CUDA device.
    """
    check_backend(backend, threads)
    rules = Rules("hard", iou_threshold, box_offset=box_offset)
    return solve("nms", check(boxes, scores, offsets, rules), backend, threads)


def _cost(problem: Problem, output: Suppressed) -> Cost:
    return cost(problem, output, greedy=True)


def _scalar(problem: Problem) -> Callable[[], Suppressed]:
    from harness.kernels import _suppression_peers

    return _suppression_peers.scalar_nms(problem)


def _ensemble(problem: Problem) -> Callable[[], Suppressed]:
    from harness.kernels import _suppression_peers

    return _suppression_peers.ensemble_nms(problem)


def _torchvision(problem: Problem) -> Callable[[], Suppressed]:
    from harness.kernels import _suppression_peers

    return _suppression_peers.torchvision_nms(problem)


NMS = Kernel(
    name="nms",
    title="Greedy non-maximum suppression of boxes",
    reference=lambda problem: solve("nms", problem, "reference"),
    implementations=(
        *own_implementations("nms"),
        Implementation("numba-scalar", "cpu", _scalar, peer=True, requires=("numba",)),
        Implementation("ensemble-boxes", "cpu", _ensemble, peer=True, requires=("ensemble_boxes",)),
        Implementation(
            "torchvision", "cpu", _torchvision, peer=True, requires=("torchvision", "torch")
        ),
    ),
    cases=cases([Rules("hard", iou_threshold=0.5, box_offset=0)]),
    cost=_cost,
    compare=compare,
    baseline="numba-scalar",
    compile_targets=compile_targets(("hard",)),
)
