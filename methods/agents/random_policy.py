"""An agent that does anything it may: the floor under every interactive benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import Field

from harness.errors import BadInput
from harness.kinds.episodes import Episode, Trajectory
from harness.method import Method, Run
from harness.rollout import WIDTH, Choice, Turn, each, rollout


class RandomPolicy(Method):
    """Take one of the listed actions, each as likely as the others, until the episode ends.

    Works wherever the environment lists what can be done. Every episode draws from a generator of
    its own, so its actions do not depend on which episodes run beside it.
    """

    name = "random_policy"
    title = "Random action"
    kinds = ("episodes",)

    class Config(Method.Config):
        """Options of the random agent."""

        width: int = Field(WIDTH, ge=1, description="Episodes acted in side by side")

    def predict(self, inputs: Sequence[Episode], run: Run) -> Iterable[Trajectory]:
        """Return one trajectory per episode.

        Raises:
            BadInput: An episode lists no action.
        """
        drawn: dict[int, Any] = {}

        def choose(turn: Turn) -> Choice:
            listed = turn.seen.actions
            if not listed:
                raise BadInput(
                    f"episode {turn.episode.id} lists no actions at step {len(turn.steps)}; "
                    "random_policy needs a benchmark that lists them"
                )
            if turn.number not in drawn:
                drawn[turn.number] = run.rng(f"episode {turn.episode.id}")
            return Choice(listed[drawn[turn.number].integers(len(listed))])

        return rollout(inputs, each(choose), width=self.config.width, on_progress=run.on_progress)
