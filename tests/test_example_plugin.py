"""A third party's package, installed as one and used through the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PLUGIN = Path(__file__).parent / "example_plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example plug-in into a folder of its own."""
    folder = tmp_path_factory.mktemp("site")
    copied = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "matrix_nms.py"):
        (copied / name).write_text((PLUGIN / name).read_text())
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--target", str(folder), str(copied)]
    subprocess.run(command, check=True)
    return folder


def harness(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_listed_with_its_owner(installed: Path) -> None:
    done = harness(installed, "list", "methods", "--json")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert rows["matrix_nms"]["distribution"] == "harness-matrix-nms"
    assert rows["matrix_nms"]["kinds"] == ["detection"]
    assert "soft_nms" in rows


def test_it_keeps_the_contract(installed: Path) -> None:
    done = harness(installed, "validate", "matrix_nms")
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_runs_beside_ours(installed: Path) -> None:
    done = harness(installed, "run", "-m", "matrix_nms,soft_nms", "-t", "coco", "--json")
    assert done.returncode == 0, done.stderr
    results = {row["method"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert 0 < results["matrix_nms"]["scores"]["AP"] < 1
    assert results["matrix_nms"]["scores"] != results["soft_nms"]["scores"]


def test_the_method_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PLUGIN))
    from matrix_nms import matrix_nms

    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [50, 50, 60, 60]], float)
    decayed = matrix_nms(boxes, np.array([0.9, 0.8, 0.7]), sigma=2.0)
    assert decayed == pytest.approx([0.9, 0.8 * np.exp(-2.0), 0.7])
    assert matrix_nms(boxes, np.array([0.9, 0.8, 0.7]), sigma=0.0) == pytest.approx([0.9, 0.8, 0.7])
