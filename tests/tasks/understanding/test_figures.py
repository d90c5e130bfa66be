"""The worked examples of the benchmarks' rules, and resampling against the official functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.task import Absent
from harness.tasks.understanding import figures
from harness.tasks.understanding.outcomes import Outcomes, PairedResampled, Resampled, joined

pytest.importorskip("lm_eval")
JUDGES = {
    "CB": (figures.CB, 3),
    "MultiRC": (figures.MULTIRC, 2),
    "MRPC": (figures.MRPC, 2),
    "CoLA": (figures.COLA, 2),
    "STS-B": (figures.STSB, None),
}


def outcomes(predicted: Any, gold: Any, groups: Any = None, units: Any = None) -> Outcomes:
    names = [str(i) for i in range(len(gold))]
    return Outcomes(
        np.array(predicted, float), np.array(gold, float), groups or names, units or groups or names
    )


def test_multirc_pools_answers_and_wants_whole_questions() -> None:
    found = figures.MULTIRC.official(
        outcomes([1, 0, 0, 0, 1, 1, 0], [1, 0, 1, 0, 1, 0, 0], list("aaabbcc"))
    )
    assert found == {
        "f1": pytest.approx(2 / 3),
        "em": pytest.approx(1 / 3),
        "score": pytest.approx(0.5),
    }


def test_cb_averages_three_classes() -> None:
    found = figures.CB.official(outcomes([0, 1, 1, 1, 0, 0], [0, 0, 1, 1, 2, 0]))
    assert found["accuracy"] == pytest.approx(0.666667, abs=5e-7)
    assert found["f1"] == pytest.approx(0.488889, abs=5e-7)
    assert found["score"] == pytest.approx(0.577778, abs=5e-7)


def test_an_absent_class_counts_zero() -> None:
    assert figures.CB.official(outcomes([0, 1, 1], [0, 0, 1]))["f1"] == pytest.approx(4 / 9)


def test_record_takes_the_best_accepted_answer() -> None:
    found = figures.record_figures(
        ["the United States", "Barack", "Rome"],
        [["United States", "U.S."], ["Barack Obama"], ["Paris"]],
    )
    assert found["f1"].tolist() == pytest.approx([1, 2 / 3, 0])
    assert found["em"].tolist() == [1, 0, 0]
    assert found["score"].mean() == pytest.approx((5 / 9 + 1 / 3) / 2)


def test_record_answers_may_hold_underscores() -> None:
    assert figures.record_figures(["a_b c"], [["d", "a_b c"]])["em"].tolist() == [1]


def test_no_correlation_of_a_constant() -> None:
    found = figures.STSB.official(outcomes([2, 2, 2], [1, 2, 3]))
    assert all(
        isinstance(value, Absent) and "prediction" in value.reason for value in found.values()
    )


@st.composite
def runs(draw: Any, count: int) -> tuple[str, list[Outcomes], np.ndarray[Any, Any]]:
    """Return a judge's name, runs on the same examples and whole weights of their units."""
    name = draw(st.sampled_from(sorted(JUDGES)))
    classes = JUDGES[name][1]
    n = draw(st.integers(8, 30))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    groups = (
        [str(g) for g in np.sort(rng.integers(0, max(2, n // 3), n))] if name == "MultiRC" else None
    )
    units = [f"u{int(g) // 2}" for g in groups] if groups else None

    def values() -> Any:
        if classes is None:
            return np.round(rng.uniform(0, 5, n), 1)
        return np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])

    gold = values()
    made = [outcomes(rng.permutation(values()), gold, groups, units) for _ in range(count)]
    weights = rng.integers(0, 3, (count, made[0].unit_numbers()[1]))
    weights[0] += weights[0].sum() == 0
    return name, made, weights


def repeated(run: Outcomes, weights: Any, prefix: str = "") -> Outcomes:
    """Return ``run`` with each unit written out as often as its weight says."""
    number, _ = run.unit_numbers()
    rows = [(copy, i) for i in range(len(number)) for copy in range(weights[number[i]])]
    index = [i for _, i in rows]
    return Outcomes(
        run.predicted[index],
        run.gold[index],
        [f"{prefix}{copy}:{run.groups[i]}" for copy, i in rows],
        [f"{prefix}{copy}:{run.units[i]}" for copy, i in rows],
    )


def agree(name: str, metric: str, found: float, sample: Outcomes) -> None:
    expected = JUDGES[name][0].official(sample)[metric] if len(sample.gold) > 1 else None
    if isinstance(expected, float) and np.isfinite(expected):
        assert found == pytest.approx(expected, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(runs(1))
@pytest.mark.filterwarnings("ignore")
def test_weights_are_repetitions(made: Any) -> None:
    name, (run,), weights = made
    for metric, bind in (JUDGES[name][0].resampled or {}).items():
        resampler = Resampled(run.unit_numbers()[1], bind(run))
        ones = resampler(np.ones((1, resampler.units), np.int64))[0]
        agree(name, metric, ones, run)
        agree(name, metric, resampler(weights)[0], repeated(run, weights[0]))


@settings(max_examples=60, deadline=None)
@given(runs(2))
@pytest.mark.filterwarnings("ignore")
def test_pairs_take_units_from_either_run(made: Any) -> None:
    name, (first, second), weights = made
    both = joined(first, second)
    parts = [
        repeated(run, w, side) for run, w, side in zip((first, second), weights, "ab", strict=True)
    ]
    sample = Outcomes(
        np.concatenate([p.predicted for p in parts]),
        np.concatenate([p.gold for p in parts]),
        [g for p in parts for g in p.groups],
        [u for p in parts for u in p.units],
    )
    for metric, bind in (JUDGES[name][0].resampled or {}).items():
        resampler = PairedResampled(both.unit_numbers()[1] // 2, bind(both))
        agree(name, metric, resampler(weights[:1], weights[1:])[0], sample)


def test_runs_on_other_examples_are_refused() -> None:
    with pytest.raises(BadInput, match="not scored on the same examples"):
        joined(outcomes([0, 1], [0, 1]), outcomes([0, 1], [1, 1]))
