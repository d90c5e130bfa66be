from __future__ import annotations

import os
import subprocess
import sys

import pytest
from spine import Command


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell(shell: str, command: Command) -> None:
    answer = command("completion", shell)
    assert answer.code == 0
    assert "_HARNESS_COMPLETE" in answer.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("harness run --method s", ["soft_nms"]),
        ("harness run -m nms,so", ["nms,soft_nms"]),
        ("harness run -m nms -t co", ["coco"]),
        ("harness bench n", ["nms"]),
        ("harness val", ["validate"]),
    ],
)
def test_names_of_methods_and_tasks_complete(words: str, expected: list[str]) -> None:
    environment = {
        **os.environ,
        "_HARNESS_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-m", "harness"], env=environment, capture_output=True, text=True
    )
    assert [line.partition(",")[2] for line in done.stdout.splitlines()] == expected
