from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import toys
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness import statistics
from harness.errors import BadInput

columns = arrays(
    np.float64, st.integers(2, 30), elements=st.floats(-1e3, 1e3, allow_subnormal=False)
)
p_values = st.lists(st.floats(0, 1), max_size=8)


def table(values: Any, ids: list[str] | None = None) -> pa.Table:
    column = np.asarray(values, np.float64)
    return pa.table({"id": ids or [str(i) for i in range(len(column))], "kept": column})


def compare(first: Any, second: Any, **options: Any) -> statistics.Comparison:
    return statistics.compare(toys.Counting(), table(first), table(second), "kept", **options)


def exact_p_value(first: Any, second: Any) -> float:
    """Enumerate every exchange; two-sided as twice the smaller tail."""
    difference = np.asarray(first) - np.asarray(second)
    signs = np.array(list(itertools.product((1, -1), repeat=len(difference))))
    means = (signs * difference).mean(axis=1)
    observed = difference.mean()
    tails = (np.mean(means <= observed + 1e-12), np.mean(means >= observed - 1e-12))
    return float(min(1.0, 2 * min(tails)))


@settings(max_examples=25, deadline=None)
@given(arrays(np.float64, (2, 7), elements=st.integers(-20, 20).map(float)))
def test_few_units_are_enumerated_exactly(pair: Any) -> None:
    found = compare(*pair)
    assert found.test == "exact paired permutation over 7 units"
    assert found.p_value == pytest.approx(exact_p_value(*pair), abs=1e-12)
    assert 0 < found.p_value <= 1
    assert found.difference == pytest.approx(pair[0].mean() - pair[1].mean())


@settings(max_examples=15, deadline=None)
@given(arrays(np.float64, (2, 20), elements=st.integers(-20, 20).map(float)))
def test_exchanging_the_runs_exchanges_the_sign_and_nothing_else(pair: Any) -> None:
    there, back = compare(*pair, resamples=50), compare(*pair[::-1], resamples=50)
    assert there.difference == -back.difference
    assert there.p_value == pytest.approx(back.p_value, abs=0.1)
    assert 0 < there.p_value <= 1
    assert (there.interval.low, there.interval.high) == pytest.approx(
        (-back.interval.high, -back.interval.low), abs=1e-9
    )
    assert compare(*pair, resamples=50) == there


def test_the_p_value_is_uniform_where_nothing_differs() -> None:
    rng = np.random.default_rng(1)
    found = np.array(
        [
            compare(rng.normal(size=25), rng.normal(size=25), resamples=20).p_value
            for _ in range(200)
        ]
    )
    # Binomial(200, level) within four standard deviations.
    for level in (0.05, 0.25, 0.5, 0.75):
        assert abs(np.mean(found <= level) - level) < 4 * np.sqrt(level * (1 - level) / 200)


def test_a_clear_difference_is_found() -> None:
    rng = np.random.default_rng(2)
    base = rng.normal(size=50)
    found = compare(base + 1 + 0.1 * rng.normal(size=50), base)
    assert found.p_value < 0.001
    assert found.interval.low > 0.9
    assert found.units == 50


def test_examples_are_paired_by_id_and_not_by_position() -> None:
    task = toys.Counting()
    first = table([1, 2, 3, 4], list("abcd"))
    shuffled = table([4, 3, 2, 1], list("dcba"))
    found = statistics.compare(task, first, shuffled, "kept")
    assert found.difference == 0
    assert found.p_value == 1
    assert (found.interval.low, found.interval.high) == (0, 0)
    with pytest.raises(BadInput, match="not scored on the same examples"):
        statistics.compare(task, first, table([1, 2, 3, 4], list("abce")), "kept")
    with pytest.raises(BadInput, match="AP has no per-example values"):
        statistics.compare(task, first, shuffled, "AP")


def test_no_examples_and_a_single_one() -> None:
    with pytest.raises(BadInput, match="no examples to compare"):
        compare([], [])
    found = compare([2.0], [1.0])
    assert (found.difference, found.p_value) == (1.0, 1.0)
    assert found.interval.low == found.interval.high == 1.0


def test_holm_and_benjamini_hochberg_by_hand() -> None:
    raw = [0.01, 0.04, 0.03, 0.005]
    # Holm: 0.005×4, 0.01×3, 0.03×2, max(0.06, 0.04×1).
    assert statistics.correct(raw) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    # BH: 0.005×4/1, 0.01×4/2, 0.03×4/3, 0.04×4/4, made monotone from the right.
    assert statistics.correct(raw, "bh") == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert statistics.correct([]) == statistics.correct([], "bh") == []
    assert statistics.correct([0.7, 0.8]) == [1.0, 1.0]


@given(p_values)
def test_corrections_only_raise_and_keep_the_order(raw: list[float]) -> None:
    holm, bh = statistics.correct(raw), statistics.correct(raw, "bh")
    for p, h, b in zip(raw, holm, bh, strict=True):
        assert p <= b + 1e-12
        assert b <= h + 1e-12
        assert h <= 1
    order = np.argsort(raw, kind="stable")
    assert (np.diff(np.array(holm)[order]) >= 0).all()


def test_over_seeds() -> None:
    assert statistics.over_seeds([1.0, 3.0]) == (2.0, pytest.approx(2**0.5))
    assert statistics.over_seeds([1.0]) == (1.0, None)
