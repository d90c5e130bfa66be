from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness import provenance
from harness._version import __version__


def test_it_says_where_and_with_what() -> None:
    found = provenance.gather()
    assert found.harness_version == __version__
    assert found.python.count(".") == 2
    assert found.cores >= 1
    assert found.cpu
    assert (found.commit is None) == (found.dirty is None)


def test_only_variables_on_the_list_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    provenance.gather.cache_clear()
    try:
        found = provenance.gather()
    finally:
        provenance.gather.cache_clear()
    assert found.environment["OMP_NUM_THREADS"] == "3"
    assert found.threads == 3
    assert "secret" not in found.model_dump_json()


def test_a_checkout_with_changes_is_dirty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "repo" / "harness"
    package.mkdir(parents=True)
    (package / "provenance.py").write_text("")
    monkeypatch.setattr(provenance, "__file__", str(package / "provenance.py"))
    assert provenance.code_state() == (None, None)

    def git(*arguments: str) -> str:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b")
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=package, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    git("init", "-q", str(package.parent))
    assert provenance.code_state() == (None, None)
    git("add", ".")
    git("commit", "-qm", "first")
    assert provenance.code_state() == (git("rev-parse", "HEAD"), False)
    (package / "provenance.py").write_text("changed")
    assert provenance.code_state()[1] is True


def test_no_git_and_no_gpu_are_no_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert provenance.code_state() == (None, None)
    assert provenance.gpu_model() is None
