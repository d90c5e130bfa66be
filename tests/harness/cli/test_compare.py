from __future__ import annotations

import json

from spine import Command

import harness


def test_two_runs_in_pairs(command: Command) -> None:
    options = {"images": 10}
    whole = harness.run("toys:Echo", "toys:Counting", task_config=options)
    half = harness.run("toys:Echo", "toys:Counting", task_config=options, preset="half")
    answer = command("compare", whole.key, half.key)
    assert answer.code == 0, answer.err
    assert "exact paired permutation over 10 units" in answer.out
    (row,) = json.loads(command("compare", whole.key[:8], half.key[:8], "--json").out)
    assert row["runs"] == [whole.key, half.key]
    assert row["difference"] > 0
    assert row["interval"][0] <= row["difference"] <= row["interval"][1]
    assert 0 < row["p_value"] <= row["p_corrected"] <= 1
    answer = command("compare", whole.key, half.key, "--metric", "never")
    assert answer.code == 2
    assert command("compare", whole.key, "feed").code == 2
