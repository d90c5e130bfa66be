from __future__ import annotations

import io
import json

import pandas as pd
import pytest
from report_records import answers, put

from harness.reports.frame import as_frame, frame, to_bytes
from harness.store import Store
from harness.tables import FORMATS


def test_one_row_a_run_with_options_scores_and_provenance(store: Store) -> None:
    run = put(store, answers(30), latency=[4.0] * 40, config={"mode": "hard"})
    (row,) = frame(store).to_dict(orient="records")
    assert row["key"] == run.key
    assert (row["config.mode"], row["config.strength"]) == ("hard", 0.5)
    assert (row["accuracy"], row["latency"]) == (0.75, 4.0)
    assert (row["accuracy.low"], row["accuracy.high"]) == pytest.approx((0.65, 0.85))
    assert (row["status"], row["wall_s"], row["commit"], row["cpu"]) == (
        *("ok", 4.0, "c0ffee", "test cpu"),
    )
    assert (row["data_origin"], row["mini"], row["dirty"]) == ("toy answers", True, False)


def test_metrics_stand_between_options_and_timings(store: Store) -> None:
    put(store, answers(30))
    columns = list(frame(store).columns)
    order = ["key", "config.mode", "task_config.only", "accuracy", "accuracy.low", "wall_s", "cpu"]
    assert sorted(order, key=columns.index) == order
    assert columns[-1] == "started_at"


def test_stale_run_keeps_its_row_and_loses_its_scores(store: Store) -> None:
    put(store, answers(37), key="0" * 16)
    data = frame(store)
    assert list(data["status"]) == ["stale"]
    assert "accuracy" not in data.columns
    assert data["reason"][0].startswith("stale: ")


def test_rows_and_columns_do_not_depend_on_the_order_of_records(store: Store) -> None:
    runs = [
        put(store, answers(30)),
        put(store, answers(20), config={"strength": 2}),
        put(store, status="failed", reason="broken", seed=1),
    ]
    expected = to_bytes(as_frame(runs), "csv")
    assert to_bytes(as_frame(runs[::-1]), "csv") == expected
    assert expected.count(b"\n") == 4


def test_parquet_holds_options_of_mixed_types(store: Store) -> None:
    run = put(store, answers(30))
    specs = [
        run.spec.model_copy(update={"config": {"x": value}, "seed": seed})
        for seed, value in enumerate((1, "one", [1, 2], None))
    ]
    data = as_frame([run.model_copy(update={"spec": spec}) for spec in specs])
    back = pd.read_parquet(io.BytesIO(to_bytes(data, "parquet")))
    assert sorted(back["config.x"].dropna()) == ['"one"', "1", "[1, 2]"]
    assert list(back.columns) == list(data.columns)


@pytest.mark.parametrize("form", [*FORMATS, "parquet"])
def test_every_format_works_on_an_empty_store(store: Store, form: str) -> None:
    assert to_bytes(frame(store), form)


def test_json_has_null_for_what_is_absent(store: Store) -> None:
    put(store, status="failed", reason="broken")
    (row,) = json.loads(to_bytes(frame(store), "json"))
    assert row["reason"] == "broken"
    assert row["preset"] is None


def test_tables_for_people_leave_out_options_that_do_not_vary(store: Store) -> None:
    put(store, answers(30))
    put(store, answers(20), config={"strength": 2})
    text = to_bytes(frame(store), "text").decode()
    assert "config.strength" in text
    assert "config.mode" not in text
    assert "accuracy.low" not in text
