"""Confidence intervals over examples, seeded: the same records give the same figures.

Means over examples are resampled here; corpus metrics (AP) bring a resampler of their own
(:meth:`harness.task.Task.resampler`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.record import Interval
from harness.task import Resampler, Task

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

LEVEL = 0.95
RESAMPLES = 1000
DRAWN_AT_ONCE = 5_000_000
"""Weights held at a time: 40 MB."""
SEED = 20170416


def interval_of(task: Task, examples: pa.Table, metric: str) -> Interval | None:
    """Return the interval of ``metric`` over the units in ``examples``, or None if it has none.

    A metric that is a proportion of zeros and ones gets the Wilson interval, right at 0 of n and n
    of n; other means and resampled corpus metrics get the bias-corrected bootstrap.

    Raises:
        BadInput: A per-example value is absent, NaN or infinite.
    """
    resampler = task.resampler(examples, metric)
    if resampler is not None and resampler.units == 0:
        return None
    if resampler is not None:
        return bootstrap(resampler, resampler.units)
    if metric not in examples.column_names:
        return None
    values = examples.column(metric).to_numpy(zero_copy_only=False).astype(np.float64)
    if len(values) == 0:
        return None
    if not np.isfinite(values).all():
        raise BadInput(f"task {task.name}: a per-example value of {metric} is absent or not finite")
    if np.isin(values, (0.0, 1.0)).all():
        return proportion(int(values.sum()), len(values))
    return mean_interval(values)


def proportion(successes: int, n: int, level: float = LEVEL) -> Interval:
    """Return the Wilson score interval of a proportion.

    Raises:
        BadInput: ``n`` is 0 or ``successes`` is not between 0 and ``n``.
    """
    from scipy.stats import binomtest

    if n < 1 or not 0 <= successes <= n:
        raise BadInput(f"{successes} of {n} is no proportion")
    found = binomtest(successes, n).proportion_ci(confidence_level=level, method="wilson")
    return Interval(
        low=max(0.0, float(found.low)),
        high=min(1.0, float(found.high)),
        level=level,
        method=f"Wilson, n = {n}",
    )


def mean_interval(values: Floats, level: float = LEVEL) -> Interval:
    """Return an interval of the mean of ``values`` (n,) float64, one per independent example.

    Percentile bootstrap over examples; a single example or constant values give the degenerate
    interval, and the method says that it tells nothing.
    """
    if len(values) < 2:
        only = float(values[0])
        return Interval(low=only, high=only, level=level, method="one example: no spread known")
    return bootstrap(Mean(values), len(values), level=level)


def cluster_interval(values: Floats, clusters: Sequence[Any], level: float = LEVEL) -> Interval:
    """Return an interval of the mean of ``values`` whose examples come in clusters.

    Whole clusters are resampled (questions about one passage, images of one scene are not
    independent). One cluster tells nothing of the spread between clusters: the interval is then
    degenerate and says so.

    Args:
        values: ``(n,)`` float64.
        clusters: One hashable label per value.
        level: Coverage.
    """
    _, member = np.unique(np.asarray(clusters), return_inverse=True)
    count = int(member.max()) + 1
    if count < 2:
        mean = float(values.mean())
        return Interval(low=mean, high=mean, level=level, method="one cluster: no spread known")
    sums = np.bincount(member, weights=values, minlength=count)
    sizes = np.bincount(member, minlength=count).astype(np.float64)

    def ratio(weights: Counts) -> Floats:
        result: Floats = (weights @ sums) / (weights @ sizes)
        return result

    return bootstrap(ratio, count, level=level)


class Mean:
    """The weighted mean of a column, as a resampler."""

    def __init__(self, values: Floats) -> None:
        self.values = values
        self.units = len(values)

    def __call__(self, weights: Counts) -> Floats:
        """Return ``(r,)`` means under ``(r, units)`` weights."""
        result: Floats = (weights @ self.values) / weights.sum(axis=1)
        return result


def bootstrap(
    statistic: Resampler | Callable[[Counts], Floats],
    units: int,
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval:
    """Return the bias-corrected bootstrap interval of a statistic of weighted units.

    A corpus metric is not centred on itself under resampling: repeated images make AP rise. Efron's
    bias-corrected percentiles (1981) shift the quantiles by how far the observed value lies from
    the median of the resamples; for an unbiased statistic they are the plain percentiles.

    Args:
        statistic: ``(r, units)`` int64 weights to ``(r,)`` float64 values.
        units: Number of units resampled with replacement.
        level: Coverage.
        resamples: Number of resamples.
        seed: Seed of the resampling.

    A single unit tells nothing of the spread: the interval is then degenerate and says so.
    """
    observed = float(statistic(np.ones((1, units), np.int64))[0])
    if units < 2:
        return Interval(
            low=observed, high=observed, level=level, method="one unit: no spread known"
        )
    values = np.concatenate([statistic(weights) for weights in _drawn(units, resamples, seed)])
    # A resample may hold nothing the metric is defined on (no small object, say).
    defined = values[np.isfinite(values)]
    if not len(defined):
        return Interval(low=observed, high=observed, level=level, method="no resample defines it")
    return corrected_percentiles(defined, observed, level, f"over {units} units")


def _drawn(units: int, resamples: int, seed: int) -> Iterator[Counts]:
    """Yield ``(r, units)`` counts of units drawn with replacement, ``resamples`` rows in all."""
    rng = np.random.default_rng(seed)
    # In blocks, so that a thousand resamples of a million units do not fill the memory.
    block = max(1, DRAWN_AT_ONCE // units)
    for begin in range(0, resamples, block):
        rows = min(block, resamples - begin)
        yield rng.multinomial(units, np.full(units, 1 / units), size=rows).astype(np.int64)


def corrected_percentiles(values: Floats, observed: float, level: float, over: str) -> Interval:
    """Return the bias-corrected percentile interval of resampled ``values``.

    Args:
        values: ``(r,)`` finite values of the resamples.
        observed: The statistic of the data themselves.
        level: Coverage.
        over: What was resampled, for people (``"over 300 units"``).
    """
    normal = NormalDist()
    below = float(np.mean(values < observed) + np.mean(values == observed) / 2)
    # Beyond the outermost resample nothing is known, so the shift stays finite.
    shift = normal.inv_cdf(min(max(below, 0.5 / len(values)), 1 - 0.5 / len(values)))
    reach = normal.inv_cdf((1 + level) / 2)
    low, high = (float(np.quantile(values, normal.cdf(2 * shift + z))) for z in (-reach, reach))
    return Interval(low=low, high=high, level=level, method=f"bias-corrected bootstrap {over}")
