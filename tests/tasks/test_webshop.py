"""WebShop as a task: contract, replayed scores, splits, options, both baselines on the mini shop."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.errors import BadInput, Unavailable
from harness.execute import report
from harness.kinds.episodes import Step, Trajectory
from harness.method import Run
from harness.methods.agents.random_policy import RandomPolicy
from harness.methods.agents.rule_policy import RulePolicy
from harness.task import Scores
from harness.tasks.webshop import WebShop
from harness.testing import check_task


def _task(**options: Any) -> WebShop:
    return WebShop(WebShop.Config(**options))


def _scored(method: Any, task: WebShop) -> Scores:
    dataset = task.load()
    return task.score(list(method.predict(dataset.inputs, Run(seed=0))), dataset)


def test_contract() -> None:
    check_task(WebShop)


def test_baselines_on_the_mini_shop() -> None:
    """The figures stand in the report of a run; here: their order, and that neither is at an end."""
    task = _task()
    floor, rule = _scored(RandomPolicy(), task), _scored(RulePolicy(), task)
    low, high = (report(task, scores)[0] for scores in (floor, rule))
    assert low.interval is not None
    assert high.interval is not None
    assert 0.05 < low.value < low.interval.high < high.interval.low < high.value < 0.8  # type: ignore[operator]
    assert rule.values["steps"] == 3
    assert 0 < rule.values["success_rate"] < 0.5  # type: ignore[operator]
    assert rule.details["reward parts"]["options"] == 0
    assert rule.details["reward parts"]["bought"] == 1


def test_one_who_knows_the_goal_gets_everything() -> None:
    """Every mini goal is reachable within the step limit: its own product, options and price."""
    task = _task()
    dataset = task.load()
    shop = dataset.inputs[0].shop
    trajectories = []
    for episode in dataset.inputs:
        goal = shop.goals[episode.number]
        wanted = [f"search[{shop.products[goal.asin].text[:200]}]", f"click[{goal.asin.lower()}]"]
        wanted += [f"click[{option}]" for option in goal.options] + ["click[buy now]"]
        trajectories.append(Trajectory(episode.id, tuple(Step(a, "") for a in wanted)))
    scores = task.score(trajectories, dataset)
    assert scores.values["reward"] == 1
    assert scores.values["success_rate"] == 1


def test_scores_come_from_replayed_actions_not_from_noted_rewards() -> None:
    task = _task(episodes=2)
    dataset = task.load()
    boast = [Trajectory(e.id, (Step("click[nothing]", "bought!", 1.0),)) for e in dataset.inputs]
    scores = task.score(boast, dataset)
    assert scores.values == {"reward": 0.0, "success_rate": 0.0, "steps": 1.0}
    kept = json.loads(scores.examples["transcript"][0].as_py())  # type: ignore[index]
    assert kept["steps"][0]["reward"] == 0
    assert kept["steps"][0]["observation"] == kept["first"]


def test_actions_after_the_purchase_do_not_count(shop_folder: Path) -> None:
    task = _task(data=shop_folder)
    dataset = task.load()
    way = ["search[number3]", "click[b000000003]", "click[buy now]", "click[back to search]"]
    told = Trajectory(dataset.ids[0], tuple(Step(action, "") for action in way))
    scores = task.score([told], dataset)
    assert scores.values["steps"] == 3
    assert scores.values["reward"] == pytest.approx(2 / 3)
    assert scores.examples is not None
    assert scores.examples.column_names == ["id", "reward", "success_rate", "steps", "transcript"]


def test_more_actions_than_allowed(shop_folder: Path) -> None:
    task = _task(data=shop_folder, max_steps=2)
    dataset = task.load()
    with pytest.raises(BadInput, match="fixed_0: 3 actions, and at most 2"):
        task.score([Trajectory("fixed_0", (Step("x", ""),) * 3)], dataset)


def test_splits_and_limits(shop_folder: Path) -> None:
    assert len(_task().load().inputs) == 240
    assert _task(split="validation").load().ids[0] == "fixed_240"
    assert _task().load("train").ids[0] == "fixed_360"
    assert _task(episodes=5).load().ids == [f"fixed_{i}" for i in range(5)]
    assert not _task(data=shop_folder).load().mini
    with pytest.raises(BadInput, match=r"1 goals .* none of them in its validation split"):
        _task(data=shop_folder, split="validation").load()


def test_which_goals(shop_folder: Path) -> None:
    with pytest.raises(BadInput, match="no goal for any product"):
        _task(data=shop_folder, goals="synthetic").load()
    (shop_folder / "items_human_ins.json").unlink()
    with pytest.raises(BadInput, match=r"no items_human_ins\.json in it; use goals=synthetic"):
        _task(data=shop_folder, goals="human").files()
    with pytest.raises(BadInput, match="no such folder"):
        _task(data=shop_folder / "none").files()


def test_price_seed_fixes_what_the_released_code_leaves_to_chance() -> None:
    first, again, other = (
        [e.goal for e in _task(price_seed=s).load().inputs] for s in (233, 233, 5)
    )
    assert first == again
    assert first != other


def test_a_changed_file_is_read_again(shop_folder: Path) -> None:
    before = _task(data=shop_folder).load().inputs[0].goal
    path = shop_folder / "items_human_ins.json"
    path.write_text(path.read_text().replace("navy blue.", "navy blue, please."))
    assert _task(data=shop_folder).load().inputs[0].goal != before


def test_real_products_with_their_synthetic_goals(shared_data: Path, tmp_path: Path) -> None:
    import gzip

    packed = (shared_data / "webshop" / "products_100_part_a.jsonl.gz").read_bytes()
    entries = [json.loads(line)["product"] for line in gzip.decompress(packed).splitlines()]
    (tmp_path / "items_shuffle_70.json").write_text(json.dumps(entries))
    mined = (shared_data / "webshop" / "items_ins_v2_970.json").read_bytes()
    (tmp_path / "items_ins_v2_970.json").write_bytes(mined)
    task = _task(data=tmp_path)
    dataset = task.load()
    shop = dataset.inputs[0].shop
    assert len({goal.asin for goal in shop.goals}) == 30
    low, high = (_scored(m, task).values["reward"] for m in (RandomPolicy(), RulePolicy()))
    assert low < high < 1  # type: ignore[operator]


def test_missing_models_and_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(Unavailable, match="needs spaCy: pip install spacy"):
        _task(nouns="en_core_web_sm").load()
    monkeypatch.setitem(sys.modules, "web_agent_site", None)
    with pytest.raises(Unavailable, match="engine=web_agent_site cannot be loaded"):
        _task(engine="web_agent_site").load()
