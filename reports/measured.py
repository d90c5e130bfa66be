"""The runs behind a paper's tables and claims: which are needed, and what came of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness import registry
from harness.errors import BadInput, HarnessError, StoreError
from harness.record import RunRecord
from harness.reports.comparisons import compare_runs
from harness.reports.grouping import Group, by_data
from harness.reports.paper import Arm, Paper
from harness.runner import Cell, Result, Runner
from harness.specs import Request
from harness.statistics import Comparison
from harness.store import Store


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on one data set for the arms of a paper.

    Attributes:
        runs: Per arm (see :func:`identity`), its runs by seed.
        problems: Per arm without a run, why it has none.
        store: Where the runs' per-example tables lie.
    """

    runs: Mapping[str, Sequence[RunRecord]]
    problems: Mapping[str, str]
    store: Store

    def of(self, arm: Arm) -> list[RunRecord]:
        """Return the runs of ``arm`` that have scores."""
        return [r for r in self.runs.get(identity(arm), ()) if r.status == "ok"]

    def why_not(self, arm: Arm) -> str:
        """Return why ``arm`` has no scores, or ``""`` if it has."""
        if self.of(arm):
            return ""
        for record in self.runs.get(identity(arm), ()):
            if record.failure is not None:
                return f"{record.status.replace('_', ' ')}: {record.failure.message}"
        return self.problems.get(identity(arm), "not run")

    def difference(self, arm: Arm, reference: Arm, metric: str) -> Comparison | None:
        """Compare ``arm`` with ``reference`` on the same examples, or return None where that fails.

        The first seed that both have counts; an arm that is the reference has no difference.
        """
        mine, theirs = ({r.spec.seed: r for r in self.of(a)} for a in (arm, reference))
        shared = mine.keys() & theirs.keys()
        if not shared or identity(arm) == identity(reference):
            return None
        try:
            return compare_runs(self.store, mine[min(shared)], theirs[min(shared)], metric)
        except BadInput:
            return None

    def records(self) -> list[RunRecord]:
        """Return every run, in the order of the arms."""
        return [record for runs in self.runs.values() for record in runs]

    def group(self) -> Group | None:
        """Return the runs that have scores with the data they share, or None if there are none."""
        scored = [record for record in self.records() if record.status == "ok"]
        if not scored:
            return None
        return by_data(scored, registry.tasks.load(scored[0].spec.task))[0]

    @property
    def mini(self) -> bool:
        """Whether the data are the embedded synthetic ones."""
        group = self.group()
        return group is not None and bool(group.mini)

    @property
    def origin(self) -> str:
        """The data that were read, for people; ``""`` if none were."""
        group = self.group()
        return "" if group is None else group.label


def identity(arm: Arm) -> str:
    """Return what makes two arms the same run: method and options, not their label."""
    tune = [arm.tune.model_dump()] if arm.tune else []
    return json.dumps([arm.method, arm.config, *tune], sort_keys=True)


def cells_of(paper: Paper, arms: Iterable[Arm], task_options: Mapping[str, Any]) -> list[Cell]:
    """Return one cell per distinct arm and seed of ``paper``, all on the same data.

    An arm whose option is still to be chosen (see :mod:`harness.reports.tuning`) has none.
    """
    distinct = {identity(arm): arm for arm in arms if arm.tune is None}
    return [
        Cell(
            Request(
                method=arm.method,
                task=paper.task,
                overrides=arm.config,
                task_overrides=dict(task_options),
            ),
            seed,
        )
        for arm in distinct.values()
        for seed in paper.seeds
    ]


def run_cells(
    runner: Runner, cells: Sequence[Cell], on_result: Callable[[Result], None]
) -> Measured:
    """Run ``cells``, those in the store already at no cost.

    Raises:
        BadInput: A cell cannot be planned: an unknown option, a missing file.
        StoreError: The store cannot be written.
    """
    found: dict[tuple[str, int], RunRecord] = {}
    for result in runner.run(cells):
        on_result(result)
        found[_name(result.cell), result.cell.seed] = result.record
    return _gathered(runner.store, cells, found, {})


def look_up(runner: Runner, cells: Sequence[Cell]) -> Measured:
    """Take what the store has of ``cells``; nothing is run.

    Raises:
        BadInput: As for :func:`run_cells`.
    """
    found: dict[tuple[str, int], RunRecord] = {}
    problems: dict[str, str] = {}
    for cell, planned in zip(cells, runner.plan(cells), strict=True):
        if isinstance(planned, HarnessError):
            problems[_name(cell)] = str(planned)
            continue
        try:
            record = runner.store.get(planned.key)
        except StoreError as error:
            problems[_name(cell)] = str(error)
            continue
        if record is not None:
            found[_name(cell), cell.seed] = record
    return _gathered(runner.store, cells, found, problems)


def _name(cell: Cell) -> str:
    return json.dumps([cell.request.method, cell.request.overrides], sort_keys=True)


def _gathered(
    store: Store,
    cells: Sequence[Cell],
    found: Mapping[tuple[str, int], RunRecord],
    problems: Mapping[str, str],
) -> Measured:
    runs: dict[str, list[RunRecord]] = {}
    for cell in cells:
        record = found.get((_name(cell), cell.seed))
        runs.setdefault(_name(cell), []).extend([] if record is None else [record])
    return Measured(runs, problems, store)
