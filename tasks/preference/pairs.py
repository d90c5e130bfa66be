"""How preference benchmarks hold a method's scores against people's ranks.

Two rules are in use, and they treat ties oppositely:

- ImageReward's (``acc`` in its test.py): over pairs of images of a prompt that people rank
  differently, a pair is right if the better-ranked image has the strictly greater score; equal
  scores are wrong, and pairs that people rank equal do not count (:func:`count_pairs`).
- HPSv2's (``inversion_score`` in its train.py): one minus the share of discordant pairs among all
  pairs of a prompt, so pairs that people rank equal count as right (:func:`ranking_accuracy`).

Neither scorer is in a package that can be called without its model, hence these; the tests hold
them against the published loops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.kinds import contract
from harness.task import Absent

Floats = NDArray[np.float64]

Terms = Callable[[Any], tuple[Floats, Floats]]
"""From a table of pair counts to the numerators and denominators of a metric, one per prompt."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of one prompt's images.

    Attributes:
        right: Pairs in which the better-ranked image has the strictly greater score.
        counted: Pairs that people rank differently.
        tied: Pairs that people rank differently and whose scores are equal; they are wrong.
    """

    right: int
    counted: int
    tied: int


def count_pairs(ranks: Floats, scores: contract.Floats) -> Pairs:
    """Count one prompt's pairs by ImageReward's rule.

    Args:
        ranks: ``(n,)``, lower is better.
        scores: ``(n,)``, higher is better.
    """
    better = ranks[:, None] < ranks  # each pair that is no tie once: row better than column
    return Pairs(
        right=int((better & (scores[:, None] > scores)).sum()),
        counted=int(better.sum()),
        tied=int((better & (scores[:, None] == scores)).sum()),
    )


def ranking_accuracy(ranks: Floats, scores: contract.Floats) -> float:
    """Return one prompt's score by HPSv2's rule, 0 to 1.

    Equal scores are ordered as listed: the published code sorts them in no particular way.

    Args:
        ranks: ``(n,)`` with ``n >= 2``, lower is better.
        scores: ``(n,)``, higher is better.
    """
    n = len(ranks)
    position = np.empty(n, np.int64)
    position[np.argsort(-scores, kind="stable")] = np.arange(n)
    discordant = int(((ranks[:, None] < ranks) & (position[:, None] > position)).sum())
    return 1 - discordant / (n * (n - 1) / 2)


class RatioResampler:
    """A ratio of sums over prompts, as a resampler (:class:`harness.task.Resampler`).

    Pairs of one prompt share images and are not independent, so prompts are resampled, not pairs.

    Attributes:
        units: The number of prompts.
    """

    def __init__(self, numerators: Floats, denominators: Floats) -> None:
        """Keep the ``(units,)`` terms of both sums."""
        self.units = len(numerators)
        self._terms = np.stack([numerators, denominators], axis=1)

    def __call__(self, weights: NDArray[np.int64]) -> Floats:
        """Return ``(r,)`` values for ``(r, units)`` weights; NaN where no weighted prompt counts."""
        return _ratio(weights @ self._terms)


class PairedRatioResampler:
    """The same with every prompt's terms taken from either of two runs.

    Attributes:
        units: The number of prompts.
    """

    def __init__(self, first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> None:
        """Keep both runs' numerators and denominators."""
        self.units = len(first[0])
        self._first, self._second = np.stack(first, axis=1), np.stack(second, axis=1)

    def __call__(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> Floats:
        """Return ``(r,)`` values for two ``(r, units)`` arrays of weights; NaN as above."""
        return _ratio(first @ self._first + second @ self._second)


def pooled(table: Any) -> tuple[Floats, Floats]:
    """Return the terms of the accuracy over all pairs (micro) from a table of pair counts.

    Args:
        table: An Arrow table as :func:`columns` makes it, one row per prompt.

    Raises:
        BadInput: The table has no such counts.
    """
    return _column(table, "right"), _column(table, "counted")


def per_prompt(table: Any) -> tuple[Floats, Floats]:
    """Return the terms of the mean accuracy of prompts (macro); prompts that are all ties drop out.

    Args:
        table: As for :func:`pooled`.

    Raises:
        BadInput: The table has no such counts.
    """
    right, counted = pooled(table)
    return right / np.maximum(counted, 1), np.minimum(counted, 1)


def columns(counts: Sequence[Pairs]) -> dict[str, NDArray[np.int64]]:
    """Return the counts as columns, one row per prompt."""
    names = ("right", "counted", "tied")
    return {n: np.array([getattr(c, n) for c in counts], np.int64) for n in names}


def same_prompts(first: Any, second: Any) -> None:
    """Make sure that two tables of pair counts are about the same ranked prompts.

    Raises:
        BadInput: They differ in their prompts or in the ranks these were given.
    """
    if first.column("id").to_pylist() != second.column("id").to_pylist():
        raise BadInput(
            f"the two runs were scored on different prompts ({first.num_rows} and "
            f"{second.num_rows}); compare runs on the same data"
        )
    if not np.array_equal(_column(first, "counted"), _column(second, "counted")):
        raise BadInput(
            "the two runs were scored against different ranks of the same prompts; "
            "run both again on the same data"
        )


def value(terms: tuple[Floats, Floats], origin: str) -> float | Absent:
    """Return the ratio of the sums, absent where no pair counts.

    Args:
        terms: Numerators and denominators.
        origin: Where the data came from, for the reason.
    """
    numerators, denominators = terms
    total = float(denominators.sum())
    if not total:
        return Absent(f"all images of {origin} are tied in rank: no pair counts")
    return float(numerators.sum()) / total


def totals(counts: Sequence[Pairs], ranks: Sequence[Floats]) -> dict[str, float]:
    """Return how many pairs there are, how many people and scores leave tied, by name."""
    everything = sum(len(r) * (len(r) - 1) // 2 for r in ranks)
    counted = sum(c.counted for c in counts)
    return {
        "counted": float(counted),
        "tied in rank": float(everything - counted),
        "tied in score": float(sum(c.tied for c in counts)),
    }


def _ratio(sums: Floats) -> Floats:
    """Return ``(r,)`` quotients of the columns of ``sums``; NaN where the second is 0."""
    quotients = np.full(len(sums), np.nan)
    np.divide(sums[:, 0], sums[:, 1], out=quotients, where=sums[:, 1] > 0)
    return quotients


def _column(table: Any, name: str) -> Floats:
    if name not in table.column_names:
        raise BadInput(
            f"the per-example table has no column {name!r}; was it scored by a preference task?"
        )
    return np.asarray(table.column(name).to_numpy(zero_copy_only=False), np.float64)
