"""What the tests of suppression kernels share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from harness.kernels._suppression import Problem, Suppressed
from harness.kernels._suppression_reference import factor, iou

TOLERANCE = 1e-5


def replay(problem: Problem, result: Suppressed) -> None:
    """Redo Soft-NMS in double precision with the selections of ``result``, and judge each one.

    A selection must have the highest score left and carry it, both to single precision: this holds
    a result to account without demanding one of several orders that rounding allows.
    """
    rules = problem.rules
    low = rules.score_threshold
    bounds = zip(problem.offsets, problem.offsets[1:], strict=False)
    for g, (start, end) in enumerate(bounds):
        kept = slice(result.offsets[g], result.offsets[g + 1])
        rows, scores = result.kept[kept] - start, result.scores[kept]
        boxes, current = problem.boxes[start:end], problem.scores[start:end].copy()
        alive, touched = np.ones(end - start, bool), np.zeros(end - start, bool)
        assert len(set(rows)) == len(rows)
        for row, score in zip(rows, scores, strict=True):
            assert alive[row]
            assert current[row] >= current[alive].max() * (1 - TOLERANCE) - 1e-12
            np.testing.assert_allclose(score, current[row], rtol=TOLERANCE, atol=1e-12)
            overlap = iou(boxes[row], boxes, rules.box_offset)
            alive[row] = False
            current = np.where(alive, current * factor(overlap, rules), current)
            tested = overlap > 0 if rules.prune == "overlapping" else np.ones_like(alive)
            touched |= tested
            doubtful = np.isin(np.arange(len(alive)), rows) & (current >= low * (1 - TOLERANCE))
            alive &= ~(tested & (current < low) & ~doubtful)
        droppable = touched & (current < low * (1 + TOLERANCE))
        assert droppable[alive].all(), "a box is missing"


@pytest.fixture(scope="session")
def assert_valid() -> Callable[[Problem, Suppressed], None]:
    """Return :func:`replay`."""
    return replay
