from __future__ import annotations

from pathlib import Path

from spine import Command


def test_a_new_method_is_written_and_the_next_steps_told(command: Command, tmp_path: Path) -> None:
    answer = command("new", "method", "own_nms", "--into", tmp_path)
    assert answer.code == 0
    assert (tmp_path / "own_nms" / "own_nms.py").exists()
    assert "harness validate own_nms" in answer.out
    again = command("new", "method", "own_nms", "--into", tmp_path)
    assert again.code == 2
    assert "exists already" in again.err
    assert command("new", "method", "Bad-Name", "--into", tmp_path).code == 2
    assert command("new", "method", "fine", "--kind", "detecton", "--into", tmp_path).code == 2
