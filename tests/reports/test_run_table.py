from __future__ import annotations

from report_records import METHOD, answers, put

from harness.reports.leaderboard import run_table
from harness.store import Store


def test_rows_are_compact_and_in_the_order_given(store: Store) -> None:
    new = put(store, answers(30), latency=[4.0] * 40, config={"mode": "hard"}, seed=3)
    known = put(store, answers(20))
    table = run_table([new, known], {new.key: False, known.key: True})
    assert table.title == "report_toys:Answers: toy answers (synthetic)"
    first, second = table.as_dicts()
    assert (first["method"], first["config"], first["seed"]) == (METHOD, "mode = hard", 3)
    assert (first["accuracy"], first["latency"], first["run"]) == (0.75, 4.0, new.key)
    text = table.render("text")
    assert "0.750 [0.650, 0.850]" in text
    assert "ok, known before" in text.splitlines()[-1]
    assert second["status"] == "ok"


def test_failed_runs_have_their_status_and_their_reason_below(store: Store) -> None:
    table = run_table([put(store, status="timeout", reason="ran out of time")], {})
    assert table.as_dicts()[0]["status"] == "timeout"
    assert list(table.notes) == [f"{METHOD}: ran out of time"]


def test_no_runs_make_an_empty_table() -> None:
    assert run_table([], {}).render("json") == "[]\n"
