"""Sensitivity plots: a metric against an option, with intervals and the baseline as reference.

The same records give the same file: no dates, fixed identifiers, the fonts matplotlib comes with.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput, Unavailable
from harness.paths import write_atomically
from harness.reports.measured import Measured, identity
from harness.reports.paper import Curve, Paper, Sweep
from harness.reports.paper_tables import short_citation
from harness.reports.summary import Summary, summarize

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Point = tuple[float, float, float, float]
"""Option, value, and the ends of its band."""

FORMATS = (".svg", ".png", ".pdf")

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""Okabe and Ito's palette: told apart with any colour vision."""

_REFERENCE: dict[str, Any] = {"color": "#555555", "linestyle": "--", "linewidth": 1}

_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "harness",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
}


def check_figure_path(path: Path) -> None:
    """Make sure a figure can be written to ``path``, before anything is computed for it.

    Raises:
        BadInput: Its suffix names no format.
        Unavailable: matplotlib is not installed.
    """
    if path.suffix not in FORMATS:
        raise BadInput(
            f"{path}: no figure format has the suffix {path.suffix!r} ({', '.join(FORMATS)})"
        )
    from harness.extras import how_to_install
    from harness.sources import is_installed

    if not is_installed("matplotlib"):
        raise Unavailable(f"figures need matplotlib: {how_to_install(('report',), 'matplotlib')}")


def write_figure(paper: Paper, measured: Measured, path: Path) -> None:
    """Draw the sweeps of ``paper`` side by side into ``path``.

    Raises:
        BadInput: The paper has no sweeps, the suffix is unknown, or the file cannot be written.
        Unavailable: matplotlib is not installed.
    """
    check_figure_path(path)
    if not paper.sweeps:
        raise BadInput(f"the paper of {paper.method} has no sensitivity sweep to draw")
    data = draw(paper, measured, path.suffix.removeprefix("."))
    try:
        write_atomically(path, data)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from None


def draw(paper: Paper, measured: Measured, form: str) -> bytes:
    """Return the figure as the bytes of an ``svg``, ``png`` or ``pdf`` file."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[form]
    count = len(paper.sweeps)
    compared = any(sweep.reference for sweep in paper.sweeps)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(1.0 + 3.4 * count, 5.6 if compared else 3.4), layout="constrained")
        rows = figure.subplots(
            2 if compared else 1, count, sharex="col", sharey="row", squeeze=False
        )
        for column, sweep in enumerate(paper.sweeps):
            _draw_values(rows[0][column], paper, sweep, measured)
            if compared:
                _draw_differences(rows[1][column], paper, sweep, measured)
            rows[-1][column].set_xlabel(sweep.axis)
        unit = " (%)" if paper.sweeps[0].metric.factor == 100 else ""
        rows[0][0].set_ylabel(f"{paper.sweeps[0].metric.heading}{unit}")
        if compared:
            rows[1][0].set_ylabel("difference, same examples")
        figure.suptitle(
            f"{short_citation(paper)}. Bands: 95%; rings: the paper's choice\n"
            f"{measured.origin or 'nothing measured'}",
            fontsize=9,
        )
        sink = io.BytesIO()
        figure.savefig(sink, format=form, metadata=undated, dpi=200)
    return sink.getvalue()


def _draw_values(axes: Axes, paper: Paper, sweep: Sweep, measured: Measured) -> None:
    """Draw each curve with its intervals, and the reference as a dashed line."""
    factor = sweep.metric.factor
    if sweep.reference is not None:
        arm = paper.arm(sweep.reference)
        found = summarize(measured.of(arm), sweep.metric.metric)
        if found is not None:
            axes.axhline(factor * found.value, label=arm.label, **_REFERENCE)
    for curve, colour in zip(sweep.curves, _COLOURS, strict=False):
        points = [
            (value, found.value, *_band(found))
            for value, arm in zip(curve.values, curve.arms(), strict=True)
            if (found := summarize(measured.of(arm), sweep.metric.metric)) is not None
        ]
        _draw_curve(axes, curve, points, colour, factor)
    axes.set_title(sweep.title, fontsize=9)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower left", fontsize=8)


def _draw_differences(axes: Axes, paper: Paper, sweep: Sweep, measured: Measured) -> None:
    """Draw each curve's paired difference to the reference, which is the line at 0."""
    if sweep.reference is None:
        axes.set_visible(False)
        return
    reference = paper.arm(sweep.reference)
    axes.axhline(0.0, **_REFERENCE)
    for curve, colour in zip(sweep.curves, _COLOURS, strict=False):
        points: list[Point] = []
        for value, arm in zip(curve.values, curve.arms(), strict=True):
            found = measured.difference(arm, reference, sweep.metric.metric)
            if found is not None:
                ends = found.interval
                points.append((value, found.difference, ends.low, ends.high))
            elif identity(arm) == identity(reference):
                points.append((value, 0.0, 0.0, 0.0))
        _draw_curve(axes, curve, points, colour, sweep.metric.factor)


def _draw_curve(
    axes: Axes, curve: Curve, points: Sequence[Point], colour: str, factor: float
) -> None:
    """Draw values with their band, in the paper's unit; a ring marks the paper's own choice."""
    if not points:
        return
    x = [point[0] for point in points]
    y, low, high = ([factor * point[i] for point in points] for i in (1, 2, 3))
    axes.fill_between(x, low, high, color=colour, alpha=0.12, linewidth=0)
    axes.plot(x, y, marker="o", markersize=3.5, linewidth=1.4, color=colour, label=curve.label)
    if curve.default in x:
        at = x.index(curve.default)
        axes.plot(x[at], y[at], marker="o", markersize=9, fillstyle="none", color=colour)


def _band(found: Summary) -> tuple[float, float]:
    """Return the ends of the interval over examples, or one standard deviation over seeds."""
    if found.low is not None and found.high is not None:
        return found.low, found.high
    spread = found.sd or 0.0
    return found.value - spread, found.value + spread
