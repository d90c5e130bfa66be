from __future__ import annotations

import pytest

from harness.reports.ladder import Rung, climbs


@pytest.mark.parametrize(
    ("means", "spread", "expected"),
    [
        ((0.6, 0.7, 0.8), 0.05, True),
        ((0.6, 0.7, 0.8), 0.11, False),
        ((0.6, 0.8, 0.7), 0.01, False),
        ((0.5, 0.7, 0.8), 0.01, False),
    ],
)
def test_a_ladder_climbs_by_more_than_its_spread(
    means: tuple[float, ...], spread: float, expected: bool
) -> None:
    assert climbs(0.5, [Rung(mean, spread, 5) for mean in means]) is expected


def test_a_rung_is_told_in_percent() -> None:
    assert str(Rung(0.8644, 0.0298, 5)) == "86.4 ± 3.0"
