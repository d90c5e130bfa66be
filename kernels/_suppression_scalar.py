"""NMS and Soft-NMS as compiled loops over rows of boxes: the honest baseline on a CPU.

``soft_nms`` follows the official ``cpu_soft_nms`` statement by statement: find the highest score,
swap it forward, decay what overlaps it, fill a dropped box's place with the last one.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

HARD, LINEAR, GAUSSIAN = range(3)
ZERO = np.float32(0)
ONE = np.float32(1)


@njit(nogil=True, cache=True, error_model="numpy")
def overlap(dets: Any, i: int, j: int, offset: Any) -> Any:
    """Return the IoU of two rows, 0 if they do not meet."""
    width = min(dets[i, 2], dets[j, 2]) - max(dets[i, 0], dets[j, 0]) + offset
    if width <= ZERO:
        return ZERO
    height = min(dets[i, 3], dets[j, 3]) - max(dets[i, 1], dets[j, 1]) + offset
    if height <= ZERO:
        return ZERO
    shared = width * height
    first = (dets[i, 2] - dets[i, 0] + offset) * (dets[i, 3] - dets[i, 1] + offset)
    second = (dets[j, 2] - dets[j, 0] + offset) * (dets[j, 3] - dets[j, 1] + offset)
    return shared / (first + second - shared)


@njit(nogil=True, cache=True, error_model="numpy")
def soft_nms(
    dets: Any, method: int, limit: Any, sigma: Any, low: Any, offset: Any, prune_all: bool
) -> Any:
    """Reorder and decay ``(n, 5)`` float32 ``dets`` in place; return the rows kept and the pairs."""
    n = len(dets)
    rows = np.arange(n)
    pairs = 0
    i = 0
    while i < n:
        top = i
        for j in range(i + 1, n):
            if dets[j, 4] > dets[top, 4]:
                top = j
        for k in range(5):
            dets[i, k], dets[top, k] = dets[top, k], dets[i, k]
        rows[i], rows[top] = rows[top], rows[i]
        pairs += n - i - 1
        j = i + 1
        while j < n:
            o = overlap(dets, i, j, offset)
            if o > ZERO:
                if method == GAUSSIAN:
                    dets[j, 4] *= math.exp(-(o * o) / sigma)
                elif o > limit:
                    dets[j, 4] *= ONE - o if method == LINEAR else ZERO
            if (o > ZERO or prune_all) and dets[j, 4] < low:
                n -= 1
                for k in range(5):
                    dets[j, k] = dets[n, k]
                rows[j] = rows[n]
            else:
                j += 1
        i += 1
    return rows[:n], pairs


@njit(nogil=True, cache=True, error_model="numpy")
def nms(dets: Any, limit: Any, offset: Any) -> Any:
    """Return the rows of ``(n, 5)`` float32 ``dets`` that greedy NMS keeps, and the pairs."""
    n = len(dets)
    order = np.argsort(-dets[:, 4], kind="mergesort")
    dropped = np.zeros(n, np.bool_)
    kept = np.empty(n, np.int64)
    count = 0
    pairs = 0
    for a in range(n):
        i = order[a]
        if dropped[i]:
            continue
        kept[count] = i
        count += 1
        for b in range(a + 1, n):
            j = order[b]
            if not dropped[j]:
                pairs += 1
                if overlap(dets, i, j, offset) > limit:
                    dropped[j] = True
    return kept[:count], pairs
