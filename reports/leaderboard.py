"""Leaderboards: the methods of one task ranked, with intervals, costs and what did not run."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Sequence

from harness import registry
from harness.errors import UnknownName
from harness.record import RunRecord
from harness.reports.grouping import Group, by_data
from harness.reports.kernel_timings import KernelTimings
from harness.reports.rows import Row, gather, not_run, ranked, with_bold
from harness.reports.run_table import run_table as run_table
from harness.reports.summary import Summary, amount_cell, figure_cell, heading, summarize
from harness.store import Store
from harness.tables import CellValue, Column, Table, text_cell
from harness.task import Metric, Task

SHOWN = 4
"""How many of a task's metrics a table shows unless asked for more."""

REASON_LENGTH = 120
"""Characters of a reason that a narrow table shows; JSON, CSV and HTML have it whole."""


def leaderboard(
    records: Iterable[RunRecord],
    task: str,
    store: Store,
    *,
    metrics: Sequence[str] = (),
    all_metrics: bool = False,
) -> list[Table]:
    """Return one table per data set that ``task`` was run on; real and synthetic data never mix.

    Args:
        records: Runs that hold (see :func:`harness.reports.freshness.fresh`), of any task.
        task: The task's name.
        store: Where the per-example tables and bench runs lie.
        metrics: The first one ranks; all of them are shown. By default the primary metric ranks.
        all_metrics: Whether to show every metric of the task.

    Raises:
        UnknownName: The task, or one of ``metrics``, is unknown.
        Unavailable: The task needs a package that is not installed.
    """
    task_class = registry.tasks.load(task)
    shown = choose_metrics(task, task_class, metrics, all_metrics)
    groups = by_data((r for r in records if r.spec.task == task), task_class)
    if not groups:
        groups = [Group("no runs yet", None, "", {}, ())]
    return [_table(group, task, task_class, shown, store) for group in groups]


def choose_metrics(
    task: str, task_class: type[Task], wanted: Sequence[str], everything: bool
) -> list[Metric]:
    """Return the metrics to show, the one that ranks first.

    Raises:
        UnknownName: The task does not report one of ``wanted``.
    """
    known = {metric.name: metric for metric in task_class.metrics}
    for name in wanted:
        if name not in known:
            raise UnknownName(f"metric of {task}", name, known)
    first = [known[name] for name in dict.fromkeys(wanted)] or [task_class.primary()]
    rest = [metric for metric in task_class.metrics if metric not in first]
    if everything:
        return first + rest
    return first if wanted else first + rest[: SHOWN - 1]


def _table(
    group: Group, task: str, task_class: type[Task], metrics: Sequence[Metric], store: Store
) -> Table:
    rows, comparison = with_bold(ranked(gather(group.records), metrics[0]), metrics[0], store)
    default_data = group.mini is not False and not group.options
    rows = [*rows, *not_run(task, {row.method for row in rows}, default_data=default_data)]
    timings = KernelTimings(store.root)
    several = any(len(row.records) > 1 for row in rows)
    columns = [
        Column("#", "rank", numeric=True),
        Column("method", "method"),
        Column("options", "config"),
        *_metric_columns(metrics, several),
        Column("train, s", "train_s", numeric=True, spare=9),
        Column("predict, s", "predict_s", numeric=True, spare=4),
        Column("inputs/s", "throughput_per_s", numeric=True, spare=8),
        Column("peak MiB", "peak_memory_mib", numeric=True, spare=7),
        *timings.columns(),
        Column("run", "run"),
        Column("status", "status"),
        Column("reason", "reason", detail=True),
        Column("data", "data", detail=True),
        Column("data fingerprint", "data_fingerprint", detail=True),
    ]
    cells = [
        [
            _rank_cell(number, row, metrics[0]),
            text_cell(row.method, bold=row.bold),
            text_cell(row.config or "defaults"),
            *_metric_cells(row, metrics, several),
            *_cost_cells(row),
            *timings.cells("" if row.external else row.method),
            text_cell(" ".join(r.key for r in row.records)),
            _status_cell(row),
            text_cell(row.reason),
            text_cell(group.origin),
            text_cell(group.fingerprint),
        ]
        for number, row in zip(_places(rows), rows, strict=True)
    ]
    notes = [*_metric_notes(rows, metrics), *comparison, *timings.notes()]
    if any(row.external for row in rows):
        notes.append(
            "External: predictions made elsewhere and scored here (`harness score`); what they cost "
            "is not known."
        )
    notes += [
        f"{name} saw the answers: an upper bound, without a rank."
        for name in dict.fromkeys(row.method for row in rows if row.upper_bound)
    ]
    if group.mini:
        notes.append("Synthetic data: these figures stand beside no published ones.")
    return Table(f"{task_class.title}: {group.label}", columns, cells, notes)


def _places(rows: Sequence[Row]) -> Iterable[int]:
    """Return each row's rank, upper bounds not counted."""
    return itertools.accumulate(int(not row.upper_bound) for row in rows)


def _rank_cell(number: int, row: Row, metric: Metric) -> CellValue:
    """Return the cell of a rank; rows without a score, and upper bounds, have none."""
    if row.upper_bound or summarize(row.records, metric.name) is None:
        return CellValue("")
    return CellValue(str(number), number)


def _status_cell(row: Row) -> CellValue:
    """Return the status, for people with its reason."""
    reason = row.reason.removeprefix(f"{row.status}: ")
    text = f"{row.status.replace('_', ' ')}: {reason}" if reason else row.status
    return CellValue(textwrap.shorten(text, REASON_LENGTH, placeholder=" ..."), row.status)


def _metric_columns(metrics: Sequence[Metric], several: bool) -> list[Column]:
    ranking, *others = metrics
    columns = [heading(ranking.name, ranking.unit, ranking.higher_is_better)]
    if several:
        columns.append(Column("± sd", f"{ranking.name}.sd", numeric=True))
        columns.append(Column("seeds", "seeds", numeric=True))
    columns.append(Column("95% from", f"{ranking.name}.low", numeric=True))
    columns.append(Column("to", f"{ranking.name}.high", numeric=True))
    return columns + [heading(m.name, m.unit, m.higher_is_better, spare=2) for m in others]


def _metric_cells(row: Row, metrics: Sequence[Metric], several: bool) -> list[CellValue]:
    ranking, *others = metrics
    found = summarize(row.records, ranking.name)
    cells = [_summary_cell(found, ranking, bold=row.bold)]
    run = found.run if found else ""
    if several:
        cells.append(figure_cell(found.sd if found else None, ranking.unit, run=run))
        cells.append(CellValue(str(len(row.records)) if row.records else "", len(row.records)))
    for end in (found.low, found.high) if found else (None, None):
        cells.append(figure_cell(end, ranking.unit, run=run))
    return cells + [_summary_cell(summarize(row.records, m.name), m) for m in others]


def _summary_cell(found: Summary | None, metric: Metric, *, bold: bool = False) -> CellValue:
    if found is None:
        return CellValue("")
    return figure_cell(found.value, metric.unit, bold=bold, run=found.run)


def _cost_cells(row: Row) -> list[CellValue]:
    """Return train and predict seconds, throughput and peak memory: means over seeds."""
    timings = [r.timings for r in row.records if r.status == "ok" and not r.external]
    if not timings:
        return [CellValue("")] * 4
    run = " ".join(r.key for r in row.records)
    rates = [t.throughput_per_s for t in timings if t.throughput_per_s is not None]
    peaks = [t.peak_memory_bytes / 2**20 for t in timings if t.peak_memory_bytes]
    figures = [[t.train_s for t in timings], [t.predict_s for t in timings], rates, peaks]
    return [amount_cell(sum(f) / len(f) if f else None, run) for f in figures]


def _metric_notes(rows: Sequence[Row], metrics: Sequence[Metric]) -> list[str]:
    """Say how intervals were computed and why a metric is absent."""
    notes: dict[str, None] = {}
    for row in rows:
        for record in row.records:
            score = record.score(metrics[0].name)
            if score is not None and score.interval is not None:
                notes[f"{score.interval.level:.0%} interval: {score.interval.method}."] = None
    for metric in metrics:
        for row in rows:
            for record in row.records:
                score = record.score(metric.name)
                if score is not None and score.value is None:
                    notes[f"{metric.name} is absent: {score.reason}."] = None
    return list(notes)
