"""What the samples say: location, spread, and ratios with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the interval that covers the true value with :data:`CONFIDENCE`.

    ``low`` and ``high`` are None where there are too few samples for any interval.
    """

    value: float
    low: float | None
    high: float | None


def median_interval(values: Sequence[float]) -> Interval:
    """Return the median and its distribution-free interval.

    The interval is the narrowest symmetric pair of order statistics whose coverage, a binomial
    probability, reaches :data:`CONFIDENCE` (David and Nagaraja, Order Statistics, 3rd ed., 7.1).
    Unlike the bootstrap it holds at any number of samples and has no seed. Six samples are the
    fewest that have one. It takes samples to be independent: a disturbance that lasts over several
    rounds makes it too narrow.
    """
    from scipy.stats import binom

    ordered = np.sort(np.asarray(values, np.float64))
    n = len(ordered)
    middle = float(np.median(ordered))
    # The pair (k, n - 1 - k), from 0, covers unless at most k samples fall on one side.
    cut = int(binom.ppf((1 - CONFIDENCE) / 2, n, 0.5))
    while cut >= 0 and 2 * binom.cdf(cut, n, 0.5) > 1 - CONFIDENCE:
        cut -= 1
    if cut < 0:
        return Interval(middle, None, None)
    return Interval(middle, float(ordered[cut]), float(ordered[n - 1 - cut]))


def paired_ratio(other: Sequence[float], own: Sequence[float]) -> Interval:
    """Return how many times as long ``other`` takes as ``own``, paired by round.

    Above 1, ``own`` is the faster. The estimate is the median over rounds of the ratio.

    Raises:
        ValueError: The two do not have equally many samples.
    """
    return median_interval([a / b for a, b in zip(other, own, strict=True)])
