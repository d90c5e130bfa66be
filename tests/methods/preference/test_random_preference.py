from __future__ import annotations

import numpy as np

from harness.kinds.preference import LazyImage, PromptImages
from harness.method import Run
from harness.methods.preference.random_preference import RandomPreference
from harness.tasks.preference.pairs import count_pairs
from harness.testing import check_method

ITEMS = [PromptImages(str(k), "", [LazyImage("")] * 5) for k in range(800)]


def test_the_contract() -> None:
    check_method(RandomPreference)


def test_half_of_all_pairs_are_right() -> None:
    ranks = np.arange(5.0)
    answers = list(RandomPreference().predict(ITEMS, Run(seed=1)))
    right = sum(count_pairs(ranks, out.scores).right for out in answers)
    assert abs(right / (10 * len(ITEMS)) - 0.5) < 0.02


def test_a_prompt_keeps_its_scores_whatever_else_is_asked() -> None:
    whole = {out.id: out.scores for out in RandomPreference().predict(ITEMS[:9], Run(seed=1))}
    (alone,) = RandomPreference().predict(ITEMS[4:5], Run(seed=1))
    np.testing.assert_array_equal(alone.scores, whole["4"])
    (other,) = RandomPreference().predict(ITEMS[4:5], Run(seed=2))
    assert not np.array_equal(alone.scores, other.scores)
