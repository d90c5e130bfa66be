"""The rows of a leaderboard: seeds gathered, ranked, and tested against the best."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness import registry
from harness.errors import BadInput
from harness.record import RunRecord
from harness.reports.comparisons import ALPHA, compare_runs
from harness.reports.grouping import config_delta
from harness.reports.summary import summarize
from harness.statistics import correct
from harness.store import Store
from harness.task import Metric


@dataclass(frozen=True, slots=True)
class Row:
    """One configuration of one method with one status, over its seeds.

    Attributes:
        method: The method's name.
        config: What differs from its defaults.
        status: The status its runs share, or ``"not run"``.
        records: The runs by seed; empty if there are none.
        reason: Why there is no score, or ``""``.
        bold: Whether it is the best or not significantly worse.
        upper_bound: Whether it saw the answers; it then has no rank and nothing is compared with it.
    """

    method: str
    config: str
    status: str
    records: tuple[RunRecord, ...] = ()
    reason: str = ""
    bold: bool = False
    upper_bound: bool = False

    @property
    def external(self) -> bool:
        """Whether the predictions were made elsewhere."""
        return any(record.external for record in self.records)


def gather(records: Iterable[RunRecord]) -> list[Row]:
    """Gather seeds: one row per method, configuration and status."""
    gathered: dict[tuple[str, str, str], list[RunRecord]] = {}
    for record in records:
        key = (record.spec.method, config_delta(record), record.status)
        gathered.setdefault(key, []).append(record)
    bounds = [
        n for n in registry.methods.names() if registry.methods.describe(n).get("upper_bound")
    ]
    return [
        Row(
            method,
            delta,
            status,
            tuple(sorted(runs, key=lambda r: (r.spec.seed, r.key))),
            "; ".join(dict.fromkeys(r.failure.message for r in runs if r.failure)),
            upper_bound=method in bounds and not any(r.external for r in runs),
        )
        for (method, delta, status), runs in gathered.items()
    ]


def ranked(rows: Iterable[Row], metric: Metric) -> list[Row]:
    """Sort by ``metric``, best first; rows without a value follow by name."""

    def place(row: Row) -> tuple[bool, float, str, str, str]:
        found = summarize(row.records, metric.name)
        value = 0.0 if found is None else found.value
        return (
            found is None,
            -value if metric.higher_is_better else value,
            row.method,
            row.config,
            row.status,
        )

    return sorted(rows, key=place)


def with_bold(rows: Sequence[Row], metric: Metric, store: Store) -> tuple[list[Row], list[str]]:
    """Mark the best row and those not significantly worse; return also the note that says how."""
    scored = [
        row
        for row in rows
        if not row.upper_bound and summarize(row.records, metric.name) is not None
    ]
    if not scored:
        return list(rows), []
    best, rivals = scored[0], scored[1:]
    tested: list[tuple[Row, float]] = []
    tests: set[str] = set()
    notes: list[str] = []
    for row in rivals:
        pair = _same_seed(best, row, metric.name)
        if pair is None:
            notes.append(f"{row.method} shares no seed with the best row and was not compared.")
            continue
        try:
            found = compare_runs(store, *pair, metric.name)
        except BadInput as error:
            notes.append(f"{row.method} was not compared with the best row: {error}")
            continue
        # With several seeds, a row may be ahead on the seed compared though behind on the mean.
        behind = found.difference > 0 if metric.higher_is_better else found.difference < 0
        tested.append((row, found.p_value if behind else 1.0))
        tests.add(found.test)
    corrected = correct([p for _, p in tested])
    level = {id(row): p for (row, _), p in zip(tested, corrected, strict=True)}
    marked = [
        dataclasses.replace(row, bold=row is best or level.get(id(row), 0.0) >= ALPHA)
        for row in rows
    ]
    how = (
        f" and those not significantly worse ({'; '.join(sorted(tests))}; p-values Holm-corrected, "
        f"comparisons: {len(tested)}, alpha {ALPHA:g})"
        if tested
        else ""
    )
    if any(len(row.records) > 1 for row in scored):
        notes.append("Rows with several seeds were compared on the lowest seed they share.")
    return marked, [f"Bold: the best {metric.name}{how}.", *dict.fromkeys(notes)]


def _same_seed(first: Row, second: Row, metric: str) -> tuple[RunRecord, RunRecord] | None:
    """Return a run of each row with the lowest seed they share.

    Predictions made elsewhere have no seed of ours and pair with the other row's lowest.
    """
    sides = [
        {r.spec.seed: r for r in reversed(row.records) if metric in r.values()}
        for row in (first, second)
    ]
    if first.external or second.external:
        return sides[0][min(sides[0])], sides[1][min(sides[1])]
    shared = sides[0].keys() & sides[1].keys()
    return (sides[0][min(shared)], sides[1][min(shared)]) if shared else None


def not_run(task: str, present: Iterable[str], *, default_data: bool) -> list[Row]:
    """Return a row for each method of the task's kind that has no run on these data.

    Args:
        task: The task's name.
        present: Methods that have one.
        default_data: Whether the data are those a run without options reads.
    """
    kind = registry.tasks.describe(task).get("kind")
    missing = [
        name
        for name in registry.methods.names()
        if name not in present and kind in (registry.methods.describe(name).get("kinds") or ())
    ]
    return [
        Row(
            name,
            "",
            "not run",
            reason=f"`harness run --method {name} --task {task}` runs it"
            if default_data
            else "no run on these data",
        )
        for name in sorted(missing)
    ]
