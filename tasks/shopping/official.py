"""Who computes rewards: the rules written here, or the released ``web_agent_site`` if installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Literal

from harness.errors import Unavailable
from harness.tasks.shopping.goals import Goal
from harness.tasks.shopping.nouns import Tagger, nouns_by
from harness.tasks.shopping.products import Product
from harness.tasks.shopping.reward import Reward, reward_of

Engine = Literal["rules", "web_agent_site"]


def judge_by(
    engine: Engine, tagger: Tagger
) -> Callable[[Product, Goal, float, Mapping[str, str]], Reward]:
    """Return the function from product, goal, price and chosen options to the reward.

    Raises:
        Unavailable: The engine or the tagger is not installed.
    """
    if engine == "web_agent_site":
        return _released()
    nouns = lru_cache(maxsize=1 << 16)(nouns_by(tagger))

    def judge(product: Product, goal: Goal, price: float, options: Mapping[str, str]) -> Reward:
        return reward_of(product, goal, price, options, nouns)

    return judge


def _released() -> Callable[[Product, Goal, float, Mapping[str, str]], Reward]:
    try:
        from web_agent_site.engine.goal import get_reward
    except (ImportError, OSError) as error:
        raise Unavailable(
            f"engine=web_agent_site cannot be loaded ({str(error).splitlines()[0]}): set up "
            "https://github.com/princeton-nlp/WebShop and put it on PYTHONPATH, or engine=rules"
        ) from None

    def judge(product: Product, goal: Goal, price: float, options: Mapping[str, str]) -> Reward:
        value, parts = get_reward(
            _as_released(product), _goal_as_released(goal), price, dict(options), verbose=True
        )
        return Reward(
            value=float(value),
            type=float(parts["r_type"]),
            attributes=float(parts["r_att"]),
            options=parts.get("r_option"),
            price=bool(parts["r_price"]),
            query_match=bool(parts["query_match"]),
            category_match=bool(parts["category_match"]),
            title_score=float(parts["title_score"]),
        )

    return judge


def _as_released(product: Product) -> dict[str, Any]:
    return {
        "query": product.query,
        "product_category": product.product_category,
        "name": product.name,
        "Title": product.name,
        "Description": product.description,
        "BulletPoints": list(product.bullets),
        "Attributes": list(product.attributes),
    }


def _goal_as_released(goal: Goal) -> dict[str, Any]:
    """Return the goal as the released code holds it: pairs of synthetic goals as a dictionary."""
    pairs = [option for option in goal.options if isinstance(option, tuple)]
    return {
        "query": goal.query,
        "product_category": goal.product_category,
        "name": goal.name,
        "attributes": list(goal.attributes),
        "goal_options": dict(pairs) if pairs else list(goal.options),
        "price_upper": goal.price_upper,
    }
