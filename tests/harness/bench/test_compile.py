from __future__ import annotations

import dataclasses
import os
from typing import Any

import pytest
import toykernel as toy

from harness.bench import compile as module
from harness.bench.compile import CompileRow, compile_targets, parse_resources
from harness.errors import BadInput, Unavailable
from harness.kernel import CompileTarget, Kernel

LOG = """\
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'soft_nms' for 'sm_90a'
ptxas info    : Function properties for soft_nms
    48 bytes stack frame, 16 bytes spill stores, 24 bytes spill loads
ptxas info    : Used 168 registers, used 1 barriers, 48 bytes cumulative stack size
"""


def test_the_log_of_the_assembler_is_read() -> None:
    found = parse_resources(LOG)
    assert (found.registers, found.spill_bytes, found.local_bytes) == (168, 16, 48)


def test_called_functions_count_too() -> None:
    called = "    8 bytes stack frame, 4 bytes spill stores, 0 bytes spill loads\n"
    found = parse_resources(LOG + called)
    assert (found.registers, found.spill_bytes, found.local_bytes) == (168, 20, 56)


@pytest.mark.parametrize("log", ["", "ptxas fatal : Ptx assembly aborted due to errors"])
def test_a_log_without_registers_is_an_error(log: str) -> None:
    with pytest.raises(ValueError, match="registers"):
        parse_resources(log)


def kernel(*blocks: int, **options: Any) -> Kernel:
    def load() -> Any:
        from tritonkernels import scale_by_sum

        return scale_by_sum

    signature = {"x": "*fp32", "y": "*fp32", "n": "i32", "BLOCK": "constexpr"}
    targets = [
        CompileTarget(f"block{block}", load, signature, {"BLOCK": block}, **options)
        for block in blocks
    ]
    return dataclasses.replace(toy.TOY, compile_targets=targets)


needs_triton = pytest.mark.skipif(
    not module.is_installed("triton") or os.environ.get("TRITON_INTERPRET") == "1",
    reason="Triton is not installed, or set to interpret",
)


@needs_triton
def test_resources_are_known_without_a_gpu() -> None:
    rows = compile_targets(kernel(1024))
    assert [(row.architecture, row.status) for row in rows] == [("sm_80", "ok"), ("sm_90", "ok")]
    for row in rows:
        assert row.registers is not None
        assert 8 <= row.registers <= 255
        assert row.spill_bytes == 0
        assert row.cubin_bytes


@needs_triton
def test_compiling_again_reports_the_same() -> None:
    assert compile_targets(kernel(512), [80]) == compile_targets(kernel(512), [80])


@needs_triton
def test_a_spill_is_seen() -> None:
    # 16384 values in one warp are 512 a thread; a thread has 255 registers.
    [row] = compile_targets(kernel(16_384, num_warps=1), [90])
    assert row.status == "spills"
    assert row.spill_bytes
    assert row.local_bytes
    assert "spilled" in row.reason


@needs_triton
def test_a_failure_is_a_row_and_the_rest_compiles() -> None:
    rows = compile_targets(kernel(1000, 1024), [80])
    assert [row.status for row in rows] == ["failed", "ok"]
    assert "power of 2" in rows[0].reason
    assert rows[0] == CompileRow(
        target="block1000", architecture="sm_80", status="failed", reason=rows[0].reason
    )


def test_a_kernel_without_specialisations_says_so() -> None:
    with pytest.raises(BadInput, match="'toy' has no Triton"):
        compile_targets(toy.TOY)


def test_without_triton_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_installed", lambda name: False)
    with pytest.raises(Unavailable, match="pip install"):
        compile_targets(kernel(1024))


def test_interpreting_and_compiling_exclude_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_installed", lambda name: True)
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    with pytest.raises(BadInput, match="TRITON_INTERPRET"):
        compile_targets(kernel(1024))
