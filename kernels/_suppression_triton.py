"""Soft-NMS and greedy NMS on the GPU: one launch, one program a group, in single precision.

A group's selections depend on one another, so a program goes through them in turn; the parallelism
lies within a pass over its boxes and across groups. One pass decays all scores and finds the next
winner, so that a selection costs a single trip through the boxes, which stay in the cache (20 bytes
each), and one reduction. Greedy NMS is the same program run on ranks, which decay to 0 at once.

Set ``TRITON_INTERPRET=1`` before importing Triton to run on a CPU, slowly, for tests.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
import triton
import triton.language as tl

from harness.errors import Unavailable
from harness.kernels._suppression import LOWEST_RANK, Problem, Suppressed, assemble
from harness.kernels._suppression_backends import BOXES_PER_WARP

LARGEST_BLOCK = 2048
SMALLEST_BLOCK = BOXES_PER_WARP

DEAD = tl.constexpr(-1.0)
NOBODY = tl.constexpr(2**31 - 1)
TINY = tl.constexpr(1e-37)


@dataclass(frozen=True, slots=True)
class Output:
    """Tensors as the kernel leaves them; :func:`fetch` makes a result of them."""

    problem: Problem
    greedy: bool
    rows: torch.Tensor
    decayed: torch.Tensor
    counts: torch.Tensor


@triton.jit
def _first_best(best: tl.tensor, owner: tl.tensor) -> tuple[tl.tensor, tl.tensor]:
    """Return the highest score over all lanes and the lowest row that has it."""
    top = tl.max(best, axis=0)
    return top, tl.min(tl.where(best == top, owner, NOBODY), axis=0)


@triton.jit
def suppress_groups(
    boxes: tl.tensor,
    scores: tl.tensor,
    offsets: tl.tensor,
    rows: tl.tensor,
    decayed: tl.tensor,
    counts: tl.tensor,
    total: tl.tensor,
    pad: tl.tensor,
    limit: tl.tensor,
    rate: tl.tensor,
    low: tl.tensor,
    floor: tl.tensor,
    DECAY: tl.constexpr,  # noqa: N803 - Triton writes compile-time constants in capitals
    BLOCK: tl.constexpr,  # noqa: N803
) -> None:
    """Solve group ``program_id(0)``.

    Args:
        boxes: ``(4, total)`` float32: all left edges, then top, right and bottom edges.
        scores: ``(total,)`` float32, none negative; overwritten.
        offsets: ``(g + 1,)`` int64 row boundaries of the groups.
        rows: ``(total,)`` int32 out: rows within the group, in order of selection.
        decayed: ``(total,)`` float32 out: their scores.
        counts: ``(g,)`` int32 out: boxes selected.
        total: Boxes in all.
        pad: Added to widths and heights.
        limit: Linear and hard act on overlaps above it.
        rate: Gaussian multiplies by ``exp(rate * IoU**2)``.
        low: A score below it dies when its box is overlapped.
        floor: A score below it dies at any selection.
        DECAY: ``"hard"``, ``"linear"`` or ``"gaussian"``.
        BLOCK: Boxes in one step of a pass, a power of two.
    """
    group = tl.program_id(0)
    start = tl.load(offsets + group)
    n = (tl.load(offsets + group + 1) - start).to(tl.int32)
    scores += start
    rows += start
    decayed += start
    left, top, right, bottom = boxes + start, boxes + start, boxes + start, boxes + start
    top += total
    right += 2 * total
    bottom += 3 * total
    lanes = tl.arange(0, BLOCK)

    best = tl.full((BLOCK,), DEAD, tl.float32)
    owner = tl.full((BLOCK,), NOBODY, tl.int32)
    for at in range(0, n, BLOCK):
        i = at + lanes
        score = tl.load(scores + i, mask=i < n, other=DEAD)
        owner = tl.where(score > best, i, owner)
        best = tl.maximum(best, score)
    score_left, row = _first_best(best, owner)

    count = 0
    while score_left >= 0:
        tl.store(rows + count, row)
        tl.store(decayed + count, score_left)
        count += 1
        x1, y1 = tl.load(left + row), tl.load(top + row)
        x2, y2 = tl.load(right + row), tl.load(bottom + row)
        area = (x2 - x1 + pad) * (y2 - y1 + pad)
        best = tl.full((BLOCK,), DEAD, tl.float32)
        owner = tl.full((BLOCK,), NOBODY, tl.int32)
        for at in range(0, n, BLOCK):
            i = at + lanes
            inside = i < n
            old = tl.load(scores + i, mask=inside, other=DEAD)
            bx1 = tl.load(left + i, mask=inside, other=0.0)
            by1 = tl.load(top + i, mask=inside, other=0.0)
            bx2 = tl.load(right + i, mask=inside, other=0.0)
            by2 = tl.load(bottom + i, mask=inside, other=0.0)
            width = tl.maximum(tl.minimum(bx2, x2) - tl.maximum(bx1, x1) + pad, 0.0)
            height = tl.maximum(tl.minimum(by2, y2) - tl.maximum(by1, y1) + pad, 0.0)
            shared = width * height
            union = (bx2 - bx1 + pad) * (by2 - by1 + pad) + area - shared
            overlap = tl.minimum(tl.div_rn(shared, tl.maximum(union, TINY)), 1.0)
            if DECAY == "gaussian":
                new = old * tl.exp(rate * overlap * overlap)
            elif DECAY == "linear":
                new = tl.where(overlap > limit, old * (1.0 - overlap), old)
            else:
                new = tl.where(overlap > limit, 0.0, old)
            dead = ((shared > 0) & (new < low)) | (new < floor) | (old < 0) | (i == row)
            new = tl.where(dead, DEAD, new)
            tl.store(scores + i, new, mask=inside)
            owner = tl.where(new > best, i, owner)
            best = tl.maximum(best, new)
        score_left, row = _first_best(best, owner)
    tl.store(counts + group, count)


def prepare(operator: Literal["soft_nms", "nms"], problem: Problem) -> Callable[[], Output]:
    """Copy ``problem`` to the GPU and return the call that solves it there.

    Raises:
        Unavailable: There is no CUDA device.
    """
    device = _device()
    rules = problem.rules
    greedy = operator == "nms"
    boxes, pad = _framed(problem)
    corners = torch.from_numpy(boxes).to(device)
    given = torch.from_numpy(problem.scores).to(device)
    offsets = torch.from_numpy(problem.offsets).to(device)
    groups = len(problem.offsets) - 1
    sizes = np.diff(problem.offsets)
    low = LOWEST_RANK / 2 if greedy else rules.score_threshold
    block = int(sizes.max(initial=1))
    block = min(max(triton.next_power_of_2(block), SMALLEST_BLOCK), LARGEST_BLOCK)

    def call() -> Output:
        scores = _ranks(given) if greedy else given.to(torch.float32)
        rows = torch.empty(len(scores), dtype=torch.int32, device=device)
        decayed = torch.empty_like(scores)
        counts = torch.zeros(groups, dtype=torch.int32, device=device)
        if len(scores):
            suppress_groups[(groups,)](
                corners,
                scores,
                offsets,
                rows,
                decayed,
                counts,
                len(scores),
                pad,
                rules.overlap_limit,
                rules.gaussian_rate,
                low,
                low if rules.prune == "all" and not greedy else -1.0,
                DECAY="hard" if greedy else rules.decay,
                BLOCK=block,
                num_warps=block // BOXES_PER_WARP,
                enable_fp_fusion=False,  # products are rounded as on the CPU
            )
        return Output(problem, greedy, rows, decayed, counts)

    return call


def fetch(output: Output) -> Suppressed:
    """Bring a result back to the host."""
    rows, decayed = output.rows.cpu().numpy(), output.decayed.cpu().numpy()
    result = assemble(output.problem, rows, decayed, output.counts.cpu().numpy())
    if output.greedy:
        scores = output.problem.scores[result.kept]
        return Suppressed(result.kept, scores, result.offsets)
    return result


def _ranks(scores: torch.Tensor) -> torch.Tensor:
    """Return what :func:`harness.kernels._suppression.ranks` does, on the scores' device."""
    ordered, order = torch.sort(scores)
    rank = torch.full(scores.shape, LOWEST_RANK, dtype=torch.float32, device=scores.device)
    rises = torch.cumsum(ordered[1:] != ordered[:-1], dim=0)
    rank[order[1:]] = LOWEST_RANK + rises.to(torch.float32)
    return rank


def _framed(problem: Problem) -> tuple[Any, float]:
    """Return ``(4, n)`` float32 corners in [0, 1] and the box offset on that scale.

    Moving the origin and scaling by a power of two leave every overlap as it is and keep large
    coordinates from losing digits.
    """
    if not len(problem.boxes):
        return np.zeros((4, 0), np.float32), 0.0
    origin = problem.boxes[:, :2].min(axis=0)
    moved = problem.boxes - np.tile(origin, 2)
    scale = 2.0 ** -np.frexp(moved.max() + problem.rules.box_offset)[1]
    corners = np.ascontiguousarray((moved * scale).T, np.float32)
    return corners, float(problem.rules.box_offset * scale)


def _device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    if not isinstance(suppress_groups, triton.runtime.JITFunction):
        return "cpu"
    raise Unavailable("backend 'triton' needs a CUDA device; use backend 'numba' on this machine")
