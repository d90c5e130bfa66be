from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import UnknownName
from harness.reports import kernel_timings
from harness.reports.kernel_timings import KernelTimings


class _Timing(SimpleNamespace):
    def __str__(self) -> str:
        return "soft_nms 4.12 us (numba, n1000)"


def _bench_says(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    def headline(kernel: str, device: str, folders: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer if device == "cpu" else None

    monkeypatch.setattr(kernel_timings, "headline", headline)


def test_timing_and_machine_are_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _bench_says(monkeypatch, _Timing(stale=False, machine="a CPU"))
    timings = KernelTimings(tmp_path)
    assert [c.text for c in timings.cells("soft_nms")] == ["soft_nms 4.12 us (numba, n1000)", ""]
    assert timings.notes() == [
        "Kernel time, CPU: a CPU.",
        "Not measured: soft_nms on cuda (`harness bench KERNEL --device cuda`).",
    ]


def test_stale_timing_is_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _bench_says(monkeypatch, _Timing(stale=True, machine="a CPU"))
    timings = KernelTimings(tmp_path)
    assert [c.text for c in timings.cells("soft_nms")] == ["", ""]
    assert any("stale" in note for note in timings.notes())


def test_unknown_kernel_is_a_remark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _bench_says(monkeypatch, UnknownName("kernel", "soft_nms", ["nms"]))
    timings = KernelTimings(tmp_path)
    assert [c.value for c in timings.cells("soft_nms")] == [None, None]
    assert any("unknown kernel" in note for note in timings.notes())


def test_method_without_kernels_is_blank(tmp_path: Path) -> None:
    timings = KernelTimings(tmp_path)
    assert [c.text for c in timings.cells("no_such_method")] == ["", ""]
    assert [c.text for c in timings.cells("report_toys:Steady")] == ["", ""]
    assert timings.notes() == []
