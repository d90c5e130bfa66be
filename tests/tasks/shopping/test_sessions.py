"""Forty recorded shopping sessions of people replay to the rewards the released shop gave them.

The products they bought are not among the public excerpt, so each session gets a shop of its own:
options, prices, search results and goal are the recorded ones, and what the record does not hold
(the purchase's attributes, category and nouns) is made to have the recorded agreement with the goal.
Options, price bound, the factor for the type and the reward itself are computed from there.
"""

from __future__ import annotations

import json
from ast import literal_eval
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from harness.tasks.shopping.environment import Rules, ShoppingEnvironment
from harness.tasks.shopping.goals import Goal
from harness.tasks.shopping.products import Product
from harness.tasks.shopping.reward import reward_of
from harness.tasks.shopping.shop import Shop, Source

PAGE = 10


class _Recorded:
    """A search engine that finds what was found then."""

    def __init__(self, results: dict[str, list[int]]) -> None:
        self.results = results

    def search(self, query: str, k: int) -> list[int]:
        return self.results[query]


def _sessions(shared_data: Path) -> list[list[dict[str, Any]]]:
    files = sorted((shared_data / "webshop" / "human_sessions").glob("*.jsonl"))
    return [[json.loads(line) for line in file.read_text().splitlines()] for file in files]


def _words(keywords: Any) -> str:
    return " ".join(literal_eval(keywords) if isinstance(keywords, str) else keywords).lower()


def _goal(stated: dict[str, Any]) -> Goal:
    return Goal(
        asin=stated["asin"],
        query=stated["query"],
        name=stated["name"],
        product_category=stated["product_category"],
        instruction=stated["instruction_text"],
        attributes=tuple(stated["attributes"]),
        options=tuple(stated["goal_options"]),
        price_upper=stated["price_upper"],
    )


def _nouns_like(score: float) -> dict[str, tuple[str, ...]]:
    """Return nouns of the goal's and the purchase's name with the recorded title score."""
    share = Fraction(score).limit_denominator(60)
    wanted = tuple(f"noun{i}" for i in range(share.denominator))
    return {"goal": wanted, "purchase": wanted[: share.numerator]}


def _purchase(record: dict[str, Any], goal: Goal) -> Product:
    info, bought = record["reward_info"], record["content"]
    known = round(info["r_att"] * len(goal.attributes))
    return Product(
        asin=bought["asin"],
        category="",
        query=goal.query if info["query_match"] else "something else",
        name="purchase",
        product_category=goal.product_category if info["category_match"] else "Elsewhere",
        description="",
        bullets=(),
        attributes=goal.attributes[:known],
        options={name: ("another", value) for name, value in bought["options"].items()},
        pricing=(bought["price"],),
    )


def _replay(views: list[dict[str, Any]]) -> tuple[Any, list[str]]:
    """Return the last observation of the session's way to its purchase, and the actions."""
    record = views[-1]
    goal = _goal(record["goal"])
    purchase = _purchase(record, goal)
    item = [view for view in views if view["page"] == "item_page"][-1]["content"]
    assert item["asin"] == purchase.asin
    words, number = _words(item["keywords"]), int(item["page"])
    shown = [
        view["content"]["search_result_asins"]
        for view in views
        if view["page"] == "search_results"
        and _words(view["content"]["keywords"]) == words
        and view["content"]["page"] == number
    ][-1]
    assert purchase.asin in shown
    before = [f"A{place:09d}" for place in range((number - 1) * PAGE)]
    asins = [*before, *shown]
    other = {asin: Product(asin, "", "", "", "", "", (), (), {}, (1.0,)) for asin in asins}
    products = {**other, purchase.asin: purchase}
    nouns = _nouns_like(record["reward_info"]["title_score"])
    shop = Shop(
        source=Source(Path(), Path(), None, 0, "words", "rules"),
        products=products,
        prices={asin: product.pricing[0] for asin, product in products.items()},
        goals=(goal,),
        judge=lambda product, goal, price, options: reward_of(
            product,
            goal,
            price,
            options,
            lambda name: nouns["purchase" if name == "purchase" else "goal"],
        ),
        _index=_Recorded({words: list(range(len(asins)))}),  # type: ignore[arg-type]
        _asins=tuple(asins),
    )
    chosen = [f"click[{value}]" for value in record["content"]["options"].values()]
    actions = [
        f"search[{words}]",
        *["click[next >]"] * (number - 1),
        f"click[{purchase.asin.lower()}]",
        *chosen,
        "click[buy now]",
    ]
    environment = ShoppingEnvironment(shop, 0, Rules())
    seen = environment.reset()
    for action in actions:
        assert action in seen.actions or action.startswith("search["), action
        seen = environment.step(action)
    return environment.purchase, actions


def test_forty_sessions_replay_to_their_recorded_rewards(shared_data: Path) -> None:
    sessions = _sessions(shared_data)
    assert len(sessions) == 40
    rewards = []
    for views in sessions:
        record = views[-1]
        bought, _ = _replay(views)
        info = record["reward_info"]
        assert bought.options == record["content"]["options"]
        assert bought.reward.value == record["reward"], record["url"]
        assert bought.reward.type == info["r_type"]
        assert bought.reward.options == info.get("r_option")
        assert bought.reward.price == info["r_price"]
        rewards.append(bought.reward.value)
    assert 100 * sum(rewards) / 40 == pytest.approx(66.67, abs=0.005)
    assert rewards.count(1.0) == 15
