from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.ratios import median_interval, paired_ratio


@pytest.mark.parametrize(
    ("n", "ranks"), [(6, (1, 6)), (10, (2, 9)), (20, (6, 15)), (50, (18, 33)), (100, (40, 61))]
)
def test_ranks_are_those_of_published_tables(n: int, ranks: tuple[int, int]) -> None:
    """Two-sided 95 % ranks for the median, as tables of nonparametric statistics print them."""
    found = median_interval([float(i) for i in range(1, n + 1)])
    assert (found.low, found.high) == ranks


@given(st.integers(1, 5))
def test_too_few_samples_have_no_interval(n: int) -> None:
    found = median_interval([1.0] * n)
    assert (found.value, found.low, found.high) == (1.0, None, None)


def test_the_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(1000):
        found = median_interval(list(rng.lognormal(size=25)))
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 1.0 <= found.high  # the median of a standard lognormal is 1
    assert 940 <= hits <= 985


@given(st.lists(st.floats(1.0, 1e9), min_size=6, max_size=40), st.floats(0.01, 100.0))
def test_a_constant_factor_is_found_exactly_through_any_drift(own: list[float], k: float) -> None:
    found = paired_ratio([k * ns for ns in own], own)
    assert (found.value, found.low, found.high) == pytest.approx((k, k, k))


def test_samples_must_be_paired() -> None:
    with pytest.raises(ValueError, match="zip"):
        paired_ratio([1.0], [1.0, 2.0])
