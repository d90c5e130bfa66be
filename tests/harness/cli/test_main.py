"""The command as a whole: what it imports, what it answers to mistakes, its exit statuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from spine import Command, environment

from harness.cli import VERBS


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["list", "methods"], ["list", "tasks"]]
)
def test_a_cold_start_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    text = (
        "import sys; from harness.cli import main; sys.argv[1:] = sys.argv[1:]\n"
        "try: main()\n"
        "finally: print(*sorted(m.partition('.')[0] for m in sys.modules), file=sys.stderr)\n"
    )
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", text, *arguments],
            capture_output=True,
            text=True,
            env=environment(),
            cwd=tmp_path,
            check=True,
        )
        heavy = {"torch", "pandas", "numpy", "scipy", "pyarrow", "numba", "triton", "matplotlib"}
        assert not heavy & set(done.stderr.split())
        assert not {"pydantic", "rich", "yaml"} & set(done.stderr.split())
        assert done.stdout


@pytest.mark.parametrize(
    "verb",
    [
        "run",
        "score",
        "sweep",
        "compare",
        "show",
        "list",
        "validate",
        "data",
        "new",
        "doctor",
        "completion",
    ],
)
def test_every_verb_explains_itself(verb: str, command: Command) -> None:
    assert verb in VERBS
    answer = command(verb, "--help")
    assert answer.code == 0
    assert "Usage: harness" in answer.out


def test_help_lists_every_verb_and_the_exit_statuses(command: Command) -> None:
    out = command("--help").out
    assert all(f"  {verb} " in out for verb in VERBS)
    assert "130 interrupted" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lits"], "did you mean 'list'"),
        (["nothing like it"], "harness --help"),
        (["list"], "Missing argument"),
        (["list", "--nope"], "No such option"),
        (["run", "-m", "nms"], "--task"),
        (["sweep", "none.yaml"], "no such config file"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_status_2(
    arguments: list[str], said: str, command: Command
) -> None:
    answer = command(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -P -m harness list tasks | true; exit ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        env=environment(),
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
