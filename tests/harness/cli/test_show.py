from __future__ import annotations

import json

from spine import Command

import harness


def test_a_run_by_its_key_or_its_beginning(command: Command) -> None:
    record = harness.run("toys:Misbehaving", "toys:Counting")
    answer = command("show", record.key[:6])
    assert answer.code == 0
    assert f"run {record.key}: toys:Misbehaving on toys:Counting, failed" in answer.out
    assert "reason: ValueError: the toy is broken" in answer.out
    assert "Traceback (most recent call last)" in answer.out
    assert json.loads(command("show", record.key, "--json").out)["key"] == record.key


def test_a_run_that_went_well(command: Command) -> None:
    record = harness.run("toys:Echo", "toys:Counting")
    out = command("show", record.key).out
    assert "kept: 100.0000%" in out
    assert "never: – (this metric never has a value)" in out


def test_a_plugin_with_its_options(command: Command) -> None:
    answer = command("show", "soft_nms")
    assert answer.code == 0, answer.err
    assert "method soft_nms:" in answer.out
    assert "kinds: detection" in answer.out
    facts = json.loads(command("show", "coco", "--json").out)
    assert facts["what"] == "task"
    assert all(option["description"] for option in facts["options"])


def test_names_nobody_has(command: Command) -> None:
    answer = command("show", "soft_nsm")
    assert answer.code == 2
    assert "did you mean 'soft_nms'" in answer.err
    answer = command("show", "abcdef")
    assert answer.code == 2
    assert "no run 'abcdef'" in answer.err


def test_an_episode_of_an_interactive_task(command: Command) -> None:
    record = harness.run(
        "harness.methods.agents.rule_policy:RulePolicy",
        "harness.tasks.webshop:WebShop",
        task_config={"episodes": 3},
    )
    assert record.status == "ok", record.failure
    answer = command("show", record.key[:8], "--episode", "1")
    assert answer.code == 0, answer.err
    first, _, goal, *_ = answer.out.splitlines()
    assert first.startswith(f"run {record.key}, episode 1 (fixed_1): reward ")
    assert goal.startswith("      goal  ")
    assert "3. does  click[buy now]" in answer.out
    assert command("show", record.key, "--episode", "fixed_1").out == answer.out
    kept = json.loads(command("show", record.key, "--episode", "1", "--json").out)
    assert kept["id"] == "fixed_1"
    assert len(kept["transcript"]["steps"]) == 3
    answer = command("show", record.key, "--episode", "3")
    assert answer.code == 2
    assert "no episode '3': give a number from 0 to 2, or an id" in answer.err


def test_a_run_without_episodes(command: Command) -> None:
    record = harness.run("toys:Echo", "toys:Counting")
    answer = command("show", record.key, "--episode", "0")
    assert answer.code == 2
    assert "keeps no transcripts" in answer.err
