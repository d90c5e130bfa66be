from __future__ import annotations

from pathlib import Path

import pytest

import harness
from harness import api
from harness.errors import BadInput, UnknownName
from harness.store import Store


def test_run_and_compare(tmp_path: Path) -> None:
    store = tmp_path / "store"
    (tmp_path / "n.txt").write_text("12")
    options = {"data": tmp_path / "n.txt"}
    whole = harness.run("toys:Echo", "toys:Counting", task_config=options, store=store)
    half = harness.run(
        "toys:Echo", "toys:Counting", task_config=options, store=store, preset="half"
    )
    assert whole.status == half.status == "ok"
    assert whole.values() == {"kept": 100.0}
    assert (
        harness.run("toys:Echo", "toys:Counting", task_config=options, store=Store(store)) == whole
    )
    found = harness.compare(whole.key, half, store=store)
    assert found.metric == "kept"
    assert found.difference == pytest.approx(100 - half.values()["kept"])
    assert found.units == 12
    with pytest.raises(BadInput, match="no per-example values"):
        harness.compare(whole, half, metric="never", store=store)


def test_runs_that_cannot_be_compared_say_why() -> None:
    few = harness.run("toys:Echo", "toys:Counting", task_config={"images": 3})
    failed = harness.run("toys:Misbehaving", "toys:Counting", task_config={"images": 3})
    more = harness.run("toys:Echo", "toys:Counting", task_config={"images": 4})
    with pytest.raises(BadInput, match="is failed: nothing to compare"):
        harness.compare(few, failed)
    with pytest.raises(BadInput, match="not scored on the same examples"):
        harness.compare(few, more)


def test_wrong_arguments_are_told_in_words() -> None:
    with pytest.raises(UnknownName, match="did you mean 'share'"):
        harness.run("toys:Echo", "toys:Counting", config={"shar": 1})
    with pytest.raises(BadInput, match="finite"):
        harness.run("toys:Echo", "toys:Counting", config={"share": float("nan")})
    with pytest.raises(AttributeError, match="no attribute 'rnu'"):
        harness.rnu  # noqa: B018


def test_every_public_name_is_there() -> None:
    for name in harness.__all__:
        assert getattr(harness, name) is not None


@pytest.mark.parametrize(
    ("text", "expected"), [("3", [3]), ("0,2,5", [0, 2, 5]), ("0..2", [0, 1, 2]), ("4..4", [4])]
)
def test_seeds(text: str, expected: list[int]) -> None:
    assert list(api.seeds(text)) == expected


@pytest.mark.parametrize("text", ["", "x", "1,,2", "3..1", "-1", "-2..1", "1..", "1.5"])
def test_no_seeds(text: str) -> None:
    with pytest.raises(BadInput, match="cannot read seeds"):
        api.seeds(text)
