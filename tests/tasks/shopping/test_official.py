"""The released code as the judge."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from harness.tasks.shopping.goals import Goal
from harness.tasks.shopping.official import judge_by
from harness.tasks.shopping.products import Product


def test_the_released_code_judges_if_asked(
    monkeypatch: pytest.MonkeyPatch, product: Product, goal: Goal
) -> None:
    asked: list[Any] = []

    def get_reward(bought: Any, wanted: Any, price: float, options: Any, verbose: bool) -> Any:
        asked.append((bought, wanted, price, options, verbose))
        parts = {"r_type": 1.0, "r_att": 0.5, "r_price": True, "query_match": False}
        return 0.25, {**parts, "category_match": True, "title_score": 0.3}

    for name in ("web_agent_site", "web_agent_site.engine", "web_agent_site.engine.goal"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(
        sys.modules["web_agent_site.engine.goal"], "get_reward", get_reward, raising=False
    )
    found = judge_by("web_agent_site", "words")(product, goal, 25.0, {"color": "blue"})
    assert (found.value, found.attributes, found.options) == (0.25, 0.5, None)
    bought, wanted, price, options, verbose = asked[0]
    assert bought["BulletPoints"] == ["Long Lasting moisture"]
    assert wanted["goal_options"] == ["navy blue", "2 pack"]
    assert (price, options, verbose) == (25.0, {"color": "blue"}, True)
