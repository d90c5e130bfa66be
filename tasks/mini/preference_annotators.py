"""Simulated annotators of the mini preference data, who disagree as people do.

An annotator feels an image's faithfulness plus Gumbel noise of their own. Of two images, the better
one is then preferred with the logistic probability of the Bradley-Terry model, and whole rankings
follow Plackett and Luce (Yellott, J. Math. Psychology 15, 1977).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.tasks.preference.pairs import count_pairs

Floats = NDArray[np.float64]

NOISE = 0.6
"""Scale of the noise: of two images one unit of faithfulness apart, 84 % prefer the better."""

ANNOTATORS = 5

_GRADES = (-0.3, -1.0, -1.8, -2.8)
"""Felt faithfulness above which an image gets grade 1, 2, 3 and 4; below all of them 5."""


def felt(faithfulness: Floats, rng: np.random.Generator, annotators: int = ANNOTATORS) -> Floats:
    """Return ``(annotators, n)`` impressions of ``(n,)`` images."""
    # A standard Gumbel variable's mean is Euler's constant; the noise is centred.
    noise = rng.gumbel(-np.euler_gamma, 1, (annotators, len(faithfulness)))
    return np.asarray(faithfulness + NOISE * noise, np.float64)


def grades(impressions: Floats) -> NDArray[np.int64]:
    """Return grades 1 (best) to 5 of ``(n,)`` impressions: with ties, and levels left out."""
    above = impressions[:, None] > np.array(_GRADES)
    return np.asarray(5 - above.sum(axis=1), np.int64)


def orders(impressions: Floats) -> NDArray[np.int64]:
    """Return the ``(a, n)`` ranks, 1 the best, of ``(a, n)`` impressions: no ties."""
    return np.asarray((-impressions).argsort(axis=1).argsort(axis=1) + 1, np.int64)


def agreement(impressions: Floats) -> tuple[float, int]:
    """Return on how many pairs annotators' orders agree with the first's grades, of how many.

    Equal impressions are right half the time, as if a coin were tossed. What one person's order scores on another's grades is what a method that knew one person can
    reach: the ceiling HPSv2's table calls a single human.

    Args:
        impressions: ``(a, n)``, two annotators or more.
    """
    ranks = grades(impressions[0]).astype(np.float64)
    counts = [count_pairs(ranks, other) for other in impressions[1:]]
    return sum(c.right + c.tied / 2 for c in counts), sum(c.counted for c in counts)
