"""The rule-based baseline of WebShop: search for the instruction, buy the first result."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pydantic import Field

from harness.kinds.episodes import Episode, Trajectory
from harness.method import Method, Run
from harness.rollout import WIDTH, Choice, Turn, each, rollout

BUY = "click[buy now]"
_ASIN = re.compile(r"click\[([0-9a-z]{10})\]")


class RulePolicy(Method):
    """Search the shop for the whole instruction, open the first product, buy it without options.

    Yao et al., NeurIPS 2022, section 4: the baseline shows how far the search engine alone gets.
    It gives an episode up where its next action is not offered: no result, or not a shop.
    """

    name = "rule_policy"
    title = "WebShop rule"
    kinds = ("episodes",)
    paper = "Yao, Chen, Yang, Narasimhan, WebShop, NeurIPS 2022, arXiv:2207.01206"

    class Config(Method.Config):
        """Options of the rule."""

        width: int = Field(WIDTH, ge=1, description="Episodes acted in side by side")

    def predict(self, inputs: Sequence[Episode], run: Run) -> Iterable[Trajectory]:
        """Return one trajectory per episode: three actions where all goes well."""
        policy = each(_next)
        return rollout(inputs, policy, width=self.config.width, on_progress=run.on_progress)


def _next(turn: Turn) -> Choice:
    actions = turn.seen.actions
    if not turn.steps:
        searching = any(action.startswith("search[") for action in actions)
        # Brackets would end the action early.
        words = re.sub(r"[\[\]]", " ", turn.episode.goal)
        return Choice(f"search[{words}]" if searching else None)
    if BUY in actions:
        return Choice(BUY)
    return Choice(next((action for action in actions if _ASIN.fullmatch(action)), None))
