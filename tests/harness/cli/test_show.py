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
