from __future__ import annotations

import json

import pytest
from spine import Command


@pytest.mark.parametrize("what", ["methods", "tasks", "kernels", "executors", "backbones"])
def test_every_list_in_both_forms(what: str, command: Command) -> None:
    answer = command("list", what)
    rows = json.loads(command("list", what, "--json").out)
    assert answer.code == 0
    assert len(answer.out.splitlines()) == len(rows)
    for line, row in zip(answer.out.splitlines(), rows, strict=True):
        assert line.split()[0] == row["name"]
        assert row["distribution"] == "harness"
        assert "problem" not in row
    if not rows:
        assert f"no {what} are registered" in answer.err


def test_methods_say_their_kinds(command: Command) -> None:
    rows = {row["name"]: row for row in json.loads(command("list", "methods", "--json").out)}
    assert rows["soft_nms"]["kinds"] == ["detection"]
    assert rows["soft_nms"]["title"]
