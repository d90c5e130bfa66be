from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.records import Bandwidth, Ceilings, Roofline
from harness.bench.roofline import attainable, ceilings
from harness.kernel import Cost

LIMITS = Ceilings(
    device="cpu",
    threads=1,
    bandwidths=(
        Bandwidth(level="L2", holds_bytes=1000, bytes_per_s=100e9),
        Bandwidth(level="memory", holds_bytes=None, bytes_per_s=10e9),
    ),
    flops_per_s=1e12,
    flops_dtype="float32",
    source="made up",
)


def at(cost: Cost, *, cold: bool = False, median_ns: float = 100.0) -> Roofline:
    found = attainable(cost, LIMITS, cold=cold, median_ns=median_ns)
    assert found is not None
    return found


def test_warm_data_are_held_to_the_cache_they_fit_in() -> None:
    assert at(Cost(bytes=1000, flops=0)).attainable_ns == pytest.approx(10)
    assert at(Cost(bytes=1000, flops=0)).bound == "L2"
    assert at(Cost(bytes=1001, flops=0)).attainable_ns == pytest.approx(100.1)
    assert at(Cost(bytes=1001, flops=0)).bound == "memory"


def test_cold_data_come_from_memory() -> None:
    found = at(Cost(bytes=500, flops=0), cold=True)
    assert (found.attainable_ns, found.share, found.bound) == pytest.approx((50, 0.5, "memory"))


def test_arithmetic_sets_the_limit_where_it_takes_longer() -> None:
    found = at(Cost(bytes=100, flops=50_000))
    assert (found.attainable_ns, found.share, found.bound) == pytest.approx((50, 0.5, "compute"))


@given(st.floats(0, 1e12), st.floats(0, 1e12), st.floats(1, 1e12))
def test_more_work_never_allows_less_time(size: float, flops: float, more: float) -> None:
    base = at(Cost(bytes=size, flops=flops)).attainable_ns
    assert at(Cost(bytes=size + more, flops=flops)).attainable_ns >= base
    assert at(Cost(bytes=size, flops=flops + more)).attainable_ns >= base


def test_without_the_fitting_ceiling_there_is_no_share() -> None:
    blind = LIMITS.model_copy(
        update={
            "bandwidths": (
                Bandwidth(level="L2", holds_bytes=1000, bytes_per_s=None),
                LIMITS.bandwidths[1],
            )
        }
    )
    assert attainable(Cost(bytes=10, flops=1), blind, cold=False, median_ns=1.0) is None
    assert attainable(Cost(bytes=10, flops=1), blind, cold=True, median_ns=1.0) is not None


@pytest.mark.slow
def test_this_machine_has_plausible_ceilings() -> None:
    found = ceilings("cpu", 1)
    rates = [b.bytes_per_s for b in found.bandwidths if b.bytes_per_s]
    assert rates == sorted(rates, reverse=True)
    assert 1e8 < rates[-1] < 1e13
    assert 1e8 < found.flops_per_s < 1e14
    assert found.bandwidths[-1].holds_bytes is None
