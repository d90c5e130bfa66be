from __future__ import annotations

import json

from spine import Command


def test_a_plugin_that_keeps_the_contract(command: Command) -> None:
    answer = command("validate", "toys:Counting")
    assert answer.code == 0, answer.out
    assert "10 of 10 checks kept" in answer.out


def test_one_that_breaks_it_says_how(command: Command) -> None:
    answer = command("validate", "toys:Meddler")
    assert answer.code == 1
    assert "FAIL  inputs_untouched" in answer.out
    rows = {
        row["check"]: row for row in json.loads(command("validate", "toys:Meddler", "--json").out)
    }
    assert rows["inputs_untouched"]["complaint"] == "an input was changed in place"


def test_names_that_are_no_plugin(command: Command) -> None:
    answer = command("validate", "soft_nsm")
    assert answer.code == 2
    assert "did you mean 'soft_nms'" in answer.err
    for name in ("toys:nothing", "toys:np", "nowhere:X"):
        answer = command("validate", name)
        assert answer.code == 2
        assert answer.err.count("\n") == 1
