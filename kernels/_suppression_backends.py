"""Which module computes NMS and Soft-NMS on which backend; each is imported when first used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, Literal

from harness.errors import Unavailable
from harness.extras import how_to_install
from harness.kernel import CompileTarget, Implementation
from harness.kernels._suppression import Backend, Decay, Problem, Suppressed

Operator = Literal["soft_nms", "nms"]

BOXES_PER_WARP = 128
"""On the GPU, in one step: four a thread, which leaves registers to spare."""

COMPILED_BLOCKS = (1024, 2048)


def solve(
    operator: Operator, problem: Problem, backend: Backend, threads: int | None = None
) -> Suppressed:
    """Run one operator on checked inputs.

    Raises:
        Unavailable: The backend's package or device is missing.
    """
    if backend == "reference":
        from harness.kernels import _suppression_reference as reference

        return reference.nms(problem) if operator == "nms" else reference.soft_nms(problem)
    if backend == "triton":
        triton = _triton_module()
        result: Suppressed = triton.fetch(triton.prepare(operator, problem)())
        return result
    from harness.kernels import _suppression_numba as numba

    run = numba.nms if operator == "nms" else numba.soft_nms
    return run(problem, threads)


def own_implementations(operator: Operator) -> tuple[Implementation, ...]:
    """Return our implementations of an operator: on all usable CPU cores, and on the GPU."""

    def cpu(problem: Problem) -> Callable[[], Suppressed]:
        return lambda: solve(operator, problem, "numba")

    def gpu(problem: Problem) -> Callable[[], Any]:
        call: Callable[[], Any] = _triton_module().prepare(operator, problem)
        return call

    def fetch(output: Any) -> Suppressed:
        result: Suppressed = _triton_module().fetch(output)
        return result

    return (
        Implementation("numba", "cpu", cpu, requires=("numba",)),
        Implementation("triton", "cuda", gpu, fetch, requires=("triton", "torch")),
    )


def compile_targets(decays: Sequence[Decay]) -> tuple[CompileTarget, ...]:
    """Return the Triton specialisations worth compiling ahead: each rule, small and large blocks."""
    pointers = {
        "boxes": "*fp32",
        "scores": "*fp32",
        "offsets": "*i64",
        "rows": "*i32",
        "decayed": "*fp32",
        "counts": "*i32",
    }
    scalars = {"total": "i64"} | dict.fromkeys(("pad", "limit", "rate", "low", "floor"), "fp32")
    constants = dict.fromkeys(("DECAY", "BLOCK"), "constexpr")
    return tuple(
        CompileTarget(
            name=f"{decay}_block{block}",
            kernel=lambda: _triton_module().suppress_groups,
            signature=pointers | scalars | constants,
            constexprs={"DECAY": decay, "BLOCK": block},
            num_warps=block // BOXES_PER_WARP,
            options={"enable_fp_fusion": False},
        )
        for decay in decays
        for block in COMPILED_BLOCKS
    )


def _triton_module() -> ModuleType:
    try:
        from harness.kernels import _suppression_triton
    except ImportError as error:
        remedy = how_to_install(("gpu",), error.name or "triton")
        raise Unavailable(f"backend 'triton' needs {error.name}: {remedy}") from None
    return _suppression_triton
