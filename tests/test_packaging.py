"""The wheel claims one top-level name and holds everything a run of the defaults needs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel from what git tracks, so that left-overs of earlier builds cannot help."""
    source = tmp_path_factory.mktemp("source")
    out = tmp_path_factory.mktemp("wheel")
    tracked = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False
    )
    if tracked.returncode != 0:
        pytest.skip("not a git checkout")
    names = [name for name in tracked.stdout.decode().split("\0") if name]
    archive = subprocess.run(
        ["tar", "-C", str(ROOT), "-c", *names], capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "-C", str(source), "-x"], input=archive, check=True)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*command, "--no-build-isolation", "-w", str(out), str(source)], check=True)
    return zipfile.ZipFile(next(out.glob("*.whl")))


def test_one_top_level_name(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"harness"}


@pytest.mark.parametrize(
    "path",
    [
        "harness/py.typed",
        "harness/cli/__init__.py",
        "harness/methods/detection/soft_nms.py",
        "harness/tasks/coco.py",
        "harness/tasks/mini/data/coco/candidates_mini_test.json.gz",
        "harness/tasks/mini/data/coco/instances_mini_test.json.gz",
        "harness/kernels/soft_nms.py",
        "harness/reports/papers/soft_nms.toml",
        "harness/scaffold/method_detection.py.tmpl",
    ],
)
def test_it_holds(wheel: zipfile.ZipFile, path: str) -> None:
    assert path in wheel.namelist()
