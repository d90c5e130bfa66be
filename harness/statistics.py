"""Comparisons: paired bootstrap and permutation of two runs, several seeds, many comparisons.

Every function is seeded, so the same records give the same figures. Intervals of a single run are in
:mod:`harness.intervals`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from harness.errors import BadInput
from harness.intervals import DRAWN_AT_ONCE, LEVEL, RESAMPLES, SEED, Counts, Floats, bootstrap
from harness.record import Interval
from harness.task import PairedResampler, Task

if TYPE_CHECKING:
    import pyarrow as pa

DRAWS = 10_000
"""Of a permutation test: enough for p-values that survive correction over a long leaderboard."""
FEWEST_DRAWS, DRAWN_UNITS = 1000, 3_000_000
"""A corpus metric is recomputed for every draw; over many units there are fewer draws, as each
takes longer and the effects that many units can show are clearer."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs compared on the same examples.

    Attributes:
        metric: What was compared.
        first: The first run's value.
        second: The second run's value.
        difference: ``first - second``.
        interval: Paired bootstrap interval of the difference.
        p_value: Two-sided; from the test named.
        test: How ``p_value`` was computed.
        units: Number of paired units.
    """

    metric: str
    first: float
    second: float
    difference: float
    interval: Interval
    p_value: float
    test: str
    units: int


class _PairedMean:
    """The weighted mean of two columns on the same examples, as a paired resampler."""

    def __init__(self, first: Floats, second: Floats) -> None:
        self.first, self.second = first, second
        self.units = len(first)

    def __call__(self, first: Counts, second: Counts) -> Floats:
        total = first.sum(axis=1) + second.sum(axis=1)
        result: Floats = (first @ self.first + second @ self.second) / total
        return result


def compare(
    task: Task,
    first: pa.Table,
    second: pa.Table,
    metric: str,
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Comparison:
    """Compare two runs on the same examples: difference, its interval, and a permutation test.

    The test exchanges the two runs' results on random subsets of the units, which leaves the
    distribution of the difference unchanged if the methods do not differ.

    Args:
        task: The task both runs were scored on.
        first: Per-example table of the first run.
        second: Per-example table of the second run.
        metric: What to compare.
        level: Coverage of the interval.
        resamples: Resamples of the bootstrap.
        seed: Seed of both.

    Raises:
        BadInput: The runs were not scored on the same examples, or ``metric`` cannot be resampled.
    """
    paired = task.paired_resampler(first, second, metric)
    draws = DRAWS
    if paired is None:
        paired = paired_mean(first, second, metric)
    else:
        draws = min(DRAWS, max(FEWEST_DRAWS, DRAWN_UNITS // max(1, paired.units)))
    return compare_paired(paired, metric, level=level, resamples=resamples, draws=draws, seed=seed)


def compare_paired(
    paired: PairedResampler,
    metric: str,
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Comparison:
    """Compare two runs through their paired resampler; see :func:`compare`.

    Args:
        paired: Recomputes the metric with each unit from one of the two runs.
        metric: Its name.
        level: Coverage of the interval.
        resamples: Resamples of the bootstrap.
        draws: Draws of the permutation test.
        seed: Seed of both.

    Raises:
        BadInput: There are no units.
    """
    if paired.units == 0:
        raise BadInput("the two runs have no examples to compare")
    ones = np.ones((1, paired.units), np.int64)
    value_first = float(paired(ones, 0 * ones)[0])
    value_second = float(paired(0 * ones, ones)[0])
    return Comparison(
        metric=metric,
        first=value_first,
        second=value_second,
        difference=value_first - value_second,
        interval=bootstrap(
            lambda weights: paired(weights, 0 * weights) - paired(0 * weights, weights),
            paired.units,
            level=level,
            resamples=resamples,
            seed=seed,
        ),
        p_value=_permutation_p_value(paired, draws, seed),
        test=_test_name(paired.units, draws),
        units=paired.units,
    )


def _test_name(units: int, draws: int) -> str:
    # scipy enumerates all exchanges when there are no more of them than draws.
    if units < 63 and 2**units <= draws:
        return f"exact paired permutation over {units} units"
    return f"paired permutation over {units} units, {draws} draws"


def _permutation_p_value(paired: PairedResampler, draws: int, seed: int) -> float:
    """Return the two-sided p-value under exchange of the runs, unit by unit."""
    from scipy import stats

    units = paired.units
    if units == 1:
        # Exchanging the only unit mirrors the difference: both outcomes are as extreme.
        return 1.0
    numbers = np.arange(units)

    def difference(first: Any, second: Any, axis: int) -> Floats:
        # A number below ``units`` stands for that unit of the first run, one above for that of
        # the second; an exchange swaps them at one position.
        mine = np.atleast_2d(np.moveaxis(first, axis, -1) < units).astype(np.int64)
        return paired(mine, 1 - mine) - paired(1 - mine, mine)

    found = stats.permutation_test(
        (numbers, numbers + units),
        difference,
        permutation_type="samples",
        vectorized=True,
        n_resamples=draws,
        # In batches, so that ten thousand draws over thousands of units do not fill the memory.
        batch=max(1, DRAWN_AT_ONCE // units),
        alternative="two-sided",
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def paired_mean(first: pa.Table, second: pa.Table, metric: str) -> PairedResampler:
    """Return the paired resampler of the mean of column ``metric``, examples matched by ``id``.

    Raises:
        BadInput: The tables lack that column, or do not hold the same examples.
    """
    for table in (first, second):
        if metric not in table.column_names:
            raise BadInput(f"{metric} has no per-example values: it cannot be compared in pairs")
    ids_first = first.column("id").to_pylist()
    ids_second = second.column("id").to_pylist()
    if sorted(ids_first) != sorted(ids_second):
        raise BadInput("the two runs were not scored on the same examples")
    place = {identifier: i for i, identifier in enumerate(ids_second)}
    order = [place[identifier] for identifier in ids_first]
    a = first.column(metric).to_numpy(zero_copy_only=False).astype(np.float64)
    b = second.column(metric).to_numpy(zero_copy_only=False).astype(np.float64)
    return _PairedMean(a, b[order])


def over_seeds(values: Sequence[float]) -> tuple[float, float | None]:
    """Return mean and sample standard deviation over seeds (None for a single seed)."""
    array = np.asarray(values, np.float64)
    return float(array.mean()), float(array.std(ddof=1)) if len(array) > 1 else None


def correct(p_values: Sequence[float], method: Literal["holm", "bh"] = "holm") -> list[float]:
    """Return p-values corrected for testing several hypotheses at once.

    Args:
        p_values: Raw p-values.
        method: ``holm`` bounds the chance of any false claim, ``bh`` (Benjamini-Hochberg) the
            share of false ones among those claimed.
    """
    if not p_values:
        return []
    raw = np.asarray(p_values, np.float64)
    if method == "bh":
        from scipy.stats import false_discovery_control

        return [float(p) for p in false_discovery_control(raw)]
    order = np.argsort(raw, kind="stable")
    factors = np.arange(len(raw), 0, -1)
    stepped = np.minimum(1.0, np.maximum.accumulate(raw[order] * factors))
    corrected = np.empty_like(stepped)
    corrected[order] = stepped
    return [float(p) for p in corrected]
