"""Paired comparisons of stored runs, each computed once.

A comparison resamples two runs a few thousand times. Its answer depends on the two records, the
metric and the code that resamples, so it is remembered (see :mod:`harness.memo`) and a leaderboard
that was shown before appears at once.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import config, intervals, registry, sources, statistics
from harness.errors import BadInput
from harness.memo import Memo
from harness.record import Interval, RunRecord
from harness.statistics import Comparison
from harness.store import Store

if TYPE_CHECKING:
    from harness.task import PairedResampler

ALPHA = 0.05


def compare_runs(store: Store, first: RunRecord, second: RunRecord, metric: str) -> Comparison:
    """Compare two runs on the same examples; see :func:`harness.statistics.compare`.

    Raises:
        BadInput: The runs were not scored on the same examples, or have no per-example values.
    """

    def compute() -> Comparison:
        task = registry.tasks.load(first.spec.task)
        options = config.build(task.Config, first.spec.task_config, owner=f"task {task.name}")
        return statistics.compare(task(options), *_tables(store, first, second), metric)

    return _remembered(["compare", metric], first, second, compute)


def equivalent_runs(
    store: Store, first: RunRecord, second: RunRecord, metric: str, margin: float, alpha: float
) -> Comparison:
    """Test whether two runs differ by less than ``margin``: two one-sided bootstrap tests (TOST).

    Args:
        store: Where the per-example tables lie.
        first: One run.
        second: The other.
        metric: What to compare.
        margin: The largest difference that counts as none, in the metric's unit.
        alpha: Level of the test; the interval returned covers ``1 - 2 alpha`` and lies within the
            margin just when the test rejects.

    Raises:
        BadInput: As for :func:`compare_runs`.
    """

    def compute() -> Comparison:
        task = registry.tasks.load(first.spec.task)
        options = config.build(task.Config, first.spec.task_config, owner=f"task {task.name}")
        tables = _tables(store, first, second)
        paired = task(options).paired_resampler(*tables, metric)
        return tost(paired or statistics.paired_mean(*tables, metric), metric, margin, alpha)

    return _remembered(["equivalent", metric, margin, alpha], first, second, compute)


def tost(paired: PairedResampler, metric: str, margin: float, alpha: float) -> Comparison:
    """Return the equivalence test of :func:`equivalent_runs` on a paired resampler."""
    draws = intervals.RESAMPLES
    rng = np.random.default_rng(intervals.SEED)
    share = np.full(paired.units, 1 / paired.units)
    weights = rng.multinomial(paired.units, share, size=draws).astype(np.int64)
    drawn = paired(weights, 0 * weights) - paired(0 * weights, weights)
    ones = np.ones((1, paired.units), np.int64)
    value_first, value_second = float(paired(ones, 0 * ones)[0]), float(paired(0 * ones, ones)[0])
    beyond = max(int((drawn <= -margin).sum()), int((drawn >= margin).sum()))
    low, high = np.quantile(drawn, [alpha, 1 - alpha])
    return Comparison(
        metric=metric,
        first=value_first,
        second=value_second,
        difference=value_first - value_second,
        interval=Interval(
            low=float(low),
            high=float(high),
            level=1 - 2 * alpha,
            method=f"percentile bootstrap over {paired.units} units",
        ),
        p_value=(beyond + 1) / (draws + 1),
        test=f"two one-sided bootstrap tests over {paired.units} units, margin {margin:g}",
        units=paired.units,
    )


def compare_seeds(
    first: Sequence[RunRecord], second: Sequence[RunRecord], metric: str
) -> Comparison:
    """Compare two configurations over the seeds they share: one pair a seed.

    Raises:
        BadInput: They share fewer than two seeds with a value of ``metric``.
    """
    import pyarrow as pa

    sides = [
        {r.spec.seed: r.values()[metric] for r in s if metric in r.values()}
        for s in (first, second)
    ]
    shared = sorted(sides[0].keys() & sides[1].keys())
    if len(shared) < 2:
        raise BadInput(f"{len(shared)} shared seeds with a value of {metric}: a test needs two")
    ids = [str(seed) for seed in shared]
    tables = [pa.table({"id": ids, metric: [side[seed] for seed in shared]}) for side in sides]
    paired = statistics.paired_mean(tables[0], tables[1], metric)
    found = statistics.compare_paired(paired, metric)
    return dataclasses.replace(found, test=found.test.replace("units", "seeds"))


def one_sided(comparison: Comparison, higher_is_better: bool) -> float:
    """Return the p-value of "the first run is better" from the two-sided one.

    The permutation distribution is symmetric about 0, so half the two-sided value lies beyond the
    observed difference.
    """
    better = comparison.difference if higher_is_better else -comparison.difference
    half = comparison.p_value / 2
    return half if better > 0 else 1 - half


def _tables(store: Store, first: RunRecord, second: RunRecord) -> tuple[Any, Any]:
    tables = [store.examples(record) for record in (first, second)]
    for record, table in zip((first, second), tables, strict=True):
        if table is None:
            raise BadInput(f"run {record.key} has no per-example values")
    return tables[0], tables[1]


def _remembered(
    question: list[Any], first: RunRecord, second: RunRecord, compute: Callable[[], Comparison]
) -> Comparison:
    """Return the answer to ``question`` about two runs, computing it at most once."""
    if not first.on_same_data(second):
        raise BadInput(f"runs {first.key} and {second.key} were scored on different data")
    runs = [[record.key, record.examples_sha256] for record in (first, second)]
    files = _sources(registry.tasks.entry(first.spec.task).module)

    def answer() -> tuple[dict[str, Any], Sequence[str]]:
        found = compute()
        return {**dataclasses.asdict(found), "interval": found.interval.model_dump()}, files

    known = _memo().remember(json.dumps([*question, *runs]), answer)
    return Comparison(**{**known, "interval": Interval.model_validate(known["interval"])})


@functools.cache
def _sources(task_module: str) -> tuple[str, ...]:
    """Return the files whose change could change a comparison."""
    closures = (sources.trace(__name__), sources.trace(task_module))
    return tuple(sorted({path for closure in closures for path in closure.files.values()}))


@functools.cache
def _memo() -> Memo:
    return Memo("comparisons")
