from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_records import answers, put

from harness import statistics
from harness.errors import BadInput
from harness.record import Interval
from harness.reports import comparisons
from harness.reports.comparisons import (
    compare_runs,
    compare_seeds,
    equivalent_runs,
    one_sided,
    tost,
)
from harness.statistics import Comparison
from harness.store import Store
from harness.task import PairedResampler


def _comparison(difference: float, p_value: float) -> Comparison:
    interval = Interval(low=difference, high=difference, level=0.95, method="by hand")
    return Comparison("accuracy", difference, 0.0, difference, interval, p_value, "a test", 10)


def test_comparison_is_computed_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = put(store, answers(35)), put(store, answers(20), config={"mode": "hard"})
    found = compare_runs(store, first, second, "accuracy")
    assert found.difference == pytest.approx(15 / 40)
    assert found.p_value < 0.001
    monkeypatch.setattr(statistics, "compare", None)
    assert compare_runs(store, first, second, "accuracy") == found


def test_runs_on_different_data_are_not_compared(store: Store) -> None:
    first = put(store, answers(35))
    second = put(store, answers(20), config={"mode": "hard"}, data="other")
    with pytest.raises(BadInput, match="different data"):
        compare_runs(store, first, second, "accuracy")


def test_run_without_examples_is_not_compared(store: Store) -> None:
    first = put(store, answers(35))
    with pytest.raises(BadInput, match="no per-example values"):
        compare_runs(store, first, put(store, config={"mode": "hard"}), "accuracy")


def test_one_sided_halves_in_the_right_direction() -> None:
    assert one_sided(_comparison(+0.1, 0.04), higher_is_better=True) == pytest.approx(0.02)
    assert one_sided(_comparison(-0.1, 0.04), higher_is_better=True) == pytest.approx(0.98)
    assert one_sided(_comparison(-0.1, 0.04), higher_is_better=False) == pytest.approx(0.02)
    assert one_sided(_comparison(0.0, 1.0), higher_is_better=True) == pytest.approx(0.5)


def _paired(values: np.ndarray) -> PairedResampler:
    ids = [str(i) for i in range(len(values))]
    tables = [pa.table({"id": ids, "accuracy": v}) for v in (values, np.zeros_like(values))]
    return statistics.paired_mean(tables[0], tables[1], "accuracy")


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.floats(-1, 1), min_size=5, max_size=30),
    margin=st.floats(0.01, 0.5),
)
def test_tost_rejects_just_when_its_interval_lies_within_the_margin(
    values: list[float], margin: float
) -> None:
    first = np.asarray(values)
    paired = _paired(first)
    found = tost(paired, "accuracy", margin, 0.05)
    assert found.difference == pytest.approx(first.mean())
    within = -margin < found.interval.low and found.interval.high < margin
    # At the level itself, quantile and count may fall on either side of one draw.
    if abs(found.p_value - 0.05) > 0.003:
        assert (found.p_value < 0.05) == within


def test_equivalence_of_runs(store: Store) -> None:
    first = put(store, answers(100, 120))
    same = put(store, answers(100, 120), config={"strength": 1})
    other = put(store, answers(118, 120), config={"strength": 2})
    assert equivalent_runs(store, first, same, "accuracy", 0.05, 0.05).p_value < 0.01
    found = equivalent_runs(store, first, other, "accuracy", 0.05, 0.05)
    assert found.p_value > 0.5
    assert found.interval.level == pytest.approx(0.9)
    # Another margin is another question.
    assert equivalent_runs(store, first, other, "accuracy", 0.3, 0.05).p_value < 0.01


def test_seeds_are_paired(store: Store) -> None:
    first = [put(store, answers(30 + s), seed=s) for s in range(6)]
    second = [put(store, answers(20 + s), seed=s, config={"mode": "hard"}) for s in range(5)]
    found = compare_seeds(first, second, "accuracy")
    assert found.units == 5
    assert found.difference == pytest.approx(0.25)
    # Of the 32 exchanges only two are as extreme as the one observed.
    assert found.p_value == pytest.approx(2 / 32)
    assert found.test == "exact paired permutation over 5 seeds"


def test_one_shared_seed_is_no_test(store: Store) -> None:
    with pytest.raises(BadInput, match="1 shared seeds"):
        compare_seeds([put(store, answers(3))], [put(store, answers(2))], "accuracy")


def test_answers_depend_on_the_code_that_resamples() -> None:
    files = comparisons._sources("report_toys")
    assert any(path.endswith("statistics.py") for path in files)
    assert any(path.endswith("report_toys.py") for path in files)
