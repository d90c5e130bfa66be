from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.units import duration, percent, rate, times


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0.25, "0.250 ns"),
        (1, "1.00 ns"),
        (999.4, "999 ns"),
        (999.6, "1.00 µs"),
        (41_234, "41.2 µs"),
        (4.2e8, "420 ms"),
        (999.6e6, "1.00 s"),
        (1.2345e12, "1234 s"),
    ],
)
def test_durations(ns: float, text: str) -> None:
    assert duration(ns) == text


def test_ratios_shares_and_rates() -> None:
    assert [times(r) for r in (0.0367, 1, 31.24, 1234)] == ["0.0367×", "1.00×", "31.2×", "1234×"]
    assert [percent(s) for s in (0.5, 0.000498, 0)] == ["50.0%", "0.0498%", "0%"]
    assert [rate(r, "B/s") for r in (5, 4e10, 3.35e12)] == ["5.00 B/s", "40.0 GB/s", "3.35 TB/s"]


@given(st.floats(1e-3, 1e12))
def test_a_duration_is_told_to_three_digits(ns: float) -> None:
    number, unit = duration(ns).split()
    scale = {"ns": 1.0, "µs": 1e3, "ms": 1e6, "s": 1e9}[unit]
    assert float(number) * scale == pytest.approx(ns, rel=6e-3)
