"""Tolerances learned from the spread of seeds and repeats, and the baseline made of them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from harness.bench.ratios import median_interval
from harness.gate.baseline import (
    Baseline,
    MadeWith,
    PinnedCell,
    PinnedMetric,
    PinnedTiming,
    Rules,
)
from harness.gate.measure import Finding


def rounding(mean: float, rules: Rules) -> float:
    """Return the difference around ``mean`` that is no more than rounding."""
    return rules.floor * max(1.0, abs(mean))


def metric_tolerance(values: Sequence[float], rules: Rules, noisy: int) -> float | None:
    """Return how far the mean of as many new seeds may fall behind that of ``values``.

    Seeds that agree to the last digit show a method without chance: the tolerance is rounding.
    Otherwise it is the half-width of Student's prediction interval for the mean of ``n`` further
    values given ``n`` (Hahn and Meeker, Statistical Intervals, 1991, section 4.7, one-sided),
    ``t * s * sqrt(1/n + 1/n)``: with few seeds the standard deviation itself is uncertain, and t
    widens accordingly.

    Args:
        values: One value per seed.
        rules: Their ``false_alarm`` is shared out evenly (Bonferroni) among the noisy metrics.
        noisy: Number of metrics in the suite whose seeds differ.

    Returns:
        The tolerance in the metric's unit, or None for a single seed, which shows no spread.
    """
    n = len(values)
    if n < 2:
        return None
    floor = rounding(statistics.fmean(values), rules)
    if max(values) == min(values):
        return floor
    from scipy.stats import t

    quantile = float(t.isf(rules.false_alarm / max(1, noisy), n - 1))
    return max(floor, quantile * statistics.stdev(values) * math.sqrt(2 / n))


def timing_tolerance(ratios: Sequence[float], rules: Rules) -> float | None:
    """Return how much longer the median may take, relative to it, or None for too few runs.

    It is the width of the median's distribution-free interval: what a second measurement on the
    same machine could differ by. It is never below ``rules.timing_floor``.
    """
    if not ratios:
        return None
    found = median_interval(ratios)
    if found.low is None or found.high is None:
        return None
    return max(rules.timing_floor, (found.high - found.low) / found.value)


def learn(
    suite: Sequence[PinnedCell],
    findings: Sequence[Finding],
    rules: Rules,
    made_with: MadeWith,
    *,
    untimed: str = "",
) -> Baseline:
    """Return the baseline that pins what the suite showed.

    Args:
        suite: The cells.
        findings: What was found, one for each cell; all must be ok.
        rules: How to learn.
        made_with: Where it was measured.
        untimed: Why nothing was timed, or ``""``.
    """
    noisy = sum(
        len(set(metric.values)) > 1 for found in findings for metric in found.metrics.values()
    )
    cells = []
    for cell, found in zip(suite, findings, strict=True):
        metrics = {
            name: PinnedMetric(
                values=metric.values,
                tolerance=metric_tolerance(metric.values, rules, noisy),
                higher_is_better=metric.higher_is_better,
                unit=metric.unit,
            )
            for name, metric in found.metrics.items()
        }
        timing, why_not = (None, untimed) if untimed else _timing(cell, found, rules)
        cells.append(
            cell.model_copy(
                update={
                    "data": found.data,
                    "metrics": metrics,
                    "timing": timing,
                    "untimed": why_not,
                }
            )
        )
    return Baseline(rules=rules, made_with=made_with, cells=tuple(cells))


def _timing(cell: PinnedCell, found: Finding, rules: Rules) -> tuple[PinnedTiming | None, str]:
    """Return what to pin of a cell's times, or None and why nothing."""
    if cell.device != "cpu":
        return None, "the reference workload runs on the CPU"
    tolerance = timing_tolerance(found.ratios, rules)
    if tolerance is None:
        return None, f"{len(found.ratios)} timed runs are too few"
    median = statistics.median(found.ratios)
    if median < rules.timing_shortest:
        return None, f"too short to time: {median:.2g} of the reference workload"
    if tolerance > rules.timing_widest:
        return None, f"too noisy: the median's interval was {tolerance:.0%} wide"
    return PinnedTiming(ratios=found.ratios, tolerance=tolerance), ""


def remarks(baseline: Baseline) -> list[str]:
    """Return one line for everything in a new baseline that will not gate well."""
    rules = baseline.rules
    lines = []
    for cell in baseline.cells:
        if not cell.metrics:
            lines.append(f"{cell.label}: no metric has a value for every seed; nothing is pinned")
        elif len(cell.seeds) == 1:
            lines.append(
                f"{cell.label}: one seed shows no spread, so any change will be 'cannot tell'; "
                "pin at least two seeds, for a method with chance five"
            )
        wide = [
            name
            for name, metric in cell.metrics.items()
            if metric.tolerance is not None and too_wide(metric, rules)
        ]
        if wide:
            lines.append(
                f"{cell.label}: seeds differ too much to tell small changes of {', '.join(wide)}; "
                "pin more seeds"
            )
        if cell.untimed:
            lines.append(f"{cell.label}: time not pinned: {cell.untimed}")
    return lines


def too_wide(metric: PinnedMetric, rules: Rules) -> bool:
    """Tell whether a value inside the tolerance may still be far worse than the baseline."""
    mean = statistics.fmean(metric.values)
    widest = max(rounding(mean, rules), rules.widest * abs(mean))
    return metric.tolerance is None or metric.tolerance > widest
