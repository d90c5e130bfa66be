"""Soft-NMS on the CPU: exact rules, single precision, and hardly a pair that cannot matter.

Selecting n boxes in turn and decaying all others takes n**2 / 2 overlaps. Nearly all of them are
zero, so the boxes are first laid out along a space-filling curve, in blocks of 32 with a header
each. A selection scans the headers for the winner and for the blocks it can touch, and computes
overlaps in those alone, a vector of boxes at a time. What is skipped has a factor of exactly 1, so
skipping changes no result. When half of the boxes are gone, the rest close ranks.

Greedy NMS is the same with ranks for scores and a decay to 0. One compiled function serves every
rule, and a call is spread over groups by threads outside it: Numba's own ``parallel=True`` takes
several times as long to compile.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from harness.kernels._suppression import LOWEST_RANK, Problem, Rules, Suppressed, assemble, ranks
from harness.kernels._suppression_compiled import DEAD, Decay, suppress_groups

TASKS_PER_WORKER = 8
PAIRS_PER_TASK = 1_000_000
"""Less work than this is not worth handing to another thread."""


def soft_nms(problem: Problem, threads: int | None = None) -> Suppressed:
    """Solve ``problem``, whose scores are not negative; groups are spread over ``threads``."""
    scores = problem.scores.astype(np.float32)
    scores += 0  # -0.0, whose bits are out of order, becomes 0.0
    return _solve(problem, scores, problem.rules, threads)


def nms(problem: Problem, threads: int | None = None) -> Suppressed:
    """Solve ``problem`` greedily: Soft-NMS on ranks, whose decay to 0 drops a box at once."""
    rules = replace(
        problem.rules, decay="hard", score_threshold=LOWEST_RANK / 2, prune="overlapping"
    )
    result = _solve(problem, ranks(problem.scores), rules, threads)
    return replace(result, scores=problem.scores[result.kept])


def _solve(
    problem: Problem, scores: NDArray[np.float32], rules: Rules, threads: int | None
) -> Suppressed:
    rows = np.empty(len(scores), np.int32)
    out = np.empty(len(scores), np.float32)
    counts = np.empty(len(problem.offsets) - 1, np.int64)
    low = np.float32(rules.score_threshold)
    decay = Decay(
        gaussian=rules.decay == "gaussian",
        pad=float(rules.box_offset),
        limit=np.float32(rules.overlap_limit),
        step=np.float32(rules.decay == "linear"),
        rate=np.float32(rules.gaussian_rate),
        low=low,
        floor=low if rules.prune == "all" else DEAD,
    )

    def run(groups: NDArray[np.int64]) -> None:
        suppress_groups(problem.boxes, scores, problem.offsets, groups, decay, rows, out, counts)

    workers = _usable_cores() if threads is None else threads
    tasks = _share(np.diff(problem.offsets), workers)
    if len(tasks) == 1:
        run(tasks[0])
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(run, tasks))
    return assemble(problem, rows, out, counts)


def _share(sizes: NDArray[np.int64], workers: int) -> list[NDArray[np.int64]]:
    """Split groups into tasks of about equal work, the largest groups first."""
    if workers == 1 or len(sizes) < 2:
        return [np.arange(len(sizes))]
    work = sizes.astype(np.float64) ** 2
    per_task = max(work.sum() / (TASKS_PER_WORKER * workers), PAIRS_PER_TASK)
    order = np.argsort(-work, kind="stable")
    task = (np.cumsum(work[order]) - work[order]) // per_task
    return np.split(order, np.flatnonzero(np.diff(task)) + 1)


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
