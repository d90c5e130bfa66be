from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from spine import Command, distribution

from harness import scaffold
from harness.errors import BadInput, UnknownName

NAMES = ["my_nms", "x1", "detections", "bad_input", "run_", "none"]


@pytest.mark.parametrize("name", NAMES)
def test_a_new_method_keeps_the_contract_and_passes_its_own_tests(
    name: str, tmp_path: Path
) -> None:
    written = scaffold.new_method(name, "detection", tmp_path)
    assert {p.relative_to(tmp_path / name).as_posix() for p in written} == {
        "README.md",
        "pyproject.toml",
        f"{name}.py",
        f"tests/test_{name}.py",
    }
    assert not any("$" in path.read_text() for path in written)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=tmp_path / name,
        env={**os.environ, "PYTHONPATH": str(tmp_path / name)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_an_installed_scaffold_is_listed_and_validates(tmp_path: Path, harness: Command) -> None:
    scaffold.new_method("fresh_one", "detection", tmp_path)
    folder = tmp_path / "fresh_one"
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    distribution(folder, project["name"], project["entry-points"])
    assert "fresh_one" in harness("list", "methods", paths=(folder,)).out
    answer = harness("validate", "fresh_one", paths=(folder,))
    assert answer.code == 0, answer.out
    answer = harness("run", "-m", "fresh_one", "-t", "toys:Counting", "--json", paths=(folder,))
    assert answer.rows()[0]["status"] == "ok"


@pytest.mark.parametrize("name", ["", "Upper", "a-b", "1a", "../x", "class", "a b", "é"])
def test_names_that_cannot_be_used(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no method name"):
        scaffold.new_method(name, "detection", tmp_path)
    assert not list(tmp_path.iterdir())


def test_names_and_folders_that_are_taken(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="exists already, which the new one would hide"):
        scaffold.new_method("numpy", "detection", tmp_path)
    scaffold.new_method("twice", "detection", tmp_path)
    with pytest.raises(BadInput, match="exists already"):
        scaffold.new_method("twice", "detection", tmp_path)
    with pytest.raises(UnknownName, match="did you mean 'detection'"):
        scaffold.new_method("other", "detecton", tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        scaffold.new_method("other", "detection", tmp_path / "file")
