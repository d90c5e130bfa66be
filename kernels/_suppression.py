"""What NMS and Soft-NMS share: inputs in CSR groups, results, and the checks of both.

A *group* holds the boxes that may suppress one another: one class of one image. Group ``g`` owns
rows ``offsets[g]:offsets[g + 1]``. All backends answer in the same form, a :class:`Suppressed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import BadInput, UnknownName

Backend = Literal["numba", "reference", "triton"]
Decay = Literal["hard", "linear", "gaussian"]
Prune = Literal["overlapping", "all"]

LARGEST_COORDINATE = 1e100
"""Beyond this a double-precision area overflows; no image is that large."""

MOST_BOXES = 1 << 24
"""In one call: single precision counts no further, and NMS's ranks must be exact."""

NO_OVERLAP_SUFFICES = 2.0
"""A threshold above every IoU, rounding included: what ``iou_threshold >= 1`` means."""


PLAIN: Sequence[Literal["C", "A", "W", "E"]] = ("C", "A", "W", "E")
"""Contiguous, aligned, writeable, no subclass: what arrays are made to be, by copying if need be: Numba compiles anew for any other sort."""

STEEPEST = -1e38
"""A Gaussian this narrow leaves nothing of any overlapped score; a narrower one would overflow."""

LOWEST_RANK = 1.0
"""The worst rank that :func:`ranks` gives."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How overlap lowers scores and when a box is dropped.

    Attributes:
        decay: ``"hard"``, ``"linear"`` or ``"gaussian"``.
        iou_threshold: Hard and linear act on overlaps strictly above it; Gaussian ignores it.
        sigma: Width of the Gaussian, ``exp(-iou**2 / sigma)``.
        score_threshold: A decayed score below it drops the box.
        box_offset: 1 if coordinates are inclusive pixels (width ``x2 - x1 + 1``), else 0.
        prune: Whether only boxes that overlap the selected one are held against
            ``score_threshold`` (the official code) or every remaining box (mmcv).
    """

    decay: Decay
    iou_threshold: float = 0.3
    sigma: float = 0.5
    score_threshold: float = 0.001
    box_offset: int = 1
    prune: Prune = "overlapping"

    def __post_init__(self) -> None:
        """Refuse unknown names and values out of range."""
        _one_of("decay", self.decay, get_args(Decay))
        _one_of("prune", self.prune, get_args(Prune))
        if self.box_offset not in (0, 1):
            raise BadInput(f"box_offset is {self.box_offset!r}: expected 0 or 1")
        if not self.iou_threshold >= 0:
            raise BadInput(f"iou_threshold is {self.iou_threshold!r}: expected a number >= 0")
        if not self.sigma > 0:
            raise BadInput(f"sigma is {self.sigma!r}: expected a number > 0")
        if not self.score_threshold >= 0:
            raise BadInput(f"score_threshold is {self.score_threshold!r}: expected a number >= 0")

    @property
    def overlap_limit(self) -> float:
        """The overlap above which hard and linear act; out of reach for thresholds of 1 and more."""
        return self.iou_threshold if self.iou_threshold < 1 else NO_OVERLAP_SUFFICES

    @property
    def gaussian_rate(self) -> float:
        """The factor of ``iou**2`` in the Gaussian's exponent, within single precision's range."""
        return max(-1 / self.sigma, STEEPEST)


@dataclass(frozen=True, slots=True)
class Problem:
    """Checked inputs of one call.

    Attributes:
        boxes: ``(n, 4)`` float64, C-contiguous, ``x1, y1, x2, y2``.
        scores: ``(n,)`` float64, C-contiguous.
        offsets: ``(g + 1,)`` int64 row boundaries of the groups.
        rules: What to do with them.
    """

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    offsets: NDArray[np.int64]
    rules: Rules


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What is left, group by group, in order of selection.

    Attributes:
        kept: ``(m,)`` int64 rows of the input.
        scores: ``(m,)`` float64 scores of those rows, decayed where the rule decays. The numba and
            triton backends compute them in single precision.
        offsets: ``(g + 1,)`` int64 boundaries of the groups in ``kept``.
    """

    kept: NDArray[np.int64]
    scores: NDArray[np.float64]
    offsets: NDArray[np.int64]


def check(boxes: ArrayLike, scores: ArrayLike, offsets: ArrayLike | None, rules: Rules) -> Problem:
    """Return the inputs as a :class:`Problem`; the caller's arrays are never written to.

    Args:
        boxes: ``(n, 4)`` ``x1, y1, x2, y2``, any real dtype and layout.
        scores: ``(n,)``.
        offsets: ``(g + 1,)`` row boundaries, or None for one group.
        rules: Kept as given.

    Raises:
        BadInput: Shapes that disagree, a box or score that is NaN or infinite, a box with
            ``x2 < x1`` or ``y2 < y1`` (the message names the row), offsets that do not rise from
            0 to n, or more than 2**24 boxes.
    """
    score = np.require(scores, np.float64, PLAIN)
    box = np.require(boxes, np.float64, PLAIN)
    if box.size == 0 and score.size == 0:
        box, score = box.reshape(0, 4), score.reshape(0)
    n = len(score) if score.ndim else 0
    if score.ndim != 1 or box.shape != (n, 4):
        raise BadInput(f"boxes {box.shape} and scores {score.shape}: expected (n, 4) and (n,)")
    if n > MOST_BOXES:
        raise BadInput(
            f"{n} boxes in one call: split the groups into calls of at most {MOST_BOXES}"
        )
    with np.errstate(invalid="ignore"):
        _refuse(box, ~(np.abs(box) <= LARGEST_COORDINATE).all(axis=1), "is not finite")
        _refuse(box, (box[:, 2:] < box[:, :2]).any(axis=1), "has x2 < x1 or y2 < y1")
    _refuse(score, ~np.isfinite(score), "is not finite", "score")
    return Problem(box, score, _check_offsets(offsets, n), rules)


def assemble(
    problem: Problem,
    rows: NDArray[np.integer[Any]],
    scores: NDArray[np.floating[Any]],
    counts: NDArray[np.integer[Any]],
) -> Suppressed:
    """Close the gaps that a backend leaves between groups.

    Args:
        problem: What was solved.
        rows: ``(n,)``; in group ``g``, the first ``counts[g]`` entries from ``offsets[g]`` on are
            the kept rows, counted from the group's first.
        scores: ``(n,)``, laid out as ``rows``.
        counts: ``(g,)`` boxes kept.
    """
    first = problem.offsets[:-1]
    ends = np.zeros(len(problem.offsets), np.int64)
    np.cumsum(counts, out=ends[1:])
    start = np.repeat(first, counts)
    slot = np.arange(ends[-1]) + np.repeat(first - ends[:-1], counts)
    return Suppressed(rows[slot].astype(np.int64) + start, scores[slot].astype(np.float64), ends)


def ranks(scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return positive single-precision numbers in exactly the order of ``scores``, ties kept."""
    order = np.argsort(scores)
    ordered = scores[order]
    rank = np.empty(len(scores), np.float32)
    rank[order[:1]] = LOWEST_RANK
    rank[order[1:]] = LOWEST_RANK + np.cumsum(ordered[1:] != ordered[:-1])
    return rank


def _check_offsets(offsets: ArrayLike | None, n: int) -> NDArray[np.int64]:
    if offsets is None:
        ends = np.array([0, n], np.int64)
    else:
        raw = np.asarray(offsets)
        if raw.ndim != 1 or len(raw) == 0 or raw.dtype.kind not in "iu":
            raise BadInput(f"offsets {raw.dtype} {raw.shape}: expected (groups + 1,) integers")
        ends = np.require(raw, np.int64, PLAIN)
    sizes = np.diff(ends)
    if ends[0] != 0 or ends[-1] != n or (sizes < 0).any():
        raise BadInput(f"offsets must rise from 0 to the number of boxes, {n}")
    return ends


def _refuse(
    values: NDArray[np.float64], bad: NDArray[np.bool_] | np.bool_, why: str, what: str = "box"
) -> None:
    """Raise :class:`BadInput` naming the first bad row, if any."""
    if np.any(bad):
        row = int(np.argmax(bad))
        raise BadInput(f"{what} in row {row} {why}: {values[row].tolist()}")


def _one_of(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise UnknownName(option, value, known)


def check_backend(backend: str, threads: int | None) -> None:
    """Raise :class:`BadInput` unless there is such a backend and such a number of threads."""
    _one_of("backend", backend, get_args(Backend))
    if threads is not None and threads < 1:
        raise BadInput(f"threads is {threads}: expected 1 or more, or None for one per core")
