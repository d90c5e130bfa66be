"""Every task reads predictions made elsewhere, and says in which form."""

from __future__ import annotations

import pytest

from harness import registry
from harness.task import Task


@pytest.mark.parametrize("name", registry.tasks.names())
def test_every_registered_task_has_a_submission_format(name: str) -> None:
    cls = registry.tasks.load(name)
    assert cls.read_predictions is not Task.read_predictions
    # A listing reads it from the source, so it must be a literal there.
    assert registry.tasks.describe(name)["submission_format"] == cls.submission_format
