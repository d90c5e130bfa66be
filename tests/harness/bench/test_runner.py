from __future__ import annotations

from typing import Any

import pytest
import toykernel as toy

from harness.bench import roofline
from harness.bench.records import Bandwidth, BenchRecord, BenchRun, Ceilings
from harness.bench.runner import Conditions, bench, require_device
from harness.bench.stopwatch import HostStopwatch
from harness.bench.threads import available_cores
from harness.errors import Unavailable
from harness.kernel import Device, Implementation, Kernel

LIMITS = Ceilings(
    device="cpu",
    threads=1,
    bandwidths=(Bandwidth(level="memory", holds_bytes=None, bytes_per_s=8e9),),
    flops_per_s=1e9,
    flops_dtype="float32",
    source="made up",
)


class Ticking:
    """A clock that moves on by 1 ms whenever it is read."""

    def __init__(self) -> None:
        self.ns = 0.0

    def now(self) -> float:
        self.ns += 1e6
        return self.ns


@pytest.fixture(autouse=True)
def _known_ceilings(monkeypatch: pytest.MonkeyPatch) -> None:
    def known(device: Device, threads: int) -> Ceilings:
        return LIMITS.model_copy(update={"threads": threads})

    monkeypatch.setattr(roofline, "ceilings", known)


def run(*implementations: Implementation, **options: Any) -> BenchRun:
    return run_kernel(toy.kernel(*implementations), **options)


def run_kernel(kernel: Kernel, **options: Any) -> BenchRun:
    watch = HostStopwatch(now=Ticking().now)
    conditions = Conditions(budget_s=0.0, **options)
    return bench(kernel, conditions, source_digest="d" * 64, stopwatch=watch)


def row(found: BenchRun, implementation: str, case: str = "n100") -> BenchRecord:
    return next(r for r in found.rows if (r.implementation, r.case) == (implementation, case))


def test_a_row_says_all_about_one_timing() -> None:
    found = row(run(toy.NUMPY, toy.LOOP), "loop")
    assert (found.status, found.reason, found.peer) == ("ok", "", True)
    assert (found.threads, found.cache, found.device, found.loops) == (1, "warm", "cpu", 1)
    assert found.samples_ns == (1e6,) * 10
    assert found.summary is not None
    assert (found.summary.median_ns, found.summary.n) == (1e6, 10)
    assert found.ratio_to["numpy"].model_dump() == {"ratio": 1.0, "low": 1.0, "high": 1.0}
    assert found.ns_per_pair == 1e4
    assert (found.bytes, found.flops) == (800, 100)
    assert found.roofline is not None
    assert (found.roofline.attainable_ns, found.roofline.share) == pytest.approx((100, 1e-4))


def test_one_row_per_case_threads_and_implementation_in_order() -> None:
    everything = sorted({1, available_cores()})
    found = run(toy.NUMPY, toy.LOOP, threads=tuple(everything))
    assert [(r.case, r.threads, r.implementation) for r in found.rows] == [
        (case, threads, name)
        for case in ("n100", "n10000")
        for threads in everything
        for name in ("numpy", "loop")
    ]
    assert [limit.threads for limit in found.ceilings] == everything
    assert found.thread_control


def test_what_is_refused_is_a_row_without_time_and_the_rest_is_timed() -> None:
    refused = [toy.WRONG, toy.RAISING, toy.UNPREPARED, toy.GREEDY, toy.ODD, toy.MISSING]
    found = run(toy.NUMPY, *refused)
    assert row(found, "numpy").status == "ok"
    assert {r.implementation: r.status for r in found.rows} == {
        "numpy": "ok",
        "wrong": "wrong",
        "raising": "failed",
        "unprepared": "failed",
        "greedy": "wrong",
        "odd": "wrong",
        "missing": "unavailable",
    }
    for one in refused:
        assert row(found, one.name).samples_ns == ()
        assert row(found, one.name).reason
    assert row(found, "numpy").ratio_to == {}


def test_too_large_a_case_is_skipped_for_that_peer_alone() -> None:
    found = run(toy.NUMPY, toy.LOOP)
    assert row(found, "loop", "n10000").status == "skipped"
    assert row(found, "numpy", "n10000").status == "ok"


def test_right_only_at_first_is_wrong() -> None:
    found = run(toy.NUMPY, toy.FORGETFUL)
    assert row(found, "forgetful").status == "wrong"
    assert row(found, "forgetful").reason.startswith("right at first, no longer after timing")
    assert "forgetful" not in row(found, "numpy").ratio_to


def test_a_crash_while_timing_takes_nobody_else_along() -> None:
    found = run(toy.NUMPY, toy.FRAGILE, toy.LOOP)
    assert row(found, "fragile").status == "failed"
    assert "StopIteration" in row(found, "fragile").reason
    assert set(row(found, "numpy").ratio_to) == {"loop"}


def test_a_time_below_the_roofline_is_flagged(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = LIMITS.model_copy(update={"flops_per_s": 1e3})
    monkeypatch.setattr(roofline, "ceilings", lambda device, threads: slow)
    found = row(run(toy.NUMPY), "numpy")
    assert found.status == "ok"
    assert "faster than the roofline" in found.reason


def test_the_run_says_where_and_from_what() -> None:
    found = run(toy.NUMPY, seed=3)
    assert (found.kernel, found.baseline, found.seed) == ("toy", "numpy", 3)
    assert found.source_digest == "d" * 64
    assert found.environment.packages["numpy"]
    assert found.started_at.tzinfo is not None
    assert BenchRun.model_validate_json(found.model_dump_json()) == found


def test_implementations_for_another_device_are_left_alone() -> None:
    assert {r.implementation for r in run(toy.NUMPY, toy.GPU).rows} == {"numpy"}


def test_a_gpu_that_is_not_there_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(Unavailable, match="no GPU"):
        require_device("cuda")
