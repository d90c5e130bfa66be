"""Holds out a part of the training examples, so that checkpoints are chosen on unseen texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.kinds.multiple_choice import Example
from harness.method import Run

Rows = NDArray[np.int64]
MOST_HELD_OUT = 1_000
WORDS_OF_A_TEXT = 4
"""A field of fewer words (an answer, a name) may recur without being the same text."""


def held_out(inputs: Sequence[Example], share: float, run: Run) -> tuple[Rows, Rows]:
    """Split examples at random into those trained on and those held out.

    Examples that share a text (answers to one question, queries about one passage, contrasting
    twins) stay on one side: with one of them learnt by heart the other is no test.

    Args:
        inputs: Training examples.
        share: Of them to hold out, at most 1,000 examples; some are always left to train on.
        run: Whose seed decides.

    Returns:
        The numbers of either part, ascending.
    """
    wanted = min(round(len(inputs) * share), MOST_HELD_OUT, len(inputs) - 1)
    family = _families(inputs)
    order = run.rng("held out").permutation(np.unique(family))
    sizes = np.bincount(family, minlength=len(inputs))
    chosen, count = np.zeros(len(inputs), bool), 0
    for number in order:
        if count + sizes[number] <= wanted:
            chosen[number] = True
            count += int(sizes[number])
    out = chosen[family]
    return np.flatnonzero(~out), np.flatnonzero(out)


def _families(inputs: Sequence[Example]) -> Rows:
    """Return for each example the number of the first one it shares texts with, directly or not."""
    parent = list(range(len(inputs)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    first: dict[str, int] = {}
    for number, item in enumerate(inputs):
        for value in item.fields.values():
            if isinstance(value, str) and len(value.split()) >= WORDS_OF_A_TEXT:
                pair = root(number), root(first.setdefault(value, number))
                parent[max(pair)] = min(pair)
    return np.array([root(number) for number in range(len(inputs))], np.int64)
