"""What ``harness run`` prints: the runs just asked for, one compact row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.record import RunRecord
from harness.reports.grouping import config_delta, describe_data, shorten
from harness.reports.summary import amount_cell, figure_text, heading
from harness.tables import CellValue, Column, Table, text_cell

SHOWN = 4
"""How many of a task's metrics are shown."""


def run_table(records: Sequence[RunRecord], cached: Mapping[str, bool]) -> Table:
    """Return what ``harness run`` prints: one compact row per run, in the order given.

    Args:
        records: The runs.
        cached: Record key to whether the run was known before.
    """
    tasks = list(dict.fromkeys(r.spec.task for r in records))
    shown = list(dict.fromkeys(name for r in records for name in _main_metrics(r)))
    several = len(tasks) > 1
    columns = [
        *([Column("task", "task")] if several else []),
        Column("method", "method"),
        Column("options", "config"),
        Column("seed", "seed", numeric=True),
        *(_run_heading(records, name) for name in shown),
        Column("time, s", "wall_s", numeric=True, spare=3),
        Column("status", "status"),
        Column("run", "run"),
    ]
    rows = [
        [
            *([text_cell(r.spec.task)] if several else []),
            text_cell(r.spec.method),
            text_cell(config_delta(r) or "defaults"),
            CellValue(str(r.spec.seed), r.spec.seed),
            *(_score_cell(r, name) for name in shown),
            _time_cell(r),
            CellValue(_status_text(r, cached), r.status),
            text_cell(r.key),
        ]
        for r in records
    ]
    reasons = {f"{r.spec.method}: {r.failure.message}": None for r in records if r.failure}
    return Table(f"{', '.join(tasks)}: {_origins(records)}", columns, rows, list(reasons))


def _main_metrics(record: RunRecord) -> list[str]:
    """Return the primary metric and the first others."""
    first = [score.metric for score in record.scores if score.primary]
    rest = [score.metric for score in record.scores if not score.primary]
    return (first + rest)[:SHOWN]


def _run_heading(records: Sequence[RunRecord], metric: str) -> Column:
    score = next(s for r in records if (s := r.score(metric)) is not None)
    if not score.primary:
        return heading(metric, score.unit, score.higher_is_better, spare=2)
    column = heading(metric, score.unit, score.higher_is_better)
    return replace(column, name=f"{column.name} [95%]")


def _score_cell(record: RunRecord, metric: str) -> CellValue:
    """Return a score; the primary one with its interval in brackets."""
    score = record.score(metric)
    if score is None or score.value is None:
        return CellValue("")
    text = figure_text(score.value, score.unit)
    if score.primary and score.interval is not None:
        low, high = (figure_text(x, score.unit) for x in (score.interval.low, score.interval.high))
        text += f" [{low}, {high}]"
    return CellValue(text, score.value, run=record.key)


def _time_cell(record: RunRecord) -> CellValue:
    """Return the run's seconds; what predictions made elsewhere took is not known."""
    return amount_cell(None if record.external else record.timings.wall_s, record.key)


def _status_text(record: RunRecord, cached: Mapping[str, bool]) -> str:
    return "ok, known before" if record.status == "ok" and cached.get(record.key) else record.status


def _origins(records: Sequence[RunRecord]) -> str:
    """Return every data set the runs read, for the title."""
    read = {
        describe_data(shorten(r.provenance.data_origin), r.provenance.mini): None
        for r in records
        if r.provenance and r.provenance.data_origin
    }
    return "; ".join(read) or "no data read"
