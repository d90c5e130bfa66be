"""Clocks on fake hardware, whose true times are known."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.bench.stopwatch import (
    DEFAULT_CACHE_BYTES,
    STRAGGLING_NS,
    CudaStopwatch,
    HostStopwatch,
    cache_sizes,
    host_flush,
    last_level_cache_bytes,
    stopwatch_for,
)


class Gpu:
    """A GPU with two streams, just enough of ``torch`` to time it, and the host's clock."""

    def __init__(self) -> None:
        self.now_ns = 0.0
        self.busy_until_ns = {"current": 0.0, "other": 0.0}
        self.flushes = 0
        gpu = self

        class Event:
            def __init__(self, *, enable_timing: bool) -> None:
                assert enable_timing
                self.at_ns = 0.0

            def record(self) -> None:
                self.at_ns = max(gpu.now_ns, gpu.busy_until_ns["current"])

            def synchronize(self) -> None:
                gpu.now_ns = max(gpu.now_ns, self.at_ns)

            def elapsed_time(self, end: Event) -> float:
                return (end.at_ns - self.at_ns) / 1e6

        class Buffer:
            def zero_(self) -> None:
                gpu.flushes += 1
                gpu.launch(50_000.0)()

        self.torch = SimpleNamespace(
            int8="int8",
            empty=lambda size, **options: Buffer(),
            cuda=SimpleNamespace(
                Event=Event,
                synchronize=self.synchronize,
                get_device_properties=lambda: SimpleNamespace(L2_cache_size=1 << 20),
            ),
        )

    def launch(self, ns: float, stream: str = "current") -> Callable[[], None]:
        """Return a call that hands ``ns`` of work to a stream in 5 us."""

        def call() -> None:
            self.now_ns += 5_000.0
            begin = max(self.now_ns, self.busy_until_ns[stream])
            self.busy_until_ns[stream] = begin + ns

        return call

    def synchronize(self) -> None:
        self.now_ns = max(self.now_ns, *self.busy_until_ns.values())


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Gpu:
    fake = Gpu()
    monkeypatch.setitem(sys.modules, "torch", fake.torch)  # type: ignore[arg-type]
    return fake


def cuda_stopwatch(gpu: Gpu, *, cold: bool) -> CudaStopwatch:
    return CudaStopwatch(cold=cold, now=lambda: gpu.now_ns)


def test_cold_device_time_leaves_out_launches_and_flushes(gpu: Gpu) -> None:
    assert cuda_stopwatch(gpu, cold=True).time(gpu.launch(20_000.0), 1) == pytest.approx(20_000)
    assert gpu.flushes == 1


def test_warm_calls_run_back_to_back(gpu: Gpu) -> None:
    took = cuda_stopwatch(gpu, cold=False).time(gpu.launch(20_000.0), 100)
    assert took / 100 == pytest.approx(20_000, rel=0.01)
    assert gpu.flushes == 0


@pytest.mark.parametrize("cold", [True, False])
def test_work_hidden_on_another_stream_is_counted(gpu: Gpu, cold: bool) -> None:
    hidden = gpu.launch(3e6, stream="other")
    assert cuda_stopwatch(gpu, cold=cold).time(hidden, 1) == pytest.approx(3e6, rel=0.05)


def test_the_cost_of_looking_for_stragglers_is_not_counted(gpu: Gpu) -> None:
    watch = cuda_stopwatch(gpu, cold=False)
    brief = gpu.launch(STRAGGLING_NS / 2, stream="other")
    assert watch.time(brief, 1) < STRAGGLING_NS / 2


def test_work_from_before_is_not_counted(gpu: Gpu) -> None:
    gpu.launch(9e9)()
    assert cuda_stopwatch(gpu, cold=True).time(gpu.launch(20_000.0), 1) == pytest.approx(20_000)


def test_the_clock_follows_the_device(gpu: Gpu) -> None:
    assert isinstance(stopwatch_for("cuda", cold=True), CudaStopwatch)
    assert stopwatch_for("cpu", cold=True).cold
    assert not stopwatch_for("cpu", cold=False).cold


def test_host_clock_and_flush_work_for_real() -> None:
    watch = HostStopwatch(flush=host_flush())
    calls: list[Any] = []
    assert watch.time(lambda: calls.append(None), 2) > 0
    assert len(calls) == 2


def write_cache(root: Path, index: int, kind: str, level: int, size: str) -> None:
    folder = root / f"index{index}"
    folder.mkdir()
    for name, text in (("type", kind), ("level", str(level)), ("size", size)):
        (folder / name).write_text(f"{text}\n")


def test_cache_sizes_are_read_from_the_system(tmp_path: Path) -> None:
    write_cache(tmp_path, 0, "Data", 1, "48K")
    write_cache(tmp_path, 1, "Instruction", 1, "32K")
    write_cache(tmp_path, 2, "Unified", 2, "1024K")
    write_cache(tmp_path, 3, "Unified", 3, "32M")
    (tmp_path / "index4").mkdir()
    assert cache_sizes(tmp_path) == {1: 48 << 10, 2: 1 << 20, 3: 32 << 20}


def test_an_unknown_cache_has_a_usual_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_sizes(tmp_path) == {}
    monkeypatch.setattr("harness.bench.stopwatch.cache_sizes", dict)
    assert last_level_cache_bytes() == DEFAULT_CACHE_BYTES
