from __future__ import annotations

import json
from pathlib import Path

from spine import Command


def test_a_sweep_runs_its_grid_and_is_cached_the_second_time(
    command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(
        "methods:\n  - {name: 'toys:Echo', grid: {share: [0.5, 1.0]}}\n  - 'toys:OtherKind'\n"
        "tasks: ['toys:Counting']\nseeds: 2\n"
    )
    answer = command("sweep", file, "--json", "-q")
    assert answer.code == 0, answer.err
    rows = answer.rows()
    assert len(rows) == 6
    assert sum(row["status"] == "skipped" for row in rows) == 2
    again = command("sweep", file, "--json", "-q").rows()
    assert sum(row["cached"] for row in again) == 4
    plan = command("sweep", file, "--dry-run").out.splitlines()
    assert sum(line.endswith("cached") for line in plan) == 4
    assert sum("cannot run" in line for line in plan) == 2


def test_one_failing_cell_is_exit_status_1_and_the_rest_is_done(
    command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "s.json"
    methods = ["toys:Echo", {"name": "toys:Misbehaving", "config": {"how": "exit"}}]
    file.write_text(json.dumps({"methods": methods, "tasks": ["toys:Counting"]}))
    answer = command("sweep", file, "--json")
    assert answer.code == 1
    assert sorted(row["status"] for row in answer.rows()) == ["failed", "ok"]
    assert "failed: its process exited with status 3" in answer.err


def test_an_empty_grid_is_exit_status_5(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text("methods: ['toys:Echo']\ntasks: ['toys:Counting']\nseeds: []\n")
    answer = command("sweep", file, "--json")
    assert (answer.code, answer.out) == (5, "")
