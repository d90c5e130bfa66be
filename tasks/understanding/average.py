"""The one number of a benchmark of several tasks: SuperGLUE's and GLUE's unweighted average.

A run is one task, so a record holds one task's figures; the average is made of the primary figures
of several, each task once, a task with two figures by their mean (its ``score``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.errors import BadInput, UnknownName
from harness.task import Absent

SUPERGLUE = (
    "superglue/boolq",
    "superglue/cb",
    "superglue/copa",
    "superglue/multirc",
    "superglue/record",
    "superglue/rte",
    "superglue/wic",
    "superglue/wsc",
)
"""The tasks SuperGLUE averages; the two diagnostics are no part of it."""


@dataclass(frozen=True, slots=True)
class Average:
    """An unweighted mean over tasks with what it was made of.

    Attributes:
        value: The mean, between 0 and 1; absent while a task's figure is.
        parts: Task to primary figure, in the benchmark's order; absent figures with their reason.
    """

    value: float | Absent
    parts: Mapping[str, float | Absent]

    def table(self) -> str:
        """Return the figures as a Markdown table, in percent with two decimals."""
        cells = [(name, _percent(value)) for name, value in self.parts.items()]
        cells.append(("**average**", f"**{_percent(self.value)}**"))
        lines = ["| task | score |", "| --- | ---: |", *(f"| {a} | {b} |" for a, b in cells)]
        missing = [f"{n}: {v.reason}" for n, v in self.parts.items() if isinstance(v, Absent)]
        return "\n".join(lines + (["", *missing] if missing else []))


def superglue_average(primary: Mapping[str, float | Absent]) -> Average:
    """Return SuperGLUE's score of the primary figures of its eight tasks.

    Args:
        primary: Registry name of a task to its primary figure, between 0 and 1. A task left out is
            absent, and with it the average: a mean over fewer tasks is another number.

    Raises:
        UnknownName: A name is none of the eight tasks.
        BadInput: A figure is not between 0 and 1.
    """
    return average(primary, SUPERGLUE)


def average(primary: Mapping[str, float | Absent], tasks: Sequence[str]) -> Average:
    """Return the unweighted mean over ``tasks``; see :func:`superglue_average`."""
    for name, value in primary.items():
        if name not in tasks:
            raise UnknownName("task of the average", name, tasks)
        if not isinstance(value, Absent) and not 0 <= value <= 1:
            raise BadInput(f"{name}: {value} is not between 0 and 1; give fractions, not percent")
    parts = {name: primary.get(name, Absent("not run")) for name in tasks}
    values = [value for value in parts.values() if not isinstance(value, Absent)]
    if len(values) < len(tasks):
        lacking = ", ".join(n for n, v in parts.items() if isinstance(v, Absent))
        return Average(Absent(f"no figure for {lacking}"), parts)
    return Average(sum(values) / len(values), parts)


def _percent(value: float | Absent) -> str:
    return "" if isinstance(value, Absent) else f"{100 * value:.2f}"
