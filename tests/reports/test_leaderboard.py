from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from report_records import METHOD, TASK, answers, put

from harness.errors import UnknownName
from harness.record import Status
from harness.reports.leaderboard import leaderboard
from harness.store import Store
from harness.tables import FORMATS, Table


def _board(store: Store, **options: Any) -> Table:
    (table,) = leaderboard(list(store.records()), TASK, store, **options)
    return table


def _rows(table: Table, method: str = METHOD) -> list[dict[str, Any]]:
    return [row for row in table.as_dicts() if row["method"] == method]


def _bold(table: Table, column: str = "accuracy") -> list[bool]:
    at = [c.key for c in table.columns].index(column)
    return [row[at].bold for row in table.rows]


def test_best_comes_first_and_every_figure_names_its_run(store: Store) -> None:
    worse = put(store, answers(20), config={"mode": "hard"})
    best = put(store, answers(35))
    table = _board(store)
    first, second = _rows(table)
    assert (first["rank"], first["config"], first["accuracy"]) == (1, "defaults", 0.875)
    assert (second["rank"], second["config"], second["run"]) == (2, "mode = hard", worse.key)
    assert (first["accuracy.low"], first["accuracy.high"]) == pytest.approx((0.775, 0.975))
    assert first["predict_s"] == 2.5
    assert first["peak_memory_mib"] == 128
    values = [cell for cell in table.rows[0] if isinstance(cell.value, float)]
    assert values
    assert {cell.run for cell in values} == {best.key}


def test_lower_is_better_where_the_metric_says_so(store: Store) -> None:
    put(store, answers(20), latency=[9.0] * 40)
    put(store, answers(20), latency=[5.0] * 40, config={"mode": "hard"})
    table = _board(store, metrics=["latency"])
    assert [row["latency"] for row in _rows(table)] == [5.0, 9.0]
    assert [c.key for c in table.columns][3] == "latency"


def test_bold_are_the_best_and_those_not_significantly_worse(store: Store) -> None:
    put(store, answers(90, 100))
    put(store, answers(89, 100), config={"strength": 1})
    put(store, answers(30, 100), config={"strength": 2})
    put(store, status="failed", reason="broken", config={"strength": 3})
    table = _board(store)
    assert _bold(table)[:4] == [True, True, False, False]
    note = next(note for note in table.notes if note.startswith("Bold"))
    assert "paired permutation over 100 units" in note
    assert "Holm-corrected, comparisons: 2" in note


def test_holm_correction_decides(store: Store) -> None:
    # Against the best, this row alone is significant (p about 0.03), among six it is not.
    put(store, answers(20, 20))
    put(store, answers(14, 20), config={"strength": 0})
    assert _bold(_board(store))[:2] == [True, False]
    for strength in range(1, 6):
        put(store, answers(20, 20), config={"strength": strength})
    assert _bold(_board(store))[:7] == [True] * 7


def test_seeds_make_one_row(store: Store) -> None:
    runs = [put(store, answers(right), seed=s) for s, right in enumerate((20, 24, 28))]
    (row,) = _rows(_board(store))
    assert row["accuracy"] == pytest.approx(0.6)
    assert row["accuracy.sd"] == pytest.approx(0.1)
    assert row["seeds"] == 3
    assert row["accuracy.low"] is None
    assert row["run"].split() == [run.key for run in runs]


def test_row_ahead_on_the_seed_compared_is_not_called_worse(store: Store) -> None:
    for seed, (mine, other) in enumerate([(10, 30), (40, 15), (40, 15)]):
        put(store, answers(mine), seed=seed)
        put(store, answers(other), seed=seed, config={"mode": "hard"})
    table = _board(store)
    assert [row["config"] for row in _rows(table)] == ["defaults", "mode = hard"]
    assert _bold(table)[:2] == [True, True]
    assert any("lowest seed" in note for note in table.notes)


def test_run_without_the_ranking_metric_has_no_rank(store: Store) -> None:
    put(store, answers(20))
    (row,) = _rows(_board(store, metrics=["latency"]))
    assert (row["status"], row["rank"], row["latency"]) == ("ok", None, None)


def test_every_status_is_a_row_with_its_reason(store: Store) -> None:
    put(store, answers(20))
    statuses: list[Status] = ["failed", "skipped", "timeout", "out_of_memory", "unavailable"]
    for number, status in enumerate(statuses):
        put(store, status=status, reason=f"because {status}", config={"strength": number})
    rows = _rows(_board(store))[1:]
    assert {row["status"]: row["reason"] for row in rows} == {
        status: f"because {status}" for status in statuses
    }
    assert {row["rank"] for row in rows} == {None}
    assert {row["accuracy"] for row in rows} == {None}
    text = _board(store).render("text")
    assert "out of memory: because out_of_memory" in text


def test_failed_seed_does_not_hide_behind_the_others(store: Store) -> None:
    put(store, answers(20), seed=0)
    put(store, status="timeout", reason="took too long", seed=1)
    good, bad = _rows(_board(store))
    assert (good["status"], bad["status"], bad["reason"]) == ("ok", "timeout", "took too long")


def test_stale_scores_are_never_shown(store: Store) -> None:
    stale = put(store, answers(37)).as_stale("x changed")
    (table,) = leaderboard([stale], TASK, store)
    (row,) = _rows(table)
    assert (row["status"], row["accuracy"]) == ("stale", None)
    for form in FORMATS:
        assert "0.925" not in table.render(form)
    assert "stale: x changed" in table.render("text")


def test_real_and_synthetic_data_are_never_in_one_table(store: Store) -> None:
    put(store, answers(20))
    put(store, answers(30), data="f00d", origin="/a/real/x.json", mini=False, key="0" * 16)
    real, mini = leaderboard(list(store.records()), TASK, store)
    assert [row["accuracy"] for row in _rows(real)] == [0.75]
    assert [row["accuracy"] for row in _rows(mini)] == [0.5]
    assert real.title == "Toy answers: real/x.json"
    assert "synthetic" in mini.title
    assert any("Synthetic" in note for note in mini.notes)
    assert not any("Synthetic" in note for note in real.notes)


def test_methods_of_the_kind_without_a_run_are_rows(store: Store) -> None:
    for records in ([], [put(store, answers(20))]):
        (table,) = leaderboard(records, TASK, store)
        row = next(row for row in table.as_dicts() if row["method"] == "soft_nms")
        assert row["status"] == "not run"
        assert "harness run --method soft_nms" in row["reason"]
        assert row["accuracy"] is None


def test_absent_metric_is_blank_with_its_reason(store: Store) -> None:
    put(store, answers(20))
    table = _board(store)
    (row,) = _rows(table)
    assert row["rare"] is None
    assert "rare is absent: nothing rare in the data." in table.notes


def test_kernels_nobody_timed_are_blank_and_named(store: Store) -> None:
    table = _board(store) if put(store, answers(20)) else None
    assert table is not None
    row = next(row for row in table.as_dicts() if row["method"] == "soft_nms")
    assert "kernel_cpu" in row
    assert row["kernel_cpu"] != 0


def test_choice_of_metrics(store: Store) -> None:
    put(store, answers(20), latency=[1.0] * 40)
    keys = [c.key for c in _board(store, metrics=["latency"]).columns]
    assert "accuracy" not in keys
    keys = [c.key for c in _board(store, metrics=["latency"], all_metrics=True).columns]
    assert keys.index("latency") < keys.index("accuracy") < keys.index("rare")
    with pytest.raises(UnknownName, match="did you mean 'latency'"):
        _board(store, metrics=["latencies"])


def test_bytes_do_not_depend_on_the_order_of_records(store: Store) -> None:
    runs = [
        put(store, answers(20)),
        put(store, answers(20), config={"strength": 1}),
        put(store, answers(22), config={"mode": "hard"}, seed=1),
        put(store, status="failed", reason="broken", config={"strength": 2}),
    ]
    expected = [leaderboard(runs, TASK, store)[0].render(form) for form in FORMATS]
    for order in list(itertools.permutations(runs))[1::5]:
        (table,) = leaderboard(order, TASK, store)
        assert [table.render(form) for form in FORMATS] == expected


def test_markup_in_names_and_reasons_is_escaped(store: Store) -> None:
    put(store, status="failed", reason="<b>50% | x_1 & $y</b>")
    table = _board(store)
    assert "50\\% | x\\_1 \\& \\$y" in table.render("latex")
    assert r"50% \| x_1" in table.render("markdown")
    assert "<b>" not in table.render("html")
    assert json.loads(table.render("json"))[0]["reason"] == "<b>50% | x_1 & $y</b>"
