"""What a kernel is: a reference, implementations, input cases and a cost model.

Everything the bench needs to check one operator and to time it: ``harness bench NAME`` builds each
case's inputs, runs every available implementation on them, compares the outputs with the reference's
before any timing, and relates the time to the bytes and operations that the cost model counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Device = Literal["cpu", "cuda"]


@dataclass(frozen=True, slots=True)
class Case:
    """One input size.

    Attributes:
        name: Short and stable; part of a record's identity (``"n1000_c1_b1"``).
        size: Named dimensions, for tables (``{"boxes": 1000, "classes": 1, "images": 1}``).
        make: Builds the inputs from a ``numpy.random.Generator``: ``make(rng) -> inputs``.
    """

    name: str
    size: Mapping[str, int]
    make: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Cost:
    """Work an ideal implementation cannot avoid, from which the roofline follows.

    Attributes:
        bytes: Bytes moved to and from main memory.
        flops: Floating-point operations, a comparison or a transcendental counted as one.
        pairs: Inner-loop steps (box pairs, elements), for ns-per-pair figures; 0 if meaningless.
    """

    bytes: float
    flops: float
    pairs: float = 0.0


@dataclass(frozen=True, slots=True)
class Implementation:
    """One way to compute the operator.

    Attributes:
        name: ``"numba"``, ``"triton"``, ``"ensemble-boxes"``, ...
        device: Where it runs.
        prepare: ``prepare(inputs) -> call``: everything that is not to be timed (copies, layout);
            the returned zero-argument callable is what the timer runs. It must not change inputs.
        result: Turns the call's return value into something the kernel's ``compare`` takes.
        peer: Whether it is somebody else's work that ours is measured against.
        requires: Import names it needs; missing ones make it unavailable, with the reason told.
        max_size: Largest value per named dimension it is asked to run (slow peers), or empty.
    """

    name: str
    device: Device
    prepare: Callable[[Any], Callable[[], Any]]
    result: Callable[[Any], Any] = field(default=lambda x: x)
    peer: bool = False
    requires: tuple[str, ...] = ()
    max_size: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompileTarget:
    """One Triton kernel specialisation to compile ahead of time.

    Attributes:
        name: Short and stable.
        kernel: ``kernel() -> triton.runtime.JITFunction`` (imported only when asked).
        signature: Argument name to Triton type (``"*fp32"``, ``"i32"``, ``"constexpr"``).
        constexprs: Argument name to compile-time value.
        num_warps: Warps a program.
        options: Further compiler options, as the launch passes them (``enable_fp_fusion``).
    """

    name: str
    kernel: Callable[[], Any]
    signature: Mapping[str, str]
    constexprs: Mapping[str, Any]
    num_warps: int = 4
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kernel:
    """One operator with everything needed to check and time it.

    Attributes:
        name: The registry name.
        title: One line for people.
        reference: ``reference(inputs) -> output`` in float64, plain NumPy, obviously right.
        implementations: Ours and peers'.
        cases: Input sizes, small to large.
        cost: ``cost(inputs, output) -> Cost``.
        compare: Raises ``AssertionError`` with the difference unless two outputs agree.
        baseline: Name of the implementation that ratios are taken against.
        compile_targets: Triton specialisations for ``harness bench --compile-only``.
    """

    name: str
    title: str
    reference: Callable[[Any], Any]
    implementations: Sequence[Implementation]
    cases: Sequence[Case]
    cost: Callable[[Any, Any], Cost]
    compare: Callable[[Any, Any], None]
    baseline: str
    compile_targets: Sequence[CompileTarget] = ()
