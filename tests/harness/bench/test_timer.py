"""The timer is an instrument: these tests try to fool it, on clocks that tell exact times."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bench.stopwatch import HostStopwatch, nothing
from harness.bench.timer import MIN_SAMPLE_NS, Side, SideError, measure


class Device:
    """A processor that takes orders and works them off later, and the clock that sees it."""

    def __init__(self) -> None:
        self.now_ns = 0.0
        self.busy_until_ns = 0.0

    def now(self) -> float:
        return self.now_ns

    def work(self, ns: float) -> Callable[[], None]:
        """Return a call that finishes before it returns."""

        def call() -> None:
            self.now_ns += ns

        return call

    def order(self, ns: float, launch_ns: float = 10.0) -> Callable[[], None]:
        """Return a call that returns after ``launch_ns`` and leaves ``ns`` of work behind."""

        def call() -> None:
            self.now_ns += launch_ns
            self.busy_until_ns = max(self.now_ns, self.busy_until_ns) + ns

        return call

    def synchronize(self) -> None:
        self.now_ns = max(self.now_ns, self.busy_until_ns)

    def stopwatch(self, **options: Any) -> HostStopwatch:
        return HostStopwatch(
            **{"synchronize": self.synchronize, "now": self.now, "resolution_ns": 1.0, **options}
        )


def test_each_side_gets_its_own_time() -> None:
    device = Device()
    sides = [Side("slow", device.work(5e6)), Side("fast", device.work(1e4))]
    samples = measure(sides, device.stopwatch(), budget_s=1.0)
    assert set(samples["slow"].ns) == {5e6}
    assert samples["fast"].ns == pytest.approx([1e4] * len(samples["slow"].ns))


@settings(max_examples=10, deadline=None)
@given(st.floats(1e4, 1e8))
def test_asynchronous_work_is_waited_for(ns: float) -> None:
    device = Device()
    samples = measure([Side("async", device.order(ns))], device.stopwatch(), budget_s=0.0)
    # Launches overlap with earlier work, so all but the first cost nothing.
    assert min(samples["async"].ns) == pytest.approx(ns, rel=0.02)


def test_without_synchronisation_the_same_work_would_look_free() -> None:
    device = Device()
    fooled = device.stopwatch(synchronize=nothing)
    samples = measure([Side("async", device.order(5e6))], fooled, budget_s=0.1)
    assert max(samples["async"].ns) == pytest.approx(10.0)


def test_work_left_over_is_not_charged_to_the_next_side() -> None:
    device = Device()
    sides = [Side("async", device.order(5e6)), Side("sync", device.work(2e6))]
    samples = measure(sides, device.stopwatch(), budget_s=0.5)
    assert set(samples["sync"].ns) == {2e6}


@settings(max_examples=10, deadline=None)
@given(st.floats(2e4, 1e7), st.floats(1.0, 1e4))
def test_samples_are_long_enough_for_the_clock(ns: float, resolution_ns: float) -> None:
    device = Device()
    watch = device.stopwatch(resolution_ns=resolution_ns)
    taken = measure([Side("a", device.work(ns))], watch, budget_s=0.0, min_rounds=1)["a"]
    assert taken.loops * ns >= max(MIN_SAMPLE_NS, 1000 * resolution_ns) * (1 - 1e-9)


def test_a_coarse_clock_is_read_only_over_many_steps() -> None:
    device = Device()
    coarse = device.stopwatch(now=lambda: device.now_ns // 1e6 * 1e6, resolution_ns=1e6)
    taken = measure([Side("a", device.work(7e5))], coarse, budget_s=0.0)["a"]
    assert taken.ns == pytest.approx([7e5] * 10, rel=0.01)


def test_cold_samples_are_single_calls_and_leave_the_flush_out() -> None:
    device = Device()
    calls: list[str] = []

    def call() -> None:
        calls.append("call")
        device.now_ns += 300.0

    def flush() -> None:
        calls.append("flush")
        device.now_ns += 1e6

    taken = measure([Side("a", call)], device.stopwatch(flush=flush), budget_s=0.0)["a"]
    assert taken.loops == 1
    assert set(taken.ns) == {300.0}
    assert calls == ["flush", "call"] * (len(calls) // 2)


def test_sides_take_turns_and_none_always_comes_first() -> None:
    device = Device()
    order: list[str] = []

    def side(name: str) -> Side:
        def call() -> None:
            order.append(name)
            device.now_ns += 2e6

        return Side(name, call)

    measure([side("a"), side("b"), side("c")], device.stopwatch(), budget_s=0.0, min_rounds=3)
    assert "".join(order[-9:]) == "abc" + "bca" + "cab"


def test_drift_cancels_out_of_ratios_taken_within_rounds() -> None:
    device = Device()

    def drifting(ns: float) -> Callable[[], None]:
        def call() -> None:
            device.now_ns += ns * (1 + device.now_ns / 1e9)

        return call

    sides = [Side("a", drifting(2e6)), Side("b", drifting(4e6))]
    samples = measure(sides, device.stopwatch(), budget_s=1.0)
    ratios = [b / a for a, b in zip(samples["a"].ns, samples["b"].ns, strict=True)]
    assert samples["a"].ns[-1] > 1.5 * samples["a"].ns[0]
    assert ratios == pytest.approx([2.0] * len(ratios), rel=0.02)


def test_the_budget_ends_it_but_not_before_the_fewest_rounds() -> None:
    device = Device()
    enough = measure([Side("a", device.work(1e7))], device.stopwatch(), budget_s=0.5)["a"]
    assert 45 <= len(enough.ns) <= 51
    device = Device()
    few = measure([Side("a", device.work(1e9))], device.stopwatch(), budget_s=0.5, min_rounds=7)
    assert len(few["a"].ns) == 7


def test_the_most_rounds_end_it_too() -> None:
    device = Device()
    taken = measure([Side("a", device.work(1e6))], device.stopwatch(), budget_s=99, max_rounds=20)
    assert len(taken["a"].ns) == 20


def test_progress_rises_to_one() -> None:
    device = Device()
    seen: list[float] = []
    measure([Side("a", device.work(1e7))], device.stopwatch(), budget_s=0.2, on_round=seen.append)
    assert seen == sorted(seen)
    assert 0 < seen[0] < seen[-1] <= 1


@pytest.fixture
def collector_on() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


@pytest.mark.usefixtures("collector_on")
def test_no_garbage_is_collected_while_timing() -> None:
    device = Device()
    seen: list[bool] = []

    def call() -> None:
        seen.append(gc.isenabled())
        device.now_ns += 2e6

    measure([Side("a", call)], device.stopwatch(), budget_s=0.0)
    assert not any(seen)
    assert gc.isenabled()


@pytest.mark.usefixtures("collector_on")
def test_a_side_that_raises_is_named_and_the_collector_is_back() -> None:
    device = Device()

    def boom() -> None:
        raise RuntimeError("out of registers")

    with pytest.raises(SideError) as caught:
        measure([Side("a", device.work(2e6)), Side("b", boom)], device.stopwatch())
    assert caught.value.name == "b"
    assert str(caught.value.error) == "out of registers"
    assert gc.isenabled()


def test_sides_must_be_told_apart() -> None:
    device = Device()
    with pytest.raises(ValueError, match="distinct"):
        measure([Side("a", nothing), Side("a", nothing)], device.stopwatch())
    with pytest.raises(ValueError, match="min_rounds"):
        measure([Side("a", nothing)], device.stopwatch(), min_rounds=0)
