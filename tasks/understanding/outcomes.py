"""What a run's examples keep, and the resampling of figures that are no mean over examples.

Classification figures (F1, MCC, MultiRC's pooled F1a and exact match) are ratios of counts that add
up over units, so resampling weights the counts. Correlations are recomputed from weighted moments,
Spearman's from weighted mid-ranks. With all weights 1 each equals the official function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
Weights = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Predictions beside the truth.

    Attributes:
        predicted: ``(n,)`` float64, the chosen index or the predicted rating.
        gold: ``(n,)`` float64, the right index or the rating.
        groups: What is judged together, one name per example.
        units: What is resampled, one name per example; each group lies in one unit.
    """

    predicted: Floats
    gold: Floats
    groups: Sequence[str]
    units: Sequence[str]

    @property
    def correct(self) -> Floats:
        """Return ``(n,)``: 1 where the prediction is the truth."""
        right: Floats = (self.predicted == self.gold).astype(np.float64)
        return right

    def columns(self) -> dict[str, list[float] | list[str]]:
        """Return the columns of the per-example table."""
        return {
            "predicted": self.predicted.tolist(),
            "gold": self.gold.tolist(),
            "group": list(self.groups),
            "unit": list(self.units),
        }

    @classmethod
    def from_table(cls, table: pa.Table) -> Outcomes:
        """Return what :meth:`columns` wrote.

        Raises:
            BadInput: The table lacks a column; it comes from another task or version.
        """
        for name in ("predicted", "gold", "group", "unit"):
            if name not in table.column_names:
                raise BadInput(
                    f"the record's examples have no {name!r}: not scored by this version of the "
                    "task; run it again"
                )
        return cls(
            table.column("predicted").to_numpy().astype(np.float64),
            table.column("gold").to_numpy().astype(np.float64),
            table.column("group").to_pylist(),
            table.column("unit").to_pylist(),
        )

    def unit_numbers(self) -> tuple[NDArray[np.intp], int]:
        """Return ``(n,)`` unit numbers, in order of the units' names, and how many there are."""
        names, number = np.unique(
            np.array(self.units, dtype=object).astype(str), return_inverse=True
        )
        return number, len(names)


def confusion(outcomes: Outcomes, classes: int) -> Floats:
    """Return ``(units, classes, classes)`` counts, gold class first."""
    number, units = outcomes.unit_numbers()
    counts = np.zeros((units, classes, classes))
    index = (number, outcomes.gold.astype(np.intp), outcomes.predicted.astype(np.intp))
    np.add.at(counts, index, 1.0)
    return counts


def groups_right(outcomes: Outcomes) -> Floats:
    """Return ``(units, 2)``: how many groups are right throughout, and how many there are."""
    number, units = outcomes.unit_numbers()
    names, group = np.unique(
        np.array(outcomes.groups, dtype=object).astype(str), return_inverse=True
    )
    wrong = np.bincount(group, weights=1 - outcomes.correct, minlength=len(names))
    home = np.zeros(len(names), np.intp)
    home[group] = number
    right = np.bincount(home, weights=wrong == 0, minlength=units)
    return np.stack([right, np.bincount(home, minlength=units)], axis=1)


def class_f1(counts: Floats, positive: int) -> Floats:
    """Return ``(r,)`` F1 of one class from ``(r, c, c)`` counts; 0 where the class is absent."""
    hits = counts[:, positive, positive]
    sizes = counts[:, positive, :].sum(axis=1) + counts[:, :, positive].sum(axis=1)
    f1: Floats = np.divide(2 * hits, sizes, out=np.zeros_like(hits), where=sizes > 0)
    return f1


def macro_f1(counts: Floats) -> Floats:
    """Return ``(r,)`` means of every class's F1."""
    mean: Floats = np.mean([class_f1(counts, k) for k in range(counts.shape[1])], axis=0)
    return mean


def accuracy(counts: Floats) -> Floats:
    """Return ``(r,)`` fractions on the diagonal of ``(r, c, c)`` counts."""
    result: Floats = np.trace(counts, axis1=1, axis2=2) / counts.sum(axis=(1, 2))
    return result


def matthews(counts: Floats) -> Floats:
    """Return ``(r,)`` Matthews correlations of two classes; 0 where a margin is empty."""
    (tn, fp), (fn, tp) = (counts[:, k].T for k in (0, 1))
    product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    covariance = tp * tn - fp * fn
    scale = np.sqrt(product)
    mcc: Floats = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0)
    return mcc


def pearson(x: Floats, y: Floats, weights: NDArray[np.float64]) -> Floats:
    """Return ``(r,)`` weighted correlations of ``(n,)`` or ``(r, n)`` values; NaN where constant."""
    total = weights.sum(axis=1, keepdims=True)
    dx = x - (weights * x).sum(axis=1, keepdims=True) / total
    dy = y - (weights * y).sum(axis=1, keepdims=True) / total
    scale = np.sqrt((weights * dx * dx).sum(axis=1) * (weights * dy * dy).sum(axis=1))
    covariance = (weights * dx * dy).sum(axis=1)
    nothing = np.full_like(scale, np.nan)
    correlation: Floats = np.divide(covariance, scale, out=nothing, where=scale > 0)
    return correlation


def spearman(x: Floats, y: Floats, weights: NDArray[np.float64]) -> Floats:
    """Return ``(r,)`` weighted rank correlations; equal values share their middle rank."""
    return pearson(_mid_ranks(x, weights), _mid_ranks(y, weights), weights)


def _mid_ranks(x: Floats, weights: NDArray[np.float64]) -> Floats:
    """Return the ``(r, n)`` middle ranks of ``(n,)`` values that occur ``(r, n)`` times."""
    order = np.argsort(x, kind="stable")
    _, starts, place = np.unique(x[order], return_index=True, return_inverse=True)
    size = np.add.reduceat(weights[:, order], starts, axis=1)
    middle = np.cumsum(size, axis=1) - size + (size + 1) / 2
    ranks = np.empty_like(weights)
    ranks[:, order] = middle[:, place]
    return ranks


@dataclass(slots=True)
class Resampled:
    """A figure under weights of units: a :class:`harness.task.Resampler`.

    Attributes:
        units: Number of units.
        figure: ``(r, units)`` weights to ``(r,)`` values.
    """

    units: int
    figure: Callable[[NDArray[np.float64]], Floats]

    def __call__(self, weights: Weights) -> Floats:
        """Return ``(r,)`` values."""
        return self.figure(weights.astype(np.float64))


@dataclass(slots=True)
class PairedResampled:
    """A figure with each unit from one of two runs: a :class:`harness.task.PairedResampler`.

    Attributes:
        units: Number of units of either run.
        figure: ``(r, 2 units)`` weights, the first run's first, to ``(r,)`` values.
    """

    units: int
    figure: Callable[[NDArray[np.float64]], Floats]

    def __call__(self, first: Weights, second: Weights) -> Floats:
        """Return ``(r,)`` values."""
        return self.figure(np.concatenate([first, second], axis=1).astype(np.float64))


def joined(first: Outcomes, second: Outcomes) -> Outcomes:
    """Return both runs' outcomes as one; the units of the second come after those of the first.

    Raises:
        BadInput: The runs were not scored on the same examples.
    """
    same = list(first.units) == list(second.units) and list(first.groups) == list(second.groups)
    if not same or not np.array_equal(first.gold, second.gold):
        raise BadInput(
            "the two runs were not scored on the same examples; run both on the same data"
        )
    return Outcomes(
        np.concatenate([first.predicted, second.predicted]),
        np.concatenate([first.gold, second.gold]),
        [f"{side}{g}" for side, run in (("a", first), ("b", second)) for g in run.groups],
        [f"{side}{u}" for side, run in (("a", first), ("b", second)) for u in run.units],
    )
