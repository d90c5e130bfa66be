from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.errors import BadInput
from harness.specs import KeyParts, Limits, Request, RunSpec, run_key

PARTS = KeyParts(data="d", sources={"m": "1", "n": "2"}, packages={"numpy": "2"})


def spec(**changes: Any) -> RunSpec:
    facts = {"method": "m", "config": {"a": 1, "b": 2}, "task": "t", "task_config": {}, "seed": 0}
    return RunSpec.model_validate({**facts, **changes})


def key(parts: KeyParts = PARTS, **changes: Any) -> str:
    return run_key(spec(**changes), parts.digest(), ("data",))


def test_the_same_run_has_the_same_key_for_ever() -> None:
    """A golden value: changing what keys are made of orphans every store there is."""
    assert key() == "4cd43844ed412cfc"
    assert key(config={"b": 2, "a": 1}) == key()


@pytest.mark.parametrize(
    "change",
    [
        {"method": "other"},
        {"task": "other"},
        {"seed": 1},
        {"config": {"a": 1, "b": 3}},
        {"config": {"a": 1, "b": "2"}},
        {"task_config": {"images": 1}},
        {"backbone": "t5"},
        {"device": "cuda"},
    ],
)
def test_whatever_changes_a_run_changes_its_key(change: dict[str, Any]) -> None:
    assert key(**change) != key()


def test_presets_and_places_do_not_enter_the_key() -> None:
    assert key(preset="paper") == key()
    assert key(task_config={"data": "/here"}) == key(task_config={"data": "/there"}) == key()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": "e"}, "data"),
        ({"sources": {"m": "1", "n": "3"}}, "n"),
        ({"sources": {"m": "1"}}, "n"),
        ({"packages": {"numpy": "3"}}, "numpy"),
        ({"data": "e", "packages": {}}, "data, numpy"),
    ],
)
def test_parts_that_differ_change_the_key_and_are_told(change: dict[str, Any], words: str) -> None:
    other = PARTS.model_copy(update=change)
    assert key(other) != key()
    assert PARTS.difference(other) == other.difference(PARTS) == words
    assert PARTS.difference(PARTS) == ""


@given(st.dictionaries(st.text(), st.integers() | st.text()))
def test_a_request_survives_json(options: dict[str, Any]) -> None:
    request = Request(method="m", task="t", overrides=options)
    assert Request.model_validate_json(request.model_dump_json()) == request


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", {"deep": [object()]}])
def test_options_that_json_cannot_hold_are_refused_by_name(value: Any) -> None:
    with pytest.raises(BadInput, match="sigma = "):
        Request(method="m", task="t", overrides={"sigma": value})


@pytest.mark.parametrize("limits", [{"time_s": 0}, {"memory_bytes": -1}, {"threads": 0}])
def test_limits_are_positive(limits: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Limits(**limits)
