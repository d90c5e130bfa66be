"""One figure from one run or several seeds, and how reports write figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.record import RunRecord
from harness.statistics import over_seeds
from harness.tables import CellValue, Column


@dataclass(frozen=True, slots=True)
class Summary:
    """A metric over the seeds of one configuration.

    Attributes:
        value: Its value, or the mean over seeds.
        low: Lower end of the interval over examples; None for several seeds, or without one.
        high: Upper end of it.
        sd: Sample standard deviation over seeds; None for one seed.
        seeds: Number of seeds.
        runs: Keys of the records it came from.
    """

    value: float
    low: float | None
    high: float | None
    sd: float | None
    seeds: int
    runs: tuple[str, ...]

    @property
    def run(self) -> str:
        """The keys as one string."""
        return " ".join(self.runs)


def summarize(records: Sequence[RunRecord], metric: str | None = None) -> Summary | None:
    """Return ``metric`` (the primary one if None) over ``records``, or None where it is absent.

    Args:
        records: Runs that differ in their seed only.
        metric: The metric's name.
    """
    found = [(r, s) for r in records if (s := r.score(metric)) is not None]
    kept = [(r, s, s.value) for r, s in found if s.value is not None]
    if not kept:
        return None
    mean, sd = over_seeds([value for _, _, value in kept])
    interval = kept[0][1].interval if len(kept) == 1 else None
    return Summary(
        value=mean,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        sd=sd,
        seeds=len(kept),
        runs=tuple(r.key for r, _, _ in kept),
    )


def figure_text(value: float | None, unit: str = "") -> str:
    """Return a figure as the field prints it: three decimals for fractions, else four digits."""
    if value is None:
        return ""
    if unit == "":
        return f"{value:.3f}"
    return f"{value:.2f}" if unit == "%" else f"{value:.4g}"


def amount_text(value: float | None) -> str:
    """Return a time, a rate or a probability with three digits, never in powers of ten."""
    if value is None:
        return ""
    if 0 < value < 0.001:
        return "<0.001"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def figure_cell(
    value: float | None, unit: str = "", *, bold: bool = False, run: str = ""
) -> CellValue:
    """Return the cell of a figure; None gives an absent one."""
    return CellValue(figure_text(value, unit), value, bold, run if value is not None else "")


def amount_cell(value: float | None, run: str = "") -> CellValue:
    """Return the cell of a time or a rate; None gives an absent one."""
    return CellValue(amount_text(value), value, False, run if value is not None else "")


def heading(metric: str, unit: str, higher_is_better: bool, *, spare: int = 0) -> Column:
    """Return a metric's column: name, unit and the direction in which it improves."""
    shown = f"{metric} ({unit})" if unit else metric
    arrow = "↑" if higher_is_better else "↓"
    return Column(f"{shown} {arrow}", metric, numeric=True, spare=spare)
