"""Session logs of the web application as submissions: all forty replay to their recorded rewards.

The shop is put together from the logs as in ``test_sessions``, which says what is made up in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from harness import external
from harness.errors import BadInput
from harness.store import Store
from harness.tasks import webshop
from harness.tasks.shopping.environment import Rules, ShoppingEpisode
from harness.tasks.shopping.goals import Goal
from harness.tasks.shopping.products import Product
from harness.tasks.shopping.reward import Reward, reward_of
from harness.tasks.shopping.sessions import read_sessions
from harness.tasks.shopping.shop import Shop, Source
from harness.tasks.understanding.records import Record

TARGET = "harness.tasks.webshop:WebShop"
View = dict[str, Any]


class Found:
    """A search engine that finds what was found then."""

    def __init__(self, results: dict[str, list[int]]) -> None:
        self.results = results

    def search(self, query: str, k: int) -> list[int]:
        return self.results[query]


def words(keywords: Any) -> str:
    return " ".join(keywords).lower()


def goal_of(stated: dict[str, Any]) -> Goal:
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


def judge_of(records: dict[str, View]) -> Callable[..., Reward]:
    """Return a judge who knows of each purchase what its record tells."""

    def judge(product: Product, goal: Goal, price: float, options: Any) -> Reward:
        record = records[goal.instruction]
        info = record["reward_info"]
        bought = Product(
            asin=product.asin,
            category="",
            query=goal.query if info["query_match"] else "something else",
            name="purchase",
            product_category=goal.product_category if info["category_match"] else "Elsewhere",
            description="",
            bullets=(),
            attributes=goal.attributes[: round(info["r_att"] * len(goal.attributes))],
            options={},
            pricing=(price,),
        )
        share = Fraction(info["title_score"]).limit_denominator(60)
        nouns = tuple(f"noun{i}" for i in range(share.denominator))
        # The price is the recorded one: one product has other prices in other sessions.
        return reward_of(
            bought,
            goal,
            record["content"]["price"],
            options,
            lambda name: nouns[: share.numerator] if name == "purchase" else nouns,
        )

    return judge


def shop_of(sessions: list[list[View]]) -> Shop:
    """Return the shop in which these sessions took place, as far as they saw it."""
    pages: dict[str, dict[int, list[str]]] = {}
    options: dict[str, dict[str, list[str]]] = {}
    for view in (view for session in sessions for view in session if "content" in view):
        content = view["content"]
        if view["page"] == "search_results":
            found = pages.setdefault(words(content["keywords"]), {})
            found[content["page"]] = content["search_result_asins"]
        for name, value in content.get("options", {}).items():
            options.setdefault(content["asin"], {}).setdefault(name, []).append(value)
    asins: list[str] = []
    results: dict[str, list[int]] = {}
    for query, numbered in pages.items():
        listed = [
            asin
            for number in range(1, max(numbered) + 1)
            for asin in numbered.get(number, [f"A{number:04d}{i:05d}" for i in range(10)])
        ]
        for asin in (asin for asin in listed if asin not in asins):
            asins.append(asin)
        results[query] = [asins.index(asin) for asin in listed]
    products = {
        asin: Product(
            asin, "", "", "", "", "", (), (),
            {name: tuple(dict.fromkeys(v)) for name, v in options.get(asin, {}).items()},
            (1.0,),
        )
        for asin in asins
    }  # fmt: skip
    return Shop(
        source=Source(Path(), Path(), None, 0, "words", "rules"),
        products=products,
        prices=dict.fromkeys(asins, 1.0),
        goals=tuple(goal_of(session[0]["goal"]) for session in sessions),
        judge=judge_of({s[0]["goal"]["instruction_text"]: s[-1] for s in sessions}),
        _index=Found(results),  # type: ignore[arg-type]
        _asins=tuple(asins),
    )


@pytest.fixture
def sessions(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[View]]:
    files = sorted((shared_data / "webshop" / "human_sessions").glob("*.jsonl"))
    read = [[json.loads(line) for line in file.read_text().splitlines()] for file in files]
    shop = shop_of(read)
    monkeypatch.setattr(webshop, "open_shop", lambda source: shop)
    return read


def log(path: Path, sessions: list[list[View]]) -> Path:
    path.write_text("".join(json.dumps(view) + "\n" for s in sessions for view in s))
    return path


def score(path: Path, notes: list[str]) -> Any:
    options = {"max_steps": 200}
    store = Store()
    return external.score(
        TARGET, path, name=None, task_options=options, store=store, on_note=notes.append
    ).record


def test_forty_logs_score_at_their_recorded_rewards(
    sessions: list[list[View]], tmp_path: Path
) -> None:
    notes: list[str] = []
    record = score(log(tmp_path / "people.jsonl", sessions), notes)
    assert notes == []
    table = Store().examples(record)
    assert table is not None
    recorded = [session[-1]["reward"] for session in sessions]
    first, success, _ = record.scores
    assert table.column(first.metric).to_pylist() == pytest.approx(recorded)
    assert first.value == pytest.approx(0.6667, abs=5e-5)
    assert success.value == 15 / 40


def test_a_reward_that_the_replay_does_not_give_is_told(
    sessions: list[list[View]], tmp_path: Path
) -> None:
    sessions[3][-1]["reward"] = 0.123
    path = log(tmp_path / "people.jsonl", sessions)
    for _ in range(2):  # told again when the record is known
        notes: list[str] = []
        score(path, notes)
        (note,) = notes
        assert "1 recorded reward(s) differ" in note
        assert "episode fixed_3, recorded 0.123, replayed" in note


def test_a_session_missing_or_too_long_is_named(sessions: list[list[View]], tmp_path: Path) -> None:
    path = log(tmp_path / "people.jsonl", sessions[1:])
    with pytest.raises(BadInput, match="1 of 40 recordings missing, first that for fixed_0"):
        score(path, [])
    with pytest.raises(BadInput, match="at most 15 may be taken; allow more with --task-set max_"):
        external.score(TARGET, path, name=None, task_options={}, store=Store())


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ({"page": "cart"}, 'the page is "cart", none of the shop'),
        ({"page": "item_page"}, "has no 'content'"),
        ({"page": "index", "url": "http://[x"}, "is no address of the shop"),
        (
            {"page": "search_results", "content": {"keywords": "os.system(1)", "page": 1}},
            "keywords",
        ),
        ({"page": "search_results", "content": {"keywords": ["a"], "page": 0}}, "page 0 are no"),
        ({"page": "index"}, "no episodes have the goal"),
        ({"page": "done", "url": ""}, "is no address of the shop"),
    ],
)
def test_a_wrong_view_is_named(view: View, said: str) -> None:
    goal = {"goal": {"instruction_text": "none of ours"}}
    name = "fixed_0" if view["page"] != "index" else "x"
    values = {"url": f"http://shop/{view['page']}/{name}", **goal, **view}
    episode = ShoppingEpisode("fixed_0", "buy", 9, None, 0, Rules())  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=said) as caught:
        read_sessions(Path("log"), [Record("log, line 1", values)], [episode], "shop")
    assert str(caught.value).startswith("log, line 1: ")
