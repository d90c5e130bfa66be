from __future__ import annotations

import hashlib
import json
from pathlib import Path

from spine import Command


def test_status_names_the_files_with_their_checksums(command: Command, tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_text("3")
    arguments = ("data", "status", "toys:Counting", "--data", tmp_path / "n.txt")
    facts = json.loads(command(*arguments, "--json").out)
    (row,) = facts["files"]
    assert row["sha256"] == hashlib.sha256(b"3").hexdigest()
    assert row["path"] in command(*arguments).out


def test_missing_data_and_unknown_tasks_are_one_line(command: Command, tmp_path: Path) -> None:
    answer = command("data", "status", "toys:Counting", "--data", tmp_path / "none")
    assert answer.code == 2
    assert "no such file" in answer.err
    answer = command("data", "prepare", "cooc")
    assert answer.code == 2
    assert "did you mean 'coco'" in answer.err


def test_prepare_says_that_nothing_is_needed(command: Command) -> None:
    assert "need no preparation" in command("data", "prepare", "toys:Counting").out
