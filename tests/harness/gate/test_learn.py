from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gate.made import cell, found, pinned
from harness.gate.baseline import MadeWith, Rules
from harness.gate.learn import (
    learn,
    metric_tolerance,
    remarks,
    rounding,
    timing_tolerance,
    too_wide,
)
from harness.gate.measure import Readings

RULES = Rules()
values = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=6)


def test_one_seed_shows_no_spread() -> None:
    assert metric_tolerance([0.5], RULES, 1) is None


def test_seeds_that_agree_leave_rounding_only() -> None:
    assert metric_tolerance([0.5, 0.5, 0.5], RULES, 4) == pytest.approx(1e-9)
    assert metric_tolerance([5e6, 5e6], RULES, 4) == pytest.approx(5e-3)


def test_the_worked_example() -> None:
    # n = 3, s = 1: t(0.99, 2) = 6.9646 (Student's table), times sqrt(2/3).
    assert metric_tolerance([4, 5, 6], RULES, 1) == pytest.approx(
        6.9646 * math.sqrt(2 / 3), rel=1e-4
    )


@given(values, st.integers(1, 50))
def test_more_noisy_metrics_and_more_confidence_widen(seeds: list[float], noisy: int) -> None:
    assume(max(seeds) - min(seeds) > 1e-3)
    here = metric_tolerance(seeds, RULES, noisy)
    assert here is not None
    assert here >= rounding(float(np.mean(seeds)), RULES)
    assert here <= (metric_tolerance(seeds, RULES, noisy + 1) or 0)
    assert here <= (metric_tolerance(seeds, Rules(false_alarm=0.001), noisy) or 0)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_the_false_alarm_rate_is_the_one_promised(n: int) -> None:
    rng = np.random.default_rng(n)
    rules = Rules(false_alarm=0.05)
    pairs = rng.normal(10, 1, (2000, 2, n))
    alarms = sum(
        after.mean() < before.mean() - (metric_tolerance(before.tolist(), rules, 1) or 0)
        for before, after in pairs
    )
    # Binomial standard deviation of the rate: 0.005.
    assert abs(alarms / len(pairs) - 0.05) < 0.02


def test_time_tolerances_have_a_floor_and_follow_the_noise() -> None:
    assert timing_tolerance([1.0] * 5, RULES) is None
    assert timing_tolerance([1.0] * 9, RULES) == RULES.timing_floor
    noisy = [0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8]
    # Nine values: the interval of the median is the second to the eighth.
    assert timing_tolerance(noisy, RULES) == pytest.approx(1.6 - 0.6)
    assert timing_tolerance([10 * r for r in noisy], RULES) == pytest.approx(1.0)


def test_what_is_learned_is_pinned() -> None:
    metrics = {"AP": Readings((0.4, 0.6), True, "%"), "loss": Readings((2.0, 2.0), False)}
    suite = [cell(metrics={})]
    made = learn(suite, [found(metrics=metrics, ratios=(2.0,) * 9)], RULES, MadeWith(cpu="c"))
    (learned,) = made.cells
    assert learned.data == "d"
    assert learned.metrics["AP"].values == (0.4, 0.6)
    assert learned.metrics["AP"].unit == "%"
    # One of the two metrics is noisy, so it has the whole chance of a false alarm to itself.
    assert learned.metrics["AP"].tolerance == metric_tolerance([0.4, 0.6], RULES, 1)
    assert not learned.metrics["loss"].higher_is_better
    assert learned.metrics["loss"].tolerance == pytest.approx(2e-9)
    assert learned.timing is not None
    assert learned.timing.ratios == (2.0,) * 9
    assert made.made_with.cpu == "c"


@pytest.mark.parametrize(
    ("ratios", "device", "untimed", "why"),
    [
        ((), "cpu", "", "0 timed runs are too few"),
        ((0.01,) * 9, "cpu", "", "too short"),
        ((1, 1, 1, 1, 2, 3, 4, 5, 6), "cpu", "", "too noisy"),
        ((1.0,) * 9, "cuda", "", "runs on the CPU"),
        ((1.0,) * 9, "cpu", "--no-timings", "--no-timings"),
    ],
)
def test_times_that_could_not_gate_are_not_pinned(
    ratios: tuple[float, ...], device: str, untimed: str, why: str
) -> None:
    suite = [cell(device=device)]
    made = learn(suite, [found(ratios=ratios)], RULES, MadeWith(), untimed=untimed)
    assert made.cells[0].timing is None
    assert why in made.cells[0].untimed
    assert any(why in line for line in remarks(made))


def test_what_will_gate_badly_is_remarked() -> None:
    suite = [cell(seeds=(0,)), cell(method="b"), cell(method="c")]
    wild = {"AP": Readings((0.1, 0.9))}
    findings = [found(0.5, ratios=(1.0,) * 9), found(metrics=wild), found(metrics={})]
    lines = "\n".join(remarks(learn(suite, findings, RULES, MadeWith())))
    assert "m × t: one seed" in lines
    assert "b × t: seeds differ too much to tell small changes of AP" in lines
    assert "c × t: no metric" in lines


def test_a_tolerance_is_too_wide_relative_to_its_baseline() -> None:
    assert too_wide(pinned(1.0, 1.0, tolerance=0.26), RULES)
    assert not too_wide(pinned(1.0, 1.0, tolerance=0.24), RULES)
    assert not too_wide(pinned(0.0, 0.0, tolerance=1e-9), RULES)
    assert too_wide(pinned(1.0, tolerance=None), RULES)
