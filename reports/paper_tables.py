"""A paper's tables regenerated: what it reports and what was measured here, in separate columns.

Reported figures come from the paper's file, measured ones from run records; neither ever fills a
cell of the other, and what nobody reported or measured is blank.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.reports.measured import Measured
from harness.reports.paper import Arm, Figure, Paper, PaperTable, Reported, Sweep
from harness.reports.summary import Summary, summarize
from harness.tables import CellValue, Column, Table, text_cell

RECALLED = "†"
"""Mark of a reported figure that was recalled and not read in the source."""


def tables(paper: Paper, measured: Measured) -> list[Table]:
    """Return the paper's tables, then one table of its sensitivity sweeps."""
    found = [_table(paper, table, measured) for table in paper.tables]
    return [*found, *([sweep_table(paper, measured)] if paper.sweeps else [])]


def short_citation(paper: Paper) -> str:
    """Return ``"Bodla et al., ICCV 2017"``."""
    first, *others = paper.citation.authors.split(", ")
    return f"{first}{' et al.' if others else ''}, {paper.citation.venue} {paper.citation.year}"


def _title(paper: Paper, what: str, measured: Measured) -> str:
    where = f"measured on {measured.origin}" if measured.origin else "nothing measured"
    return f"{short_citation(paper)}, {what}: reported beside {where}"


def _table(paper: Paper, table: PaperTable, measured: Measured) -> Table:
    settings = table.settings()
    several = len(table.metrics) > 1
    columns = [
        *([Column("metric", "metric")] if several else []),
        Column("", "arm"),
        *(Column(f"reported: {s}", f"reported: {s}", numeric=True) for s in settings),
        *_measured_columns(table.metrics, paper),
    ]
    reported = {
        (row.setting, row.arm, metric): row for row in table.reported for metric in row.values
    }
    rows = [
        [
            *([text_cell(figure.heading)] if several else []),
            text_cell(arm.label),
            *(_reported_cell(reported.get((s, arm.name, figure.metric)), figure) for s in settings),
            *_measured_cells(measured, arm, figure, paper),
        ]
        for figure in table.metrics
        for arm in map(paper.arm, table.arms)
    ]
    return Table(
        _title(paper, table.title, measured),
        columns,
        rows,
        [
            *_source_notes(paper, table),
            *table.notes,
            *_data_notes(measured, [paper.arm(name) for name in table.arms]),
            *_absent_metrics(measured, [paper.arm(name) for name in table.arms], table.metrics),
        ],
    )


def _reported_cell(row: Reported | None, figure: Figure) -> CellValue:
    if row is None:
        return CellValue("")
    value = row.values[figure.metric]
    mark = "" if row.confidence == "seen" else RECALLED
    return CellValue(f"{value:.1f}{mark}", value)


def _measured_columns(figures: Sequence[Figure], paper: Paper) -> list[Column]:
    name = f"measured: {figures[0].heading}" if len(figures) == 1 else "measured"
    spread = [Column("± sd", "measured.sd", numeric=True)] if len(paper.seeds) > 1 else []
    return [
        Column(name, "measured", numeric=True),
        *spread,
        Column("95% from", "measured.low", numeric=True),
        Column("to", "measured.high", numeric=True),
        Column("run", "run"),
    ]


def _measured_cells(measured: Measured, arm: Arm, figure: Figure, paper: Paper) -> list[CellValue]:
    """Return value, spread over seeds if there are several, interval and run, blank if not measured."""
    found = summarize(measured.of(arm), figure.metric)
    shown = ["value", *(["sd"] if len(paper.seeds) > 1 else []), "low", "high"]
    return [
        *(_scaled(found, getattr(found, end, None), figure) for end in shown),
        text_cell(found.run if found else ""),
    ]


def _scaled(found: Summary | None, value: float | None, figure: Figure) -> CellValue:
    if found is None or value is None:
        return CellValue("")
    return CellValue(f"{value * figure.factor:.1f}", value * figure.factor, run=found.run)


def _source_notes(paper: Paper, table: PaperTable) -> list[str]:
    """Name the source of every reported figure, and what the mark means."""
    used = {row.source for row in table.reported}
    notes = [
        f"Reported: {source.where}" + (f" ({source.note})." if source.note else ".")
        for source in paper.sources
        if source.name in used
    ]
    if any(row.confidence != "seen" for row in table.reported):
        notes.append(f"{RECALLED} recalled, not verified against the source.")
    return notes


def _data_notes(measured: Measured, arms: Iterable[Arm]) -> list[str]:
    """Say what the measured figures stand for, and why some are blank."""
    notes = []
    if measured.mini:
        notes.append(
            "Measured on synthetic data: compare differences between rows, never these figures "
            "with reported ones. --data DIR measures on official files."
        )
    blank: dict[str, list[str]] = {}
    for arm in arms:
        why = measured.why_not(arm)
        if why:
            blank.setdefault(why, []).append(arm.label)
    notes += [
        f"Not measured: {', '.join(dict.fromkeys(who))}: {why}." for why, who in blank.items()
    ]
    return notes


def _absent_metrics(
    measured: Measured, arms: Sequence[Arm], figures: Sequence[Figure]
) -> list[str]:
    """Say why a metric has no value although its run has scores."""
    reasons: dict[str, None] = {}
    for figure in figures:
        for arm in arms:
            for record in measured.of(arm):
                score = record.score(figure.metric)
                if score is not None and score.value is None:
                    reasons[f"{figure.heading} is absent: {score.reason}."] = None
    return list(reasons)


def sweep_table(paper: Paper, measured: Measured) -> Table:
    """Return every point of every sweep as a row, with its paired difference to the reference."""
    points = [
        (sweep, curve, value, arm)
        for sweep in paper.sweeps
        for curve in sweep.curves
        for value, arm in zip(curve.values, curve.arms(), strict=True)
    ]
    columns = [
        Column("method", "method"),
        Column("option", "option"),
        Column("value", "value", numeric=True),
        Column("metric", "metric"),
        *_measured_columns([sweep.metric for sweep in paper.sweeps], paper),
        Column("difference", "difference", numeric=True),
        Column("95% from", "difference.low", numeric=True),
        Column("to", "difference.high", numeric=True),
    ]
    rows = [
        [
            text_cell(curve.label),
            text_cell(sweep.axis),
            CellValue(f"{value:g}{' (the paper)' if value == curve.default else ''}", value),
            text_cell(sweep.metric.heading),
            *_measured_cells(measured, arm, sweep.metric, paper),
            *_difference_cells(paper, sweep, arm, measured),
        ]
        for sweep, curve, value, arm in points
    ]
    return Table(
        f"{short_citation(paper)}, sensitivity: measured on {measured.origin or 'nothing'}",
        columns,
        rows,
        [*_sweep_notes(paper), *_data_notes(measured, [arm for *_, arm in points])],
    )


def _difference_cells(paper: Paper, sweep: Sweep, arm: Arm, measured: Measured) -> list[CellValue]:
    if sweep.reference is None:
        return [CellValue("")] * 3
    found = measured.difference(arm, paper.arm(sweep.reference), sweep.metric.metric)
    if found is None:
        return [CellValue("")] * 3
    factor = sweep.metric.factor
    ends = (found.difference, found.interval.low, found.interval.high)
    return [CellValue(f"{end * factor:+.1f}", end * factor) for end in ends]


def _sweep_notes(paper: Paper) -> list[str]:
    """Say what the differences are taken from, and what the paper's file adds."""
    against = {
        f"Difference: to {paper.arm(sweep.reference).label}, paired over the same examples; "
        "blank for itself and without per-example values.": None
        for sweep in paper.sweeps
        if sweep.reference is not None
    }
    return [*against, *dict.fromkeys(note for sweep in paper.sweeps for note in sweep.notes)]
