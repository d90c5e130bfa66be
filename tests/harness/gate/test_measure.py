from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.made import cell, record
from harness.errors import BadInput
from harness.gate import reference
from harness.gate.measure import Step, measure, passes_for, ratios, schedule, summarise
from harness.record import RunRecord, Status
from harness.runner import Cell, Result, Runner
from harness.store import Store

suites = st.lists(
    st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True), min_size=1, max_size=3
).map(lambda seeds: [cell(method=f"m{i}", seeds=s) for i, s in enumerate(seeds)])


class FakeRunner:
    """Answers with made-up records; the machine slows down with every run."""

    def __init__(self, refuses: str = "", fails_in_pass: int = 0) -> None:
        self.refuses, self.fails_in_pass = refuses, fails_in_pass
        self.passes: list[Sequence[Cell]] = []

    def plan(self, cells: Sequence[Cell]) -> list[Any]:
        for asked in cells:
            if asked.request.method == self.refuses:
                raise BadInput(f"method {self.refuses} does not load")
        return []

    def run(self, cells: Sequence[Cell]) -> Iterator[Result]:
        self.passes.append(cells)
        for place, asked in enumerate(cells):
            own = asked.request.method != reference.REQUEST.method
            seconds = (1 + 0.5 * place) * (3 if own else 1)
            status: Status = "ok"
            if own and len(self.passes) == self.fails_in_pass:
                status = "failed"
            made = record(asked.seed, status, seconds=seconds, request=asked.request)
            yield Result(asked, made, cached=False)


def measured(runner: FakeRunner, *methods: str, timed_runs: int, **options: Any) -> list[Any]:
    suite = [cell(method=m) for m in methods]
    fake = cast(Runner, runner)
    return measure(suite, Path(), fake, timed_runs=timed_runs, **options)


@given(suites)
def test_every_timed_run_stands_between_references(suite: list[Any]) -> None:
    steps = schedule(suite, timed=True)
    counted = [place for place, step in enumerate(steps) if step.counts]
    wanted = [(i, seed) for i, c in enumerate(suite) for seed in c.seeds]
    assert [(steps[p].cell, steps[p].seed) for p in counted] == wanted
    assert all(steps[p - 1].cell is None and steps[p + 1].cell is None for p in counted)
    # Each cell is warmed up before it counts, and no run would be taken for another.
    warm = [(s.cell, s.seed) for s in steps if s.cell is not None and not s.counts]
    assert [c for c, _ in warm] == list(range(len(suite)))
    assert len({(s.cell, s.seed) for s in steps}) == len(steps)


@given(suites)
def test_without_times_only_what_counts_is_run(suite: list[Any]) -> None:
    steps = schedule(suite, timed=False)
    assert [(s.cell, s.seed) for s in steps] == [
        (i, seed) for i, c in enumerate(suite) for seed in c.seeds
    ]


def test_enough_passes_for_the_cell_with_the_fewest_seeds() -> None:
    suite = [cell(seeds=(0, 1, 2)), cell(seeds=(0, 1))]
    assert passes_for(suite, 9) == 5
    assert passes_for(suite, 0) == 1


STEPS = [Step(None, 0, False), Step(0, 0), Step(None, 2, False), Step(0, 1), Step(None, 4, False)]


@given(speed=st.floats(0.01, 100), drift=st.floats(0, 1))
def test_the_machines_speed_and_its_drift_cancel(speed: float, drift: float) -> None:
    work = [1.0, 3.0, 1.0, 3.0, 1.0]
    seconds = [speed * w * (1 + drift * place) for place, w in enumerate(work)]
    assert ratios(STEPS, seconds)[0] == pytest.approx([3.0, 3.0])


def test_a_run_or_reference_that_failed_gives_no_ratio() -> None:
    assert ratios(STEPS, [1.0, 3.0, None, 3.0, 1.0]) == {}
    assert ratios(STEPS, [1.0, None, 1.0, 3.0, 1.0]) == {0: [3.0]}


def test_a_suite_is_measured_in_passes() -> None:
    runner = FakeRunner()
    seen: list[Result] = []
    first, second = measured(runner, "a", "b", timed_runs=6, on_result=seen.append)
    assert len(runner.passes) == 3
    assert first.ratios == pytest.approx([3.0] * 6)
    assert second.ratios == pytest.approx([3.0] * 6)
    assert first.metrics["AP"].values == (0.5, 0.5)
    assert [r.record.spec.method for r in seen] == ["a", "a", "b", "b"] * 3


def test_without_times_there_is_one_pass_and_no_reference() -> None:
    runner = FakeRunner()
    (found,) = measured(runner, "a", timed_runs=0)
    assert [c.request.method for cells in runner.passes for c in cells] == ["a", "a"]
    assert found.ratios == ()


def test_a_run_that_fails_in_any_pass_counts() -> None:
    (found,) = measured(FakeRunner(fails_in_pass=2), "a", timed_runs=6)
    assert found.outcome == "failed"
    assert found.reason == "seed 0: failed: it broke"


def test_a_cell_that_cannot_be_planned_does_not_stop_the_others() -> None:
    broken, fine = measured(FakeRunner(refuses="b"), "b", "a", timed_runs=0)
    assert (broken.outcome, broken.reason) == ("failed", "method b does not load")
    assert fine.outcome == "ok"


def test_an_empty_suite_is_measured_at_once() -> None:
    runner = FakeRunner()
    assert measured(runner, timed_runs=9) == []
    assert runner.passes == []


def test_missing_data_are_not_the_codes_fault(tmp_path: Path) -> None:
    runner = Runner(Store(tmp_path / "store"))
    without = cell(
        method="toys:Echo", task="toys:Counting", task_config={"data": "./none.txt"}, seeds=(0,)
    )
    renamed = cell(method="toys:Ecco", task="toys:Counting", seeds=(0,))
    data, code = measure([without, renamed], tmp_path, runner, timed_runs=0)
    assert data.outcome == "unavailable"
    assert "none.txt" in data.reason
    assert code.outcome == "failed"
    assert "Ecco" in code.reason


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        (("ok", "ok"), "ok"),
        (("ok", "timeout"), "failed"),
        (("ok", "unavailable"), "unavailable"),
        (("unavailable", "out_of_memory"), "failed"),
        (("skipped", "skipped"), "failed"),
    ],
)
def test_one_bad_seed_spoils_the_cell(statuses: tuple[Status, Status], outcome: str) -> None:
    records: list[RunRecord] = [record(seed, status) for seed, status in enumerate(statuses)]
    assert summarise(records, 2).outcome == outcome


def test_a_metric_needs_a_value_for_every_seed() -> None:
    found = summarise([record(0, AP=0.5, APs=0.1), record(1, AP=0.6, APs=None)], 2)
    assert {name: r.values for name, r in found.metrics.items()} == {"AP": (0.5, 0.6)}
    assert found.absent == {"APs": "no such images"}
    assert found.data == "d"
