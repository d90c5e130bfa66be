"""Predictions made elsewhere in reports: beside ours, marked, without times; stale when they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import report_toys
from report_records import TASK, answers, put

from harness.external import PREDICTIONS_OPTION
from harness.plan import Planner
from harness.record import RunRecord
from harness.reports.comparisons import compare_runs
from harness.reports.frame import frame
from harness.reports.freshness import fresh
from harness.reports.grouping import by_data, config_delta
from harness.reports.leaderboard import leaderboard
from harness.reports.run_table import run_table
from harness.specs import Request
from harness.store import Store
from harness.tables import Table

Putter = Callable[..., RunRecord]


@pytest.fixture
def submit(store: Store) -> Putter:
    """Return a function that stores a submission's record as `harness score` would."""

    def submit(
        right: int, *, name: str = "theirs", digest: str = "ab" * 32, data: str | None = None
    ) -> RunRecord:
        request = Request(
            method=name,
            task=TASK,
            overrides={PREDICTIONS_OPTION: digest},
            task_overrides={"data": data} if data else {},
        )
        planned = Planner().plan(request, 0, external=True)
        return put(
            store,
            answers(right),
            task_config={"data": data} if data else {},
            key=planned.key,
            spec=planned.spec,
            request=request,
            key_parts=planned.parts,
            submission=f"{name}.json",
        )

    return submit


def _column(table: Table, key: str) -> list[str]:
    (index,) = [i for i, column in enumerate(table.columns) if column.key == key]
    return [row[index].text for row in table.rows]


def test_it_stands_in_the_leaderboard_beside_ours(store: Store, submit: Putter) -> None:
    ours, theirs = put(store, answers(30)), submit(35)
    (table,) = leaderboard(fresh([ours, theirs]), TASK, store)
    assert _column(table, "method")[:2] == ["theirs", ours.spec.method]
    assert _column(table, "config")[0] == "external: theirs.json, sha256 abababab"
    for key in ("train_s", "predict_s", "throughput_per_s", "peak_memory_mib"):
        first, second, *_ = _column(table, key)
        assert (first, bool(second)) == ("", True), key
    assert any(note.startswith("External: predictions made elsewhere") for note in table.notes)
    assert any("comparisons: 1" in note for note in table.notes)


def test_without_one_nothing_is_said_of_it(store: Store) -> None:
    (table,) = leaderboard(fresh([put(store, answers(30))]), TASK, store)
    assert not any("External" in note for note in table.notes)


def test_it_pairs_with_the_lowest_seed_of_ours(store: Store, submit: Putter) -> None:
    ours = [put(store, answers(30 + seed), seed=seed) for seed in (1, 2)]
    (table,) = leaderboard(fresh([*ours, submit(38)]), TASK, store)
    assert not any("shares no seed" in note for note in table.notes)
    assert any("comparisons: 1" in note for note in table.notes)


def test_two_files_under_one_name_are_two_rows(store: Store, submit: Putter) -> None:
    records = [submit(30), submit(31, digest="cd" * 32)]
    (table,) = leaderboard(fresh(records), TASK, store)
    assert _column(table, "method")[:2] == ["theirs", "theirs"]
    assert len({config_delta(record) for record in records}) == 2


def test_it_joins_every_group_with_its_targets_and_no_other(
    store: Store, submit: Putter, tmp_path: Path
) -> None:
    file = tmp_path / "answers.txt"
    file.write_text("some")
    ours = put(store, answers(30))
    theirs = submit(35)
    # Other inputs for methods, the same targets.
    changed = ours.key_parts.model_copy(update={"data": "other"})
    on_other_inputs = put(store, answers(31), key="1" * 16, key_parts=changed)
    elsewhere = submit(20, data=str(file))
    groups = by_data([ours, on_other_inputs, theirs, elsewhere], report_toys.Answers)
    members = sorted(sorted(r.key for r in group.records) for group in groups)
    assert members == sorted(
        [
            sorted([ours.key, theirs.key]),
            sorted([on_other_inputs.key, theirs.key]),
            [elsewhere.key],
        ]
    )
    assert compare_runs(store, on_other_inputs, theirs, "accuracy").units == 40


def test_it_holds_while_task_and_data_do(store: Store, submit: Putter, tmp_path: Path) -> None:
    file = tmp_path / "answers.txt"
    file.write_text("before")
    record = submit(30, data=str(file))
    assert fresh([record]) == [record]
    file.write_text("after it")
    (checked,) = fresh([record])
    assert checked.status == "stale"
    assert checked.external
    assert checked.failure is not None
    assert checked.failure.message == "stale: data changed"


def test_a_changed_task_source_makes_it_stale(store: Store, submit: Putter) -> None:
    record = submit(30)
    sources = {**record.key_parts.sources, "report_toys": "another digest"}
    parts = record.key_parts.model_copy(update={"sources": sources})
    (checked,) = fresh([record.model_copy(update={"key_parts": parts, "key": "0" * 16})])
    assert checked.failure is not None
    assert checked.failure.message == "stale: report_toys changed"
    assert checked.scores == ()


def test_its_row_after_a_run_shows_no_time(submit: Putter) -> None:
    record = submit(30)
    table = run_table([record], {})
    assert _column(table, "wall_s") == [""]
    assert _column(table, "config") == [config_delta(record)]


def test_the_frame_names_its_file_and_no_cost(store: Store, submit: Putter) -> None:
    put(store, answers(30))
    submit(35)
    data = frame(store).set_index("method")
    row = data.loc["theirs"]
    assert row["submission"] == "theirs.json"
    assert row[["train_s", "predict_s", "throughput_per_s", "peak_memory_bytes"]].isna().all()
    ours = data.drop(index="theirs").iloc[0]
    assert ours["predict_s"] == 2.5
    assert ours["submission"] is None or ours["submission"] != ours["submission"]
