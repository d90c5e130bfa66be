"""Compile a kernel's Triton specialisations for GPUs that are not there.

Whether a kernel still compiles, how many registers a thread takes and whether it spills them to
memory is known without a GPU: ``ptxas`` says it while it assembles. The figures here come from
the log of the very assembly whose result would be loaded, not from a second run of ``ptxas``.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from harness.bench.correctness import on_one_line
from harness.errors import BadInput, Unavailable
from harness.extras import how_to_install
from harness.kernel import CompileTarget, Kernel
from harness.sources import is_installed

ARCHITECTURES = (80, 90)
"""Compute capabilities compiled for: 8.0 (A100) and 9.0 (H100)."""

WARP_SIZE = 32


class CompileRow(BaseModel):
    """What one specialisation became on one architecture.

    Attributes:
        target: The specialisation's name.
        architecture: ``sm_80``, ...
        status: ``ok``; ``spills``: registers are stored to memory; ``failed``: no code came out.
        reason: Why the status is not ``ok``, one line.
        registers: Registers a thread.
        shared_bytes: Shared memory a program.
        spill_bytes: Bytes stored to memory for want of registers, a thread.
        local_bytes: Stack frame a thread, which lies in device memory.
        cubin_bytes: Size of the binary.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    architecture: str
    status: Literal["ok", "spills", "failed"]
    reason: str = ""
    registers: int | None = None
    shared_bytes: int | None = None
    spill_bytes: int | None = None
    local_bytes: int | None = None
    cubin_bytes: int | None = None


class Resources(BaseModel):
    """What ``ptxas -v`` reports of one binary; see :class:`CompileRow` for the units."""

    model_config = ConfigDict(frozen=True)

    registers: int
    spill_bytes: int
    local_bytes: int


def compile_targets(
    kernel: Kernel, architectures: Sequence[int] = ARCHITECTURES
) -> list[CompileRow]:
    """Compile every target of ``kernel`` for every architecture; a failure becomes a row.

    Raises:
        BadInput: The kernel has no targets, or Triton is set to interpret.
        Unavailable: Triton is missing or too old.
    """
    if not kernel.compile_targets:
        raise BadInput(f"kernel {kernel.name!r} has no Triton specialisations to compile")
    _require_triton()
    return [
        _compile(target, capability)
        for target in kernel.compile_targets
        for capability in architectures
    ]


def _require_triton() -> None:
    if not is_installed("triton"):
        raise Unavailable(f"--compile-only needs Triton: {how_to_install(['gpu'], 'triton')}")
    if os.environ.get("TRITON_INTERPRET", "0") == "1":
        raise BadInput("TRITON_INTERPRET=1 interprets kernels: unset it to compile them")
    import triton

    if not hasattr(triton, "knobs"):
        raise Unavailable(
            f"--compile-only needs Triton 3.4 or newer, this is {triton.__version__}: "
            "pip install --upgrade triton"
        )


def _compile(target: CompileTarget, capability: int) -> CompileRow:
    architecture = f"sm_{capability}"
    try:
        compiled, log = _assemble(target, capability)
        resources = parse_resources(log)
    except Exception as error:
        message = on_one_line(_telling_line(str(error)))
        return CompileRow(
            target=target.name,
            architecture=architecture,
            status="failed",
            reason=f"{type(error).__name__}: {message}" if message else type(error).__name__,
        )
    return CompileRow(
        target=target.name,
        architecture=architecture,
        status="spills" if resources.spill_bytes else "ok",
        reason=f"{resources.spill_bytes} bytes of registers spilled a thread"
        if resources.spill_bytes
        else "",
        shared_bytes=compiled.metadata.shared,
        cubin_bytes=len(compiled.asm["cubin"]),
        **resources.model_dump(),
    )


def _assemble(target: CompileTarget, capability: int) -> tuple[Any, str]:
    """Return Triton's compiled kernel and the log of its assembly.

    Pointers are taken to be 16-byte aligned, as every PyTorch allocation is: a launch specialises
    on that, so code compiled without it would not be the code that runs.
    """
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    function = target.kernel()
    names = list(target.signature)
    source = ASTSource(
        function,
        signature=dict(target.signature),
        constexprs=dict(target.constexprs),
        attrs={
            (names.index(name),): [["tt.divisibility", 16]]
            for name, kind in target.signature.items()
            if kind.startswith("*")
        },
    )
    log = io.StringIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        triton.knobs.cache.scope(),
        triton.knobs.nvidia.scope(),
        warnings.catch_warnings(),
        redirect_stdout(log),
    ):
        warnings.simplefilter("ignore")
        # A cached binary would come without the log.
        triton.knobs.cache.dir = folder
        triton.knobs.nvidia.dump_ptxas_log = True
        compiled = triton.compile(
            source,
            target=GPUTarget("cuda", capability, WARP_SIZE),
            options={"num_warps": target.num_warps, **target.options},
        )
    return compiled, log.getvalue()


def parse_resources(log: str) -> Resources:
    """Read the output of ``ptxas -v`` for one kernel and the functions that it calls.

    Raises:
        ValueError: The log does not say how many registers were used.
    """
    registers = [int(n) for n in re.findall(r"Used (\d+) registers", log)]
    if not registers:
        raise ValueError("the log of ptxas names no registers")
    spills = re.findall(r"(\d+) bytes spill stores", log)
    frames = re.findall(r"(\d+) bytes stack frame", log)
    return Resources(
        registers=max(registers),
        spill_bytes=sum(int(n) for n in spills),
        local_bytes=sum(int(n) for n in frames),
    )


def _telling_line(message: str) -> str:
    """Return the line of a compiler's message that says most: an error if any, else the last."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "")
