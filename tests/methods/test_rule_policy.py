"""The rule: three actions, in a shop; nothing elsewhere."""

from __future__ import annotations

from dataclasses import replace

from harness.method import Run
from harness.methods.agents.rule_policy import RulePolicy
from harness.tasks.webshop import WebShop
from harness.testing import check_method, samples


def test_contract() -> None:
    check_method(RulePolicy)


def test_searches_opens_the_first_product_and_buys_it() -> None:
    task = WebShop(WebShop.Config(episodes=4))
    dataset = task.load()
    for episode, trajectory in zip(
        dataset.inputs, RulePolicy().predict(dataset.inputs, Run(0)), strict=True
    ):
        search, click, buy = (step.action for step in trajectory.steps)
        assert search == f"search[{episode.goal}]"
        first = episode.shop.search(episode.goal)[0].asin.lower()
        assert click == f"click[{first}]"
        assert buy == "click[buy now]"
        assert trajectory.steps[-1].observation.startswith("Thank you")


def test_gives_up_where_nothing_is_found_or_nothing_is_sold() -> None:
    episode = replace(WebShop(WebShop.Config(episodes=1)).load().inputs[0], goal="zz [qq]")
    (trajectory,) = RulePolicy().predict([episode], Run(0))
    assert [step.action for step in trajectory.steps] == ["search[zz  qq ]"]
    walks = samples.inputs("episodes")
    assert all(not t.steps for t in RulePolicy().predict(walks, Run(0)))
