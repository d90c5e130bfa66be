from __future__ import annotations

from pathlib import Path

import pytest
from report_records import answers, put

from harness.record import RunRecord
from harness.reports.freshness import fresh
from harness.specs import KeyParts
from harness.store import Store


def _why(record: RunRecord) -> str:
    (checked,) = fresh([record])
    assert checked.status == "stale"
    assert checked.scores == ()
    assert checked.failure is not None
    return checked.failure.message


def test_record_that_plans_to_its_key_is_returned_as_it_is(store: Store) -> None:
    record = put(store, answers(30))
    assert fresh([record]) == [record]


def test_changed_source_is_named(store: Store) -> None:
    record = put(store, answers(30), key="0" * 16)
    sources = {**record.key_parts.sources, "report_toys": "another digest"}
    parts = record.key_parts.model_copy(update={"sources": sources})
    changed = record.model_copy(update={"key_parts": parts})
    assert _why(changed) == "stale: report_toys changed"


def test_many_changes_are_counted(store: Store) -> None:
    record = put(store, answers(30), key="0" * 16)
    parts = KeyParts(data="other", sources={}, packages={})
    message = _why(record.model_copy(update={"key_parts": parts}))
    assert message.startswith("stale: data, ")
    assert message.endswith(" more changed")


def test_changed_data_make_a_record_stale(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "answers.txt"
    file.write_text("before")
    record = put(store, answers(30), task_config={"data": str(file)})
    assert fresh([record]) == [record]
    file.write_text("after it")
    assert _why(record) == "stale: data changed"


def test_missing_data_are_told(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "answers.txt"
    file.write_text("here")
    record = put(store, answers(30), task_config={"data": str(file)})
    file.unlink()
    assert str(file) in _why(record)


def test_changed_default_is_named(store: Store) -> None:
    record = put(store, answers(30), key="0" * 16)
    spec = record.spec.model_copy(update={"config": {**record.spec.config, "strength": 0.25}})
    assert _why(record.model_copy(update={"spec": spec})) == "stale: config.strength changed"


def test_method_that_is_gone(store: Store) -> None:
    record = put(store, answers(30))
    request = record.request.model_copy(update={"method": "no_such_method"})
    assert "no_such_method" in _why(record.model_copy(update={"request": request}))


@pytest.mark.parametrize("method", ["no_such_method", "report_toys:Steady"])
def test_record_of_a_run_that_could_not_be_planned(store: Store, method: str) -> None:
    record = put(store, status="skipped", reason="wrong kind of task", key="0" * 16)
    never = record.model_copy(
        update={
            "request": record.request.model_copy(update={"method": method}),
            "key_parts": KeyParts(data="", sources={}, packages={}),
        }
    )
    (checked,) = fresh([never])
    # The reason holds while planning fails; once it works, the record says nothing any more.
    assert checked.status == ("skipped" if method == "no_such_method" else "stale")
