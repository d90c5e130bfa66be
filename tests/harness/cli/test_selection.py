from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import registry
from harness.cli import selection
from harness.errors import BadInput, UnknownName
from harness.record import Failure, RunRecord
from harness.specs import KeyParts, Request, RunSpec


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("512M", 512 << 20),
        ("4G", 4 << 30),
        ("1.5k", 1536),
        ("7", 7),
        ("2GiB", 2 << 30),
        ("1 TB", 1 << 40),
    ],
)
def test_amounts_of_memory(text: str, expected: int) -> None:
    assert selection.parse_memory(text) == expected


@given(st.text(max_size=6))
def test_any_text_is_an_amount_or_bad_input(text: str) -> None:
    try:
        amount = selection.parse_memory(text)
    except BadInput:
        return
    assert amount is not None
    assert amount >= 0


def test_names_lists_globs_and_all() -> None:
    known = registry.methods.names()
    assert selection.choose(registry.methods, ["all"]) == known
    assert selection.choose(registry.methods, ["soft_nms,nms", "nms"]) == ["soft_nms", "nms"]
    assert set(selection.choose(registry.methods, ["*nms"])) >= {"nms", "soft_nms"}
    assert selection.choose(registry.methods, ["a:B"]) == ["a:B"]
    with pytest.raises(UnknownName, match="did you mean"):
        selection.choose(registry.methods, ["soft-nms"])


def record(status: Any, kind: str = "error") -> RunRecord:
    return RunRecord(
        key="k",
        spec=RunSpec(method="m", config={}, task="t", task_config={}, seed=0),
        request=Request(method="m", task="t"),
        key_parts=KeyParts(data="", sources={}, packages={}),
        status=status,
        failure=None if status == "ok" else Failure(kind=kind, message="why"),
    )


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([], 5),
        ([record("ok")], 0),
        ([record("skipped", "incompatible")], 5),
        ([record("ok"), record("skipped", "incompatible")], 0),
        ([record("ok"), record("unavailable", "unavailable")], 3),
        ([record("failed", "bad_input"), record("unavailable", "unavailable")], 2),
        ([record("ok"), record("failed", "bad_input"), record("failed")], 1),
        ([record("timeout", "timeout")], 1),
        ([record("out_of_memory", "out_of_memory")], 1),
    ],
)
def test_the_gravest_cause_is_the_exit_status(records: list[RunRecord], code: int) -> None:
    assert selection.exit_code(records) == code
