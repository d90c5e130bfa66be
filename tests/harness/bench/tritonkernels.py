"""Triton kernels to compile in tests: one that fits, one that spills, one that does not compile."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def scale_by_sum(x, y, n, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def] # noqa: N803
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    values = tl.load(x + offsets, mask=offsets < n)
    # All values are needed again after the reduction, so all must be kept.
    tl.store(y + offsets, values * tl.sum(values, 0), mask=offsets < n)
