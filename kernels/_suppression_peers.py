"""What our NMS and Soft-NMS are measured against: a scalar loop, and other people's packages.

Every adapter takes a :class:`~harness.kernels._suppression.Problem` and answers with a
:class:`~harness.kernels._suppression.Suppressed`, so that outputs can be compared. How each one's
conventions are met:

* ``ensemble-boxes``: boxes normalised to [0, 1] (divided by a power of two, which is exact), box
  offset 0, a box is kept when its final score is ``> thresh`` wherever it lies. That is
  ``prune="all"`` with ``thresh`` one step below ours, which keeps ``>= score_threshold``. Its public
  ``soft_nms`` returns undecayed scores; the function under it decays its argument in place.
* ``mmcv``: box offset 0 or 1, ``prune="all"``, acts on ``IoU >= threshold``; given the next single
  above ours, that is our ``>``.
* ``torchvision``: ``nms``, box offset 0, ``IoU > threshold``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.kernels._suppression import Problem, Suppressed

Kept = tuple[NDArray[Any], NDArray[Any]]


def _groups(problem: Problem) -> Iterator[slice]:
    for start, end in zip(problem.offsets, problem.offsets[1:], strict=False):
        yield slice(int(start), int(end))


def _join(problem: Problem, results: list[Kept]) -> Suppressed:
    """Put per-group rows and scores together."""
    starts = problem.offsets[:-1]
    rows = [np.asarray(r[0], np.int64) + s for r, s in zip(results, starts, strict=True)]
    scores = [np.asarray(r[1], np.float64) for r in results]
    ends = np.cumsum([0, *map(len, rows)])
    empty: list[NDArray[Any]] = [np.zeros(0)]
    return Suppressed(
        np.concatenate([*rows, *empty]).astype(np.int64), np.concatenate([*scores, *empty]), ends
    )


def _each_group(
    problem: Problem, solve: Callable[[Any], Kept], parts: list[Any]
) -> Callable[[], Suppressed]:
    """Return a call that solves the prepared parts one after the other."""
    return lambda: _join(problem, [solve(part) for part in parts])


def scalar_soft_nms(problem: Problem) -> Callable[[], Suppressed]:
    """Prepare the straightforward compiled loop: the official routine's, in Numba."""
    from harness.kernels import _suppression_scalar as scalar

    rules = problem.rules
    dets = [_dets(problem, group) for group in _groups(problem)]
    settings = (
        ("hard", "linear", "gaussian").index(rules.decay),
        np.float32(rules.overlap_limit),
        np.float32(rules.sigma),
        np.float32(rules.score_threshold),
        np.float32(rules.box_offset),
        rules.prune == "all",
    )

    def solve(part: NDArray[np.float32]) -> Kept:
        work = part.copy()
        rows, _ = scalar.soft_nms(work, *settings)
        return rows, work[: len(rows), 4]

    return _each_group(problem, solve, dets)


def scalar_nms(problem: Problem) -> Callable[[], Suppressed]:
    """Prepare the straightforward compiled loop of greedy NMS."""
    from harness.kernels import _suppression_scalar as scalar

    rules = problem.rules
    limit, offset = np.float32(rules.overlap_limit), np.float32(rules.box_offset)

    def solve(part: NDArray[np.float32]) -> Kept:
        rows, _ = scalar.nms(part, limit, offset)
        return rows, part[rows, 4]

    return _each_group(problem, solve, [_dets(problem, group) for group in _groups(problem)])


def count_pairs(problem: Problem, *, greedy: bool) -> int:
    """Return the pairs that the textbook algorithm visits: the boxes alive at each selection."""
    from harness.kernels import _suppression_scalar as scalar

    rules, total = problem.rules, 0
    limit, offset = np.float32(rules.overlap_limit), np.float32(rules.box_offset)
    for group in _groups(problem):
        dets = _dets(problem, group)
        if greedy:
            total += scalar.nms(dets, limit, offset)[1]
        else:
            total += scalar.soft_nms(
                dets,
                ("hard", "linear", "gaussian").index(rules.decay),
                limit,
                np.float32(rules.sigma),
                np.float32(rules.score_threshold),
                offset,
                rules.prune == "all",
            )[1]
    return int(total)


def ensemble_soft_nms(problem: Problem) -> Callable[[], Suppressed]:
    """Prepare ``ensemble_boxes``' own Soft-NMS (NumPy, double precision)."""
    from ensemble_boxes.ensemble_boxes_nms import cpu_soft_nms_float

    rules = problem.rules
    method = {"linear": 1, "gaussian": 2, "hard": 3}[rules.decay]
    thresh = np.nextafter(rules.score_threshold, 0)

    def solve(part: tuple[NDArray[np.float64], NDArray[np.float64]]) -> Kept:
        scores = part[1].copy()
        limit = rules.overlap_limit
        rows = cpu_soft_nms_float(part[0], scores, limit, rules.sigma, thresh, method)
        return rows, scores[scores > thresh]

    return _each_group(problem, solve, _normalised(problem))


def ensemble_nms(problem: Problem) -> Callable[[], Suppressed]:
    """Prepare ``ensemble_boxes``' greedy NMS (compiled with Numba, double precision)."""
    from ensemble_boxes.ensemble_boxes_nms import nms_float_fast

    def solve(part: tuple[NDArray[np.float64], NDArray[np.float64]]) -> Kept:
        rows = np.array(nms_float_fast(*part, problem.rules.overlap_limit), np.int64)
        return rows, part[1][rows]

    return _each_group(problem, solve, _normalised(problem))


def mmcv_soft_nms(problem: Problem) -> Callable[[], Suppressed]:
    """Prepare ``mmcv.ops.soft_nms`` (C++, one core)."""
    import torch
    from mmcv.ops import soft_nms

    rules = problem.rules
    method = {"linear": "linear", "gaussian": "gaussian", "hard": "naive"}[rules.decay]
    limit = float(np.nextafter(np.float32(rules.overlap_limit), np.float32(9)))
    dets = [torch.from_numpy(_dets(problem, group)) for group in _groups(problem)]

    def solve(part: Any) -> Kept:
        found, rows = soft_nms(
            part[:, :4],
            part[:, 4],
            iou_threshold=limit,
            sigma=rules.sigma,
            min_score=rules.score_threshold,
            method=method,
            offset=rules.box_offset,
        )
        return rows.numpy(), found[:, 4].numpy()

    return _each_group(problem, solve, dets)


def torchvision_nms(problem: Problem) -> Callable[[], Suppressed]:
    """Prepare ``torchvision.ops.nms`` (C++, one core)."""
    import torch
    from torchvision.ops import nms

    dets = [torch.from_numpy(_dets(problem, group)) for group in _groups(problem)]

    def solve(part: Any) -> Kept:
        rows = nms(part[:, :4], part[:, 4], problem.rules.overlap_limit)
        return rows.numpy(), part[rows, 4].numpy()

    return _each_group(problem, solve, dets)


def _dets(problem: Problem, group: slice) -> NDArray[np.float32]:
    """Return ``(n, 5)`` float32 rows ``x1, y1, x2, y2, score``: the official routine's layout."""
    columns = [problem.boxes[group], problem.scores[group, None]]
    return np.ascontiguousarray(np.concatenate(columns, axis=1), np.float32)


def _normalised(problem: Problem) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return each group's boxes, scaled into [0, 1] by a power of two, and scores."""
    scale = 2.0 ** np.ceil(np.log2(max(1.0, problem.boxes.max(initial=1.0))))
    return [(problem.boxes[group] / scale, problem.scores[group]) for group in _groups(problem)]
