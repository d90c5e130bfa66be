"""Chance: every image of every prompt gets a random score."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.kinds.preference import PromptImages, Rewards
from harness.method import Method, Run


class RandomPreference(Method):
    """Score images at random, whatever they show; half of all strict pairs come out right.

    The floor of any preference benchmark. A prompt's scores depend on the seed and the prompt's id
    alone, so they stay the same whatever else is asked, and it runs where the images are missing.
    """

    name = "random_preference"
    title = "Random preference"
    kinds = ("preference",)
    paper = "Chance; no paper"

    def predict(self, inputs: Sequence[PromptImages], run: Run) -> Iterable[Rewards]:
        """Yield uniform scores between 0 and 1."""
        for item in run.track(inputs):
            yield Rewards(item.id, run.rng(f"prompt {item.id}").random(len(item)))
