"""Fixtures of the spine's tests: the command line in this process and as a real one, toy plug-ins."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from spine import Answer, Command, environment  # noqa: E402 - found through the line above


@pytest.fixture
def harness(tmp_path: Path) -> Command:
    """Return a function that runs the real command in a process of its own."""

    def call(
        *arguments: str | Path,
        paths: tuple[Path | str, ...] = (),
        cwd: Path | None = None,
        **variables: str,
    ) -> Answer:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "harness", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=cwd or tmp_path,
            env=environment(*paths, **variables),
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return a function that runs the command line in this process; quicker where that will do."""
    from harness import cli

    monkeypatch.syspath_prepend(str(HERE))

    def call(*arguments: str | Path) -> Answer:
        monkeypatch.setattr(sys, "argv", ["harness", *map(str, arguments)])
        capsys.readouterr()
        code = cli._run()
        said = capsys.readouterr()
        return Answer(int(code), said.out, said.err)

    return call
