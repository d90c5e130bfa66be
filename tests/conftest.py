"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of small real data sets, or skip where it is not there."""
    default = ROOT.parent / "shared" / "data"
    folder = Path(os.environ.get("HARNESS_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"real data not present at {folder} (set HARNESS_SHARED_DATA)")
    return folder


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test a store and a cache of its own."""
    monkeypatch.setenv("HARNESS_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
