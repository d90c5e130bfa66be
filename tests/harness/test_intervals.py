from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import toys
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness import intervals
from harness.errors import BadInput

columns = arrays(
    np.float64, st.integers(2, 30), elements=st.floats(-1e3, 1e3, allow_subnormal=False)
)


def table(values: Any, ids: list[str] | None = None) -> pa.Table:
    column = np.asarray(values, np.float64)
    return pa.table({"id": ids or [str(i) for i in range(len(column))], "kept": column})


@pytest.mark.parametrize(
    ("successes", "low", "high"),
    [
        # Wilson's formula worked by hand, z = 1.959964: at 0 of n, [0, z² / (n + z²)].
        (0, 0.0, 0.0713476),
        (50, 1 - 0.0713476, 1.0),
        (25, 0.3664449, 0.6335551),
    ],
)
def test_the_wilson_interval_of_fifty(successes: int, low: float, high: float) -> None:
    found = intervals.proportion(successes, 50)
    assert found.low == pytest.approx(low, abs=1e-6)
    assert found.high == pytest.approx(high, abs=1e-6)


@pytest.mark.parametrize(("successes", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_no_proportion(successes: int, n: int) -> None:
    with pytest.raises(BadInput, match="is no proportion"):
        intervals.proportion(successes, n)


def test_zeros_and_ones_get_wilson_and_other_values_the_bootstrap() -> None:
    task = toys.Counting()
    assert "Wilson, n = 4" in intervals.interval_of(task, table([0, 1, 1, 0]), "kept").method
    assert "bootstrap" in intervals.interval_of(task, table([0, 1, 0.5]), "kept").method
    assert intervals.interval_of(task, table([]), "kept") is None
    assert intervals.interval_of(task, table([1.0]), "never") is None


def test_a_value_that_is_absent_or_not_finite_is_told() -> None:
    for values in ([0.0, np.nan], [np.inf, 1.0]):
        with pytest.raises(BadInput, match="per-example value of kept"):
            intervals.interval_of(toys.Counting(), table(values), "kept")


@pytest.mark.parametrize("values", [[3.5], [3.5] * 7])
def test_one_example_or_constant_values_give_a_point(values: list[float]) -> None:
    found = intervals.mean_interval(np.array(values))
    assert (found.low, found.high) == (3.5, 3.5)


def test_one_unit_of_a_resampler_tells_nothing() -> None:
    found = intervals.bootstrap(lambda weights: weights @ np.array([2.0]), 1)
    assert (found.low, found.high, found.method) == (2.0, 2.0, "one unit: no spread known")


def test_clusters_are_resampled_whole() -> None:
    values = np.array([0.0, 0.0, 1.0, 1.0])
    one = intervals.cluster_interval(values, ["a"] * 4)
    assert (one.low, one.high, one.method) == (0.5, 0.5, "one cluster: no spread known")
    # Two clusters: a resample has one of three means, so the interval spans all of them.
    two = intervals.cluster_interval(values, ["a", "a", "b", "b"])
    assert (two.low, two.high) == (0.0, 1.0)
    apart = intervals.cluster_interval(values, list("abcd"))
    mean = intervals.mean_interval(values)
    assert (apart.low, apart.high) == (mean.low, mean.high)


@settings(max_examples=25, deadline=None)
@given(columns)
def test_the_interval_of_a_mean_holds_the_mean_and_comes_out_the_same_twice(values: Any) -> None:
    found = intervals.mean_interval(values)
    slack = 1e-9 * (1 + np.abs(values).max())
    assert values.min() - slack <= found.low <= found.high <= values.max() + slack
    assert intervals.mean_interval(values) == found
    if (
        len(values) >= 10
        and values.std() > 1e-6
        and np.ptp(np.sort(values)[1:-1]) > 0.5 * np.ptp(values)
    ):
        assert found.low - slack <= values.mean() <= found.high + slack


def test_the_bootstrap_covers_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    trials = 150
    hits = 0
    for _ in range(trials):
        found = intervals.bootstrap(intervals.Mean(rng.normal(2.0, 1.0, 40)), 40, resamples=300)
        hits += found.low <= 2.0 <= found.high
    # 95 % nominal; the percentile interval of 40 values has about 93 %, ±2 % at 150 trials.
    assert 0.86 <= hits / trials <= 0.99
