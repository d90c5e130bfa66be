"""Run a suite anew, its runs interleaved with the reference workload, and say what was found.

A *pass* runs every seed of every cell once, in one worker process. With timings there are several
passes, each in a worker of its own, since where code and data happen to lie in memory changes from
process to process. In a pass every timed run stands between two runs of the reference and is divided
by their mean, and each cell is warmed up by one run that does not count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from harness.errors import BadInput
from harness.gate import reference
from harness.gate.baseline import PinnedCell
from harness.record import RunRecord
from harness.runner import Cell, Result, Runner
from harness.specs import Request

Outcome = Literal["ok", "failed", "unavailable"]


@dataclass(frozen=True, slots=True)
class Readings:
    """One metric's value per seed, in the order of the cell's seeds."""

    values: tuple[float, ...]
    higher_is_better: bool = True
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What running one cell showed.

    Attributes:
        outcome: ``ok`` if every run was; ``unavailable`` if a package, device or data file is
            missing here; else ``failed``.
        reason: Why the outcome is not ok.
        data: Fingerprint of the data files, or ``""`` if it was not got to.
        metrics: Metrics that have a value for every seed.
        absent: Metrics that have not, with the reason.
        ratios: Time in multiples of the reference, one per timed run.
    """

    outcome: Outcome
    reason: str = ""
    data: str = ""
    metrics: Mapping[str, Readings] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    ratios: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One run of a pass: of the cell numbered ``cell``, or of the reference if None."""

    cell: int | None
    seed: int
    counts: bool = True


def schedule(suite: Sequence[PinnedCell], *, timed: bool) -> list[Step]:
    """Return the runs of one pass; if ``timed``, each that counts stands between references."""
    steps: list[Step] = []

    def add(cell: int | None, seed: int, counts: bool = True) -> None:
        steps.append(Step(cell, seed, counts))

    def add_reference() -> None:
        # The seed changes nothing but the run's key: the runner computes one key only once.
        if timed:
            add(None, len(steps), False)

    add_reference()
    for number, cell in enumerate(suite):
        if timed:
            add(number, max(cell.seeds) + 1, False)
        add_reference()
        for seed in cell.seeds:
            add(number, seed)
            add_reference()
    return steps


def passes_for(suite: Sequence[PinnedCell], timed_runs: int) -> int:
    """Return how many passes time every cell at least ``timed_runs`` times; one if that is 0."""
    fewest = min((len(cell.seeds) for cell in suite), default=1)
    return max(1, math.ceil(timed_runs / fewest))


def ratios(steps: Sequence[Step], seconds: Sequence[float | None]) -> dict[int, list[float]]:
    """Return cell number to times in multiples of the mean of the references on either side.

    Args:
        steps: A timed pass.
        seconds: What each step took; None for a run that failed.
    """
    found: dict[int, list[float]] = {}
    for place, step in enumerate(steps):
        if step.cell is None or not step.counts:
            continue
        before, own, after = seconds[place - 1 : place + 2]
        if before and own and after:
            found.setdefault(step.cell, []).append(2 * own / (before + after))
    return found


def measure(
    suite: Sequence[PinnedCell],
    folder: Path,
    runner: Runner,
    *,
    timed_runs: int,
    on_result: Callable[[Result], None] = lambda result: None,
) -> list[Finding]:
    """Run every cell of ``suite`` and return what was found, in order.

    Args:
        suite: The cells.
        folder: Where relative paths in their options are taken from.
        runner: Must compute finished runs anew, and one at a time if times are wanted.
        timed_runs: Timed runs of each cell, at least; 0 for none.
        on_result: Told each run that counts.

    Raises:
        StoreError: The runner's store cannot be written.
    """
    requests = [cell.request(folder) for cell in suite]
    findings = {i: found for i, r in enumerate(requests) if (found := _impossible(runner, r))}
    able = [i for i in range(len(suite)) if i not in findings]
    chosen = [suite[i] for i in able]
    steps = schedule(chosen, timed=timed_runs > 0)
    records: dict[int, list[RunRecord]] = {i: [] for i in able}
    timed: dict[int, list[float]] = {i: [] for i in able}
    for _ in range(passes_for(chosen, timed_runs) if chosen else 0):
        outcomes = _one_pass(steps, [requests[i] for i in able], runner, on_result)
        for step, record in zip(steps, outcomes, strict=True):
            if step.cell is not None and step.counts:
                records[able[step.cell]].append(record)
        if timed_runs:
            for place, more in ratios(steps, [_seconds(r) for r in outcomes]).items():
                timed[able[place]] += more
    for i in able:
        findings[i] = summarise(records[i], len(suite[i].seeds), tuple(timed[i]))
    return [findings[i] for i in range(len(suite))]


def _impossible(runner: Runner, request: Request) -> Finding | None:
    """Return the finding for a cell that the runner would refuse to plan, or None.

    Such a cell was planned when the baseline was made. If the task's files are what is missing, this
    place lacks them; anything else (a module that no longer imports, an option that is gone) was
    broken by a change of the code.
    """
    try:
        runner.plan([Cell(request, 0)])
    except BadInput as error:
        outcome: Outcome = "unavailable" if _files_missing(request) else "failed"
        return Finding(outcome, reason=str(error))
    return None


def _files_missing(request: Request) -> bool:
    """Tell whether the task itself is sound but does not find its files."""
    from harness import config, registry

    try:
        task_class = registry.tasks.load(request.task)
        task = task_class(config.build(task_class.Config, request.task_overrides, owner="task"))
    except BadInput:
        return False
    try:
        return not all(Path(path).exists() for path in task.files())
    except BadInput:
        return True


def _one_pass(
    steps: Sequence[Step],
    requests: Sequence[Request],
    runner: Runner,
    on_result: Callable[[Result], None],
) -> list[RunRecord]:
    """Run ``steps`` and return their records, in the order of the steps."""
    cells = [
        Cell(reference.REQUEST if step.cell is None else requests[step.cell], step.seed)
        for step in steps
    ]
    place = {id(cell): number for number, cell in enumerate(cells)}
    records: dict[int, RunRecord] = {}
    for result in runner.run(cells):
        number = place[id(result.cell)]
        records[number] = result.record
        if steps[number].counts:
            on_result(result)
    return [records[number] for number in range(len(steps))]


def _seconds(record: RunRecord) -> float | None:
    """Return the method's own time, or None if the run is not ok."""
    if record.status != "ok":
        return None
    return record.timings.train_s + record.timings.predict_s


def _says_nothing(record: RunRecord) -> bool:
    """Tell whether a record's failure is no fault of the method: nothing here could run it."""
    edited = record.failure is not None and record.failure.kind == "edited"
    return record.status == "unavailable" or edited


def summarise(records: Sequence[RunRecord], seeds: int, timed: tuple[float, ...] = ()) -> Finding:
    """Return what the records of one cell say.

    Args:
        records: One per seed and pass, passes one after the other; values are the first pass's,
            but a run that failed in any pass counts.
        seeds: Number of seeds.
        timed: Time ratios.
    """
    data = next((r.key_parts.data for r in records if r.key_parts.data), "")
    bad = [record for record in records if record.status != "ok"]
    # A failure says more than an absence, so it comes first.
    for record in sorted(bad, key=_says_nothing):
        why = record.failure.message if record.failure else "no reason given"
        outcome: Outcome = "unavailable" if _says_nothing(record) else "failed"
        return Finding(outcome, f"seed {record.spec.seed}: {record.status}: {why}", data)
    metrics: dict[str, Readings] = {}
    absent: dict[str, str] = {}
    for column in zip(*(record.scores for record in records[:seeds]), strict=True):
        first = column[0]
        values = [score.value for score in column if score.value is not None]
        if len(values) == seeds:
            metrics[first.metric] = Readings(tuple(values), first.higher_is_better, first.unit)
        else:
            absent[first.metric] = next(s.reason for s in column if s.value is None)
    return Finding("ok", "", data, metrics, absent, timed)
