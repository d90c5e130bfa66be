"""The loops that find a CPU's ceilings, compiled by Numba for the machine at hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

FMA_CHAIN = 16
"""Multiply-adds on an element between loading and storing it; hides both behind arithmetic."""

FMA_ELEMENTS = 2048
"""Elements a thread works on: 8 KiB, inside any first-level cache, and many independent chains."""


@cache
def compile_loops() -> tuple[Callable[..., None], Callable[..., None]]:
    """Return ``copy(a, b, repeats)`` and ``multiply_add(values, scale, shift, repeats)``.

    Both take arrays of shape ``(threads, elements)`` and give each thread one row.
    """
    import numba

    @numba.njit(parallel=True)
    def copy(a: Any, b: Any, repeats: int) -> None:
        for thread in numba.prange(a.shape[0]):
            for i in range(repeats):
                # There and back, so that no copy can be dropped as a repetition of the last.
                if i % 2 == 0:
                    b[thread, :] = a[thread, :]
                else:
                    a[thread, :] = b[thread, :]

    # Only contraction to fused multiply-adds is allowed; reordering could fold the chain.
    @numba.njit(parallel=True, fastmath={"contract"})
    def multiply_add(values: Any, scale: Any, shift: Any, repeats: int) -> None:
        for thread in numba.prange(values.shape[0]):
            row = values[thread]
            for _ in range(repeats):
                for i in range(row.shape[0]):
                    x = row[i]
                    for _step in range(FMA_CHAIN):
                        x = x * scale + shift
                    row[i] = x

    return copy, multiply_add


def copy_trial(bytes_per_thread: int, threads: int) -> tuple[Callable[[int], None], float]:
    """Return ``trial(repeats)``, a copy between arrays of that size, and its bytes a repetition.

    Bytes read and bytes written both count.
    """
    copy, _ = compile_loops()
    a = np.ones((threads, bytes_per_thread // 8))
    b = np.zeros_like(a)
    return lambda repeats: copy(a, b, repeats), 2.0 * a.nbytes


def fma_trial(threads: int) -> tuple[Callable[[int], None], float]:
    """Return ``trial(repeats)``, a float32 multiply-add loop, and its operations a repetition."""
    _, multiply_add = compile_loops()
    values = np.ones((threads, FMA_ELEMENTS), np.float32)
    # A fixed point at 1 keeps the values normal however long it runs.
    scale, shift = np.float32(0.75), np.float32(0.25)
    return (
        lambda repeats: multiply_add(values, scale, shift, repeats),
        2.0 * FMA_CHAIN * values.size,
    )
