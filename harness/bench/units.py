"""Figures as people read them: three digits and a unit."""

from __future__ import annotations

import math


def duration(ns: float) -> str:
    """Return a time with three digits and its unit: ``"412 µs"``."""
    for unit, scale in (("ns", 1.0), ("µs", 1e3), ("ms", 1e6)):
        if ns < 999.5 * scale:
            return f"{_three_digits(ns / scale)} {unit}"
    return f"{_three_digits(ns / 1e9)} s"


def times(ratio: float) -> str:
    """Return a ratio with three digits: ``"31.2×"``."""
    return f"{_three_digits(ratio)}×"


def percent(share: float) -> str:
    """Return a share of 1 in percent with three digits: ``"4.07%"``."""
    return f"{_three_digits(100 * share)}%"


def rate(per_second: float, unit: str) -> str:
    """Return a rate with three digits and a decimal prefix: ``rate(4e10, "B/s")`` is ``"40.0 GB/s"``."""
    for prefix, scale in (("", 1.0), ("k", 1e3), ("M", 1e6), ("G", 1e9)):
        if per_second < 999.5 * scale:
            return f"{_three_digits(per_second / scale)} {prefix}{unit}"
    return f"{_three_digits(per_second / 1e12)} T{unit}"


def _three_digits(value: float) -> str:
    """Return ``value`` with three significant digits, without an exponent above 1e-4."""
    rounded = float(f"{value:.3g}")
    if rounded == 0 or abs(rounded) < 1e-4:
        return f"{value:.3g}"
    decimals = max(0, 2 - math.floor(math.log10(abs(rounded))))
    return f"{value:.{decimals}f}"
