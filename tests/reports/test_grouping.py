from __future__ import annotations

from pathlib import Path

import pytest
from report_records import answers, put
from report_toys import Answers, Steady

from harness.reports.grouping import by_data, config_delta, difference, shorten
from harness.store import Store


def test_mini_and_real_data_are_apart_and_real_ones_first(store: Store) -> None:
    mini = put(store, answers(30))
    real = put(store, answers(20), data="f00d", origin="/a/b/c.json", mini=False, key="0" * 16)
    first, second = by_data([mini, real], Answers)
    assert (first.records, first.label) == ((real,), "b/c.json")
    assert (second.records, second.label) == ((mini,), "toy answers (synthetic)")


def test_same_files_elsewhere_are_the_same_data(store: Store, tmp_path: Path) -> None:
    runs = []
    for folder, seed in (("one", 0), ("two", 1)):
        file = tmp_path / folder / "answers.txt"
        file.parent.mkdir()
        file.write_text("the same")
        runs.append(put(store, answers(30), task_config={"data": str(file)}, seed=seed))
    (group,) = by_data(runs, Answers)
    assert group.records == tuple(sorted(runs, key=lambda r: r.key))


def test_options_that_change_the_examples_separate(store: Store) -> None:
    runs = [put(store, answers(30)), put(store, answers(3, 4), task_config={"only": "hard ones"})]
    labels = [group.label for group in by_data(runs, Answers)]
    assert labels == ["toy answers (synthetic)", "toy answers (synthetic), only = hard ones"]


def test_run_that_never_read_data_joins_those_asked_for_like_it(store: Store) -> None:
    good = put(store, answers(30))
    bad = put(store, status="unavailable", reason="needs a moon", data="", seed=1)
    (group,) = by_data([good, bad], Answers)
    assert {r.key for r in group.records} == {good.key, bad.key}


def test_stale_run_that_was_made_again_is_left_out(store: Store) -> None:
    older = put(store, answers(10), key="1" * 16, started_at="2025").as_stale("x changed")
    old = put(store, answers(20), key="2" * 16, started_at="2026").as_stale("x changed")
    other = put(store, answers(20), key="3" * 16, seed=1).as_stale("x changed")
    (group,) = by_data([older, old, other], Answers)
    assert {r.key for r in group.records} == {old.key, other.key}
    new = put(store, answers(30), started_at="2027")
    (group,) = by_data([older, old, other, new], Answers)
    assert {r.key for r in group.records} == {new.key, other.key}


def test_option_given_by_hand_at_its_default_is_no_difference(store: Store) -> None:
    assert config_delta(put(store, answers(1), config={"strength": 0.5})) == ""
    changed = put(store, answers(1), config={"mode": "hard", "strength": 1})
    assert config_delta(changed) == "strength = 1.0, mode = hard"


def test_delta_of_a_method_that_is_gone_is_what_was_asked_for(store: Store) -> None:
    record = put(store, answers(1), config={"strength": 1})
    gone = record.model_copy(update={"spec": record.spec.model_copy(update={"method": "gone"})})
    assert config_delta(gone) == "strength = 1"


def test_options_that_no_longer_exist_are_shown() -> None:
    assert difference({"strength": 0.5, "old": 1}, Steady.Config) == {"old": 1}


@pytest.mark.parametrize(
    ("origin", "shown"),
    [("embedded mini COCO", "embedded mini COCO"), ("/a/b/c/d.json", "c/d.json"), ("d", "d")],
)
def test_shorten(origin: str, shown: str) -> None:
    assert shorten(origin) == shown
