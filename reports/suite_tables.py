"""Tables of suites: what ``harness run`` prints of one, and its leaderboard."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence

from harness import stratified
from harness.errors import HarnessError
from harness.plan import Planner
from harness.record import RunRecord
from harness.reports.grouping import config_delta, describe_data, shorten
from harness.reports.rows import Row, gather, ranked
from harness.reports.summary import (
    amount_cell,
    figure_cell,
    figure_text,
    heading,
    summarize,
)
from harness.store import Store
from harness.suite import SCORE, Suite, Whole
from harness.tables import CellValue, Column, Table, text_cell
from harness.task import Absent, Metric

_NOT_HERE = Absent("not run, or what it depends on has changed since")


def run_tables(wholes: Sequence[Whole]) -> list[Table]:
    """Return what ``harness run`` prints of suites: one table each, a row per method and seed."""
    suites = {whole.suite.name: whole.suite for whole in wholes}
    return [_run_table(s, [w for w in wholes if w.suite == s]) for s in suites.values()]


def _run_table(suite: Suite, wholes: Sequence[Whole]) -> Table:
    columns = [
        Column("method", "method"),
        Column("options", "config"),
        Column("seed", "seed", numeric=True),
        dataclasses.replace(heading(SCORE, "", True), name=f"{SCORE} ↑ [95%]"),
        *_member_columns(suite),
        Column("time, s", "wall_s", numeric=True, spare=3),
        Column("status", "status"),
    ]
    rows = [
        [
            text_cell(record.spec.method),
            text_cell(config_delta(record) or "defaults"),
            CellValue(str(record.spec.seed), record.spec.seed),
            _aggregate_cell(record),
            *(figure_cell(_value(record, suite.short(name))) for name in suite.members),
            amount_cell(record.timings.wall_s),
            CellValue("ok, known before" if whole.cached else record.status, record.status),
        ]
        for whole in wholes
        for record in [whole.record]
    ]
    return Table(f"{suite.name}: {suite.title}", columns, rows, _notes([w.record for w in wholes]))


def leaderboard(suite: Suite, store: Store, planner: Planner | None = None) -> list[Table]:
    """Return one table per data set: a row per method and configuration, over its seeds.

    Whatever was asked of one member is looked up for all: a row is complete once every member has
    a record that holds. Predictions made elsewhere are no part of it. Real and synthetic data
    never mix.

    Args:
        suite: The suite.
        store: Where the members' records lie.
        planner: What tells which records hold; it remembers what it learns.
    """
    groups: dict[tuple[bool, str], list[_Lookup]] = {}
    for one in _lookups(suite, store, planner or Planner()):
        groups.setdefault(one.data, []).append(one)
    tables = [_table(suite, group, store) for _, group in sorted(groups.items())]
    return tables or [Table(f"{suite.title}: no runs yet", _columns(suite, several=False), [])]


@dataclasses.dataclass(frozen=True, slots=True)
class _Lookup:
    """The members' records of one request and seed, and the aggregate made of them."""

    members: Mapping[str, RunRecord | Absent]
    record: RunRecord

    @property
    def mini(self) -> bool:
        """Whether the data are embedded synthetic ones."""
        return bool(self.record.provenance and self.record.provenance.mini)

    @property
    def data(self) -> tuple[bool, str]:
        """What tells data sets apart: records that hold were scored on what is there now."""
        return self.mini, json.dumps(self.record.request.task_overrides, sort_keys=True)

    def with_interval(self, suite: Suite, store: Store) -> RunRecord:
        """Return the aggregate with its interval, where every member has a figure."""
        runs = {n: m for n, m in self.members.items() if isinstance(m, RunRecord)}
        if self.record.status != "ok":
            return self.record
        return suite.record(runs, stratified.interval_of(runs, store))


def _lookups(suite: Suite, store: Store, planner: Planner) -> list[_Lookup]:
    """Return the runs of every request that was made of any member, each once."""
    known = {record.key: record for record in store.records()}
    asked = {
        (record.request.model_dump_json(exclude={"task"}), record.spec.seed): record
        for record in known.values()
        if record.spec.task in suite.members and not record.external
    }
    found: dict[str, _Lookup] = {}
    for record in asked.values():
        members = {name: _member(name, record, known, planner) for name in suite.members}
        if any(isinstance(member, RunRecord) for member in members.values()):
            one = _Lookup(members, suite.record(members))
            found.setdefault(one.record.key, one)
    return list(found.values())


def _member(
    name: str, like: RunRecord, known: Mapping[str, RunRecord], planner: Planner
) -> RunRecord | Absent:
    """Return the record of what was asked of a sibling, if it holds."""
    request = like.request.model_copy(update={"task": name})
    try:
        planned = planner.plan(request, like.spec.seed)
    except HarnessError as error:
        return Absent(str(error))
    return known.get(planned.key, _NOT_HERE)


def _table(suite: Suite, group: Sequence[_Lookup], store: Store) -> Table:
    origins = {one.record.key: one for one in group}
    metric = Metric(SCORE, primary=True)
    rows = ranked(gather(one.record for one in group), metric)
    # One over several seeds has a spread instead.
    rows = [
        dataclasses.replace(row, records=(origins[row.records[0].key].with_interval(suite, store),))
        if len(row.records) == 1
        else row
        for row in rows
    ]
    several = any(len(row.records) > 1 for row in rows)
    cells = [_cells(suite, row, place, several) for place, row in enumerate(rows, start=1)]
    records = [record for row in rows for record in row.records]
    notes = _notes(records)
    if group[0].mini:
        notes.append("Synthetic data: these figures stand beside no published ones.")
    title = f"{suite.title}: {_label(group[0])}"
    return Table(title, _columns(suite, several=several), cells, notes)


def _label(one: _Lookup) -> str:
    """Return the data for a title: origin, whether synthetic, and the tasks' options."""
    origin = one.record.provenance.data_origin if one.record.provenance else "never read"
    options = {k: v for k, v in one.record.request.task_overrides.items() if k != "data"}
    shown = "".join(f", {name} = {value}" for name, value in options.items())
    return describe_data(shorten(origin), one.mini) + shown


def _columns(suite: Suite, *, several: bool) -> list[Column]:
    spread = [
        Column("± sd", f"{SCORE}.sd", numeric=True),
        Column("seeds", "seeds", numeric=True),
    ]
    return [
        Column("#", "rank", numeric=True),
        Column("method", "method"),
        Column("options", "config"),
        heading(SCORE, "", True),
        *(spread if several else []),
        Column("95% from", f"{SCORE}.low", numeric=True),
        Column("to", f"{SCORE}.high", numeric=True),
        *_member_columns(suite),
        Column("status", "status"),
        Column("reason", "reason", detail=True),
        Column("run", "run", detail=True),
    ]


def _member_columns(suite: Suite) -> list[Column]:
    return [heading(suite.short(name), "", True, spare=2) for name in suite.members]


def _cells(suite: Suite, row: Row, place: int, several: bool) -> list[CellValue]:
    found = summarize(row.records, SCORE)
    run = " ".join(record.key for record in row.records)
    members = [summarize(row.records, suite.short(name)) for name in suite.members]
    cells = [
        CellValue(str(place), place) if found and not row.upper_bound else CellValue(""),
        text_cell(row.method),
        text_cell(row.config or "defaults"),
        figure_cell(found.value if found else None, run=run),
    ]
    if several:
        cells.append(figure_cell(found.sd if found else None, run=run))
        cells.append(CellValue(str(len(row.records)), len(row.records)))
    return [
        *cells,
        *(figure_cell(end, run=run) for end in ((found.low, found.high) if found else (None,) * 2)),
        *(figure_cell(m.value if m else None, run=m.run if m else "") for m in members),
        text_cell(row.status),
        text_cell(row.reason),
        text_cell(run),
    ]


def _aggregate_cell(record: RunRecord) -> CellValue:
    """Return the aggregate with its interval in brackets."""
    score = record.score(SCORE)
    if score is None or score.value is None:
        return CellValue("")
    text = figure_text(score.value)
    if score.interval is not None:
        text += f" [{figure_text(score.interval.low)}, {figure_text(score.interval.high)}]"
    return CellValue(text, score.value, run=record.key)


def _value(record: RunRecord, metric: str) -> float | None:
    score = record.score(metric)
    return None if score is None else score.value


def _notes(records: Sequence[RunRecord]) -> list[str]:
    """Say how intervals were computed, and why a row is without an aggregate."""
    notes: dict[str, None] = {}
    for record in records:
        score = record.score(SCORE)
        if score is not None and score.interval is not None:
            notes[f"{score.interval.level:.0%} interval: {score.interval.method}."] = None
    for record in records:
        if record.failure is not None:
            notes[f"{record.spec.method}: {record.failure.message}"] = None
    return list(notes)
