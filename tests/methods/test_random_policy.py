"""The random agent: the contract, uniform choices, and independence of what runs beside."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.errors import BadInput
from harness.kinds.episodes import Observation
from harness.method import Run
from harness.methods.agents.random_policy import RandomPolicy
from harness.testing import check_method, samples
from harness.testing.samples.episodes import Walk


def test_contract() -> None:
    check_method(RandomPolicy)


def test_width_changes_nothing() -> None:
    answers = [
        list(RandomPolicy(RandomPolicy.Config(width=w)).predict(samples.inputs("episodes"), Run(1)))
        for w in (1, 2, 16)
    ]
    assert answers[0] == answers[1] == answers[2]
    other = list(RandomPolicy().predict(samples.inputs("episodes"), Run(2)))
    assert other != answers[0]


def test_every_listed_action_is_as_likely_as_the_others() -> None:
    walks = [Walk(f"walk {i}", "", 1, 3, 0) for i in range(2000)]
    taken = Counter(t.steps[0].action for t in RandomPolicy().predict(walks, Run(0)))
    assert set(taken) == {"go east", "take coin"}
    # Binomial, five standard deviations.
    assert abs(taken["go east"] - 1000) < 5 * (2000 / 4) ** 0.5


def test_an_environment_that_lists_nothing() -> None:
    class Silent:
        def reset(self) -> Observation:
            return Observation("Say something.")

        def close(self) -> None: ...

    class Talk:
        id, goal, max_steps = "talk", "talk", 3

        def start(self) -> Silent:
            return Silent()

    with pytest.raises(BadInput, match="episode talk lists no actions at step 0"):
        RandomPolicy().predict([Talk()], Run(0))  # type: ignore[list-item]
