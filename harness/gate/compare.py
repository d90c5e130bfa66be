"""Verdicts: what a suite shows now against what its baseline pinned.

Each cell gives one row for whether it runs, one for each pinned metric and one for its time. How
verdicts are given:

- A cell ran when its baseline was made. If it fails, crashes or reaches a limit now, it is worse. If
  a package, device or data file is missing here, or the data are others, nothing can be told.
- A metric is worse if its mean over the seeds fell behind the baseline's by more than the tolerance,
  in the metric's own direction, and better if it gained as much. What did not move at all is not
  worse however wide the tolerance; what moved inside one too wide to mean anything cannot be told.
- A time is worse only if the whole interval of the median ratio lies above the baseline's median
  plus tolerance, and not worse if the whole interval lies below that. If it straddles, a narrow one
  is not worse, and one wider than the tolerance cannot be told.

Over all rows worse outweighs cannot tell: more measuring would not clear a regression. Nothing
compared cannot be told.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from harness.bench.ratios import median_interval
from harness.errors import ExitCode
from harness.gate.baseline import Baseline, PinnedCell, PinnedMetric, PinnedTiming, Rules
from harness.gate.learn import rounding, too_wide
from harness.gate.measure import Finding, Readings


class Verdict(StrEnum):
    """What can be said of one row."""

    WORSE = "worse"
    CANNOT_TELL = "cannot tell"
    BETTER = "better"
    NOT_WORSE = "not worse"
    SKIPPED = "skipped"


TIME = "time / reference"
"""The name of rows that compare times."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing compared.

    Attributes:
        cell: The cell's label.
        kind: ``run`` (does it run?), ``metric`` or ``time``.
        name: The metric's name, ``"runs"`` or :data:`TIME`.
        verdict: What can be said.
        baseline: Mean over seeds, or median time ratio, of the baseline.
        now: The same now.
        tolerance: How much worse ``now`` may be, in the same unit.
        moved: Whether anything differs by more than rounding (times: than the tolerance).
        reason: Why, where the figures do not say it.
        unit: The metric's unit.
        higher_is_better: The direction in which it improves.
    """

    cell: str
    kind: Literal["run", "metric", "time"]
    name: str
    verdict: Verdict
    baseline: float | None = None
    now: float | None = None
    tolerance: float | None = None
    moved: bool = False
    reason: str = ""
    unit: str = ""
    higher_is_better: bool = True


def compare(
    baseline: Baseline, findings: Sequence[Finding], *, timings: str = "", reference: str
) -> list[Row]:
    """Return the rows of every cell, in the suite's order; never an empty list.

    Args:
        baseline: What was pinned.
        findings: What was found, one for each cell.
        timings: Why times were not measured, or ``""`` if they were.
        reference: Identity of the reference workload here.
    """
    if not baseline.cells:
        reason = "the baseline pins no cell; make it anew with --update --suite SWEEP.yaml"
        return [Row("suite", "run", "runs", Verdict.CANNOT_TELL, reason=reason)]
    other = baseline.made_with.reference
    mismatch = f"timed against another reference ({other})" if other != reference else ""
    return [
        row
        for cell, found in zip(baseline.cells, findings, strict=True)
        for row in _rows(cell, found, baseline.rules, timings, mismatch)
    ]


def exit_code(rows: Iterable[Row]) -> ExitCode:
    """Return the exit code of a whole check."""
    verdicts = {row.verdict for row in rows}
    if Verdict.WORSE in verdicts:
        return ExitCode.REGRESSION
    if Verdict.CANNOT_TELL in verdicts or not verdicts & {Verdict.NOT_WORSE, Verdict.BETTER}:
        return ExitCode.CANNOT_TELL
    return ExitCode.OK


def _rows(
    cell: PinnedCell, found: Finding, rules: Rules, skipped: str, mismatch: str
) -> Iterator[Row]:
    ran = judge_run(cell, found)
    yield ran
    if ran.verdict is not Verdict.NOT_WORSE:
        return
    for name, pinned in cell.metrics.items():
        now = found.metrics.get(name)
        if now is None:
            yield Row(
                cell.label,
                "metric",
                name,
                Verdict.WORSE,
                baseline=statistics.fmean(pinned.values),
                tolerance=pinned.tolerance,
                moved=True,
                reason=f"no value now: {found.absent.get(name, 'the task reports it no longer')}",
                unit=pinned.unit,
                higher_is_better=pinned.higher_is_better,
            )
        else:
            yield judge_metric(cell.label, name, pinned, now, rules)
    if cell.timing is not None:
        yield judge_timing(
            cell.label, cell.timing, found.ratios, skipped=skipped, mismatch=mismatch
        )
    elif cell.untimed:
        reason = f"not pinned: {cell.untimed}"
        yield Row(cell.label, "time", TIME, Verdict.SKIPPED, reason=reason)


def judge_run(cell: PinnedCell, found: Finding) -> Row:
    """Say whether a cell still runs, on the data that the baseline was made with."""
    verdict, reason = Verdict.NOT_WORSE, ""
    if found.data and cell.data and found.data != cell.data:
        verdict = Verdict.CANNOT_TELL
        reason = "the data are not those of the baseline; restore them, or --update"
    elif found.outcome == "failed":
        verdict, reason = Verdict.WORSE, found.reason
    elif found.outcome == "unavailable":
        verdict, reason = Verdict.CANNOT_TELL, found.reason
    elif not cell.metrics:
        verdict = Verdict.CANNOT_TELL
        reason = "the baseline pins no metric of this cell; --update fills it in"
    return Row(
        cell.label, "run", "runs", verdict, moved=verdict is not Verdict.NOT_WORSE, reason=reason
    )


def judge_metric(label: str, name: str, pinned: PinnedMetric, now: Readings, rules: Rules) -> Row:
    """Compare one metric over the seeds; see the module's rules."""
    before, after = statistics.fmean(pinned.values), statistics.fmean(now.values)
    floor = rounding(before, rules)
    moved = any(abs(a - b) > floor for a, b in zip(now.values, pinned.values, strict=True))
    verdict, reason = _metric_verdict(pinned, now, rules, moved)
    return Row(
        label,
        "metric",
        name,
        verdict,
        baseline=before,
        now=after,
        tolerance=pinned.tolerance,
        moved=moved or verdict is not Verdict.NOT_WORSE,
        reason=reason,
        unit=pinned.unit,
        higher_is_better=pinned.higher_is_better,
    )


def _metric_verdict(
    pinned: PinnedMetric, now: Readings, rules: Rules, moved: bool
) -> tuple[Verdict, str]:
    if now.higher_is_better != pinned.higher_is_better:
        return Verdict.CANNOT_TELL, "the metric's direction changed since; --update"
    if not moved:
        return Verdict.NOT_WORSE, ""
    if pinned.tolerance is None:
        return Verdict.CANNOT_TELL, "moved, but one seed shows no spread; pin at least two"
    gain = statistics.fmean(now.values) - statistics.fmean(pinned.values)
    if not pinned.higher_is_better:
        gain = -gain
    if gain < -pinned.tolerance:
        return Verdict.WORSE, ""
    if gain > pinned.tolerance:
        return Verdict.BETTER, ""
    if too_wide(pinned, rules):
        return Verdict.CANNOT_TELL, "moved inside a tolerance too wide to tell; pin more seeds"
    return Verdict.NOT_WORSE, ""


def judge_timing(
    label: str,
    pinned: PinnedTiming,
    ratios: Sequence[float],
    *,
    skipped: str = "",
    mismatch: str = "",
) -> Row:
    """Compare the median time ratio; see the module's rules.

    Args:
        label: The cell's label.
        pinned: The baseline's ratios.
        ratios: Those measured now.
        skipped: Why times were not measured, or ``""``.
        mismatch: Why the two cannot be compared, or ``""``.
    """
    before = statistics.median(pinned.ratios)
    after = statistics.median(ratios) if ratios else None
    if skipped:
        verdict, reason, after = Verdict.SKIPPED, skipped, None
    elif mismatch:
        verdict, reason = Verdict.CANNOT_TELL, f"the baseline was {mismatch}; --update"
    else:
        verdict, reason = _timing_verdict(before, pinned.tolerance, ratios)
    return Row(
        label,
        "time",
        TIME,
        verdict,
        baseline=before,
        now=after,
        tolerance=before * pinned.tolerance,
        moved=verdict not in (Verdict.NOT_WORSE, Verdict.SKIPPED),
        reason=reason,
        unit="×",
        higher_is_better=False,
    )


def _timing_verdict(
    before: float, tolerance: float, ratios: Sequence[float]
) -> tuple[Verdict, str]:
    found = median_interval(ratios) if ratios else None
    if found is None or found.low is None or found.high is None:
        return Verdict.CANNOT_TELL, f"{len(ratios)} timed runs are too few for an interval"
    limit = before * (1 + tolerance)
    interval = f"interval {found.low:.3g} to {found.high:.3g}"
    if found.low > limit:
        return Verdict.WORSE, interval
    if found.high < before / (1 + tolerance):
        return Verdict.BETTER, interval
    if found.high > limit and found.high - found.low > tolerance * before:
        return Verdict.CANNOT_TELL, f"too noisy: {interval}; repeat on a quieter machine"
    return Verdict.NOT_WORSE, interval
