"""Fixtures of the report tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.store import Store

# The toy plug-ins and hand-written records beside this file are imported by name.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty store."""
    return Store(tmp_path / "results")
