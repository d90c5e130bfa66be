from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.made import cell, found, pinned, timing
from harness.errors import ExitCode
from harness.gate.baseline import Baseline, MadeWith, PinnedCell, Rules
from harness.gate.compare import (
    Row,
    Verdict,
    compare,
    exit_code,
    judge_metric,
    judge_run,
    judge_timing,
)
from harness.gate.measure import Finding, Readings

RULES = Rules()
numbers = st.lists(st.floats(-100, 100), min_size=2, max_size=2)


def compared(cells: list[PinnedCell], findings: list[Finding], **facts: Any) -> list[Row]:
    made = Baseline(made_with=MadeWith(reference="r"), cells=tuple(cells))
    return compare(made, findings, **{"reference": "r", **facts})


def metric(before: Any, *now: float, up: bool = True) -> Row:
    return judge_metric("cell", "AP", before, Readings(now, up), RULES)


@pytest.mark.parametrize(
    ("now", "up", "verdict"),
    [
        (0.5, True, Verdict.NOT_WORSE),
        (0.495, True, Verdict.NOT_WORSE),
        (0.505, True, Verdict.NOT_WORSE),
        (0.48, True, Verdict.WORSE),
        (0.52, True, Verdict.BETTER),
        (0.48, False, Verdict.BETTER),
        (0.52, False, Verdict.WORSE),
    ],
)
def test_a_metric_is_judged_in_its_own_direction(now: float, up: bool, verdict: Verdict) -> None:
    assert metric(pinned(0.5, 0.5, up=up), now, now, up=up).verdict is verdict


@given(before=numbers, now=numbers, tolerance=st.floats(1e-6, 50))
def test_negating_a_metric_and_its_direction_changes_nothing(
    before: list[float], now: list[float], tolerance: float
) -> None:
    one = metric(pinned(*before, tolerance=tolerance), *now)
    other = metric(
        pinned(*(-v for v in before), tolerance=tolerance, up=False), *(-v for v in now), up=False
    )
    assert one.verdict is other.verdict
    assert one.moved == other.moved


@given(before=numbers, tolerance=st.none() | st.floats(0, 1e6))
def test_what_did_not_move_is_not_worse_whatever_the_tolerance(
    before: list[float], tolerance: float | None
) -> None:
    row = metric(pinned(*before, tolerance=tolerance), *before)
    assert row.verdict is Verdict.NOT_WORSE
    assert not row.moved


def test_exact_methods_have_no_room() -> None:
    exact = pinned(0.5, 0.5, tolerance=1e-9)
    assert metric(exact, 0.5 + 1e-12, 0.5).verdict is Verdict.NOT_WORSE
    assert metric(exact, 0.5 - 1e-8, 0.5).verdict is Verdict.WORSE


def test_a_move_that_nothing_can_be_told_of() -> None:
    assert metric(pinned(0.5, tolerance=None), 0.1).verdict is Verdict.CANNOT_TELL
    wide = pinned(0.2, 0.8, tolerance=10.0)
    assert metric(wide, 0.1, 0.7).verdict is Verdict.CANNOT_TELL
    turned = metric(pinned(0.5, 0.5), 0.5, 0.5, up=False)
    assert turned.verdict is Verdict.CANNOT_TELL
    assert turned.moved


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [
        ((1.0,) * 9, Verdict.NOT_WORSE),
        ((1.2,) * 9, Verdict.NOT_WORSE),
        ((1.3,) * 9, Verdict.WORSE),
        ((0.7,) * 9, Verdict.BETTER),
        # Wide, but all of it below the limit, or all above: that can be told.
        ((0.5, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2), Verdict.NOT_WORSE),
        ((1.3, 1.3, 1.4, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0), Verdict.WORSE),
        # Straddles the limit: narrow is not worse, wide cannot be told.
        ((1.15, 1.15, 1.2, 1.2, 1.22, 1.25, 1.26, 1.27, 1.3), Verdict.NOT_WORSE),
        ((0.9, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6), Verdict.CANNOT_TELL),
        ((1.0,) * 5, Verdict.CANNOT_TELL),
        ((), Verdict.CANNOT_TELL),
    ],
)
def test_a_time_is_worse_only_if_its_whole_interval_is(
    ratios: tuple[float, ...], verdict: Verdict
) -> None:
    row = judge_timing("cell", timing(), ratios)
    assert row.verdict is verdict
    assert row.tolerance == pytest.approx(0.25)


def test_times_are_compared_only_where_that_means_something() -> None:
    slow = found(ratios=(9.0,) * 9)
    timed = cell(timing=timing())
    assert compared([timed], [slow])[-1].verdict is Verdict.WORSE
    assert compared([timed], [slow], timings="--no-timings")[-1].verdict is Verdict.SKIPPED
    foreign = compared([timed], [slow], reference="another")[-1]
    assert foreign.verdict is Verdict.CANNOT_TELL
    assert "another reference (r)" in foreign.reason
    explained = compared([cell(untimed="too short")], [slow])[-1]
    assert (explained.verdict, explained.reason) == (Verdict.SKIPPED, "not pinned: too short")
    assert [r.kind for r in compared([cell()], [slow])] == ["run", "metric"]


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({}, Verdict.NOT_WORSE),
        ({"outcome": "failed", "reason": "crash"}, Verdict.WORSE),
        ({"outcome": "failed", "data": ""}, Verdict.WORSE),
        ({"outcome": "unavailable", "reason": "no GPU"}, Verdict.CANNOT_TELL),
        ({"data": "other"}, Verdict.CANNOT_TELL),
        ({"data": "other", "outcome": "failed"}, Verdict.CANNOT_TELL),
    ],
)
def test_whether_a_cell_runs(facts: dict[str, Any], verdict: Verdict) -> None:
    row = judge_run(cell(), found(**facts))
    assert row.verdict is verdict
    assert row.reason or verdict is Verdict.NOT_WORSE or facts.get("data") == ""


def test_metrics_of_a_cell_that_does_not_run_are_not_compared() -> None:
    rows = compared([cell(), cell(method="b")], [found(outcome="failed"), found()])
    assert [(r.cell, r.kind) for r in rows] == [
        ("m × t", "run"),
        ("b × t", "run"),
        ("b × t", "metric"),
    ]
    assert exit_code(rows) == ExitCode.REGRESSION


def test_a_value_that_is_gone_is_worse() -> None:
    lost = found(metrics={}, absent={"AP": "no images"})
    assert compared([cell()], [lost])[-1].verdict is Verdict.WORSE
    assert "no images" in compared([cell()], [lost])[-1].reason
    assert "no longer" in compared([cell()], [found(metrics={})])[-1].reason


def test_nothing_compared_cannot_be_told() -> None:
    assert exit_code(compared([], [])) == ExitCode.CANNOT_TELL
    assert exit_code([]) == ExitCode.CANNOT_TELL
    assert exit_code([Row("c", "time", "t", Verdict.SKIPPED)]) == ExitCode.CANNOT_TELL
    never_run = compared([cell(metrics={})], [found()])
    assert exit_code(never_run) == ExitCode.CANNOT_TELL


@given(st.lists(st.sampled_from(Verdict), max_size=6))
def test_the_gravest_verdict_decides(verdicts: list[Verdict]) -> None:
    code = exit_code([Row("c", "metric", "AP", verdict) for verdict in verdicts])
    if Verdict.WORSE in verdicts:
        assert code == ExitCode.REGRESSION
    elif Verdict.CANNOT_TELL in verdicts or not {Verdict.BETTER, Verdict.NOT_WORSE} & set(verdicts):
        assert code == ExitCode.CANNOT_TELL
    else:
        assert code == ExitCode.OK
