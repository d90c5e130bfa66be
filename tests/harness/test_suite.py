"""Suites: what is expanded, and the aggregate made of the members' records."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from spine import Command

from harness import registry, stratified, suite
from harness.errors import BadInput
from harness.intervals import Mean
from harness.record import Failure, RunRecord, Score, Timings
from harness.specs import KeyParts, Request, RunSpec
from harness.suite import Suite
from harness.task import Absent

PAIR = Suite(name="pair", title="Two", members=("pair/a", "pair/b"))
TOYS = Suite(name="toys", title="Toys", members=("suite_toys:First", "suite_toys:Second"))


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Register a suite of two toy tasks."""
    monkeypatch.setattr(registry.suites, "names", lambda: ["toys"])
    monkeypatch.setattr(registry.suites, "load", lambda name: TOYS)
    return TOYS


def record(task: str, value: float | None, seconds: float = 1.0) -> RunRecord:
    request = Request(method="m", task=task)
    spec = RunSpec(method="m", config={}, task=task, task_config={}, seed=0)
    parts = KeyParts(data=task, sources={}, packages={})
    made = RunRecord(
        key=f"key of {task}", spec=spec, request=request, key_parts=parts, status="ok"
    ).model_copy(update={"timings": Timings(wall_s=seconds, predict_s=seconds, examples=3)})
    if value is None:
        why = Failure(kind="error", message="it broke")
        return made.model_copy(update={"status": "failed", "failure": why})
    scores = (Score(metric="other", value=0.9), Score(metric="f", value=value, primary=True))
    return made.model_copy(update={"scores": scores})


CB, MULTIRC, RECORD = (83.93 + 87.5) / 2, (73.81 + 33.26) / 2, (70.09 + 71.34) / 2
OTHER_CB, OTHER_MULTIRC, OTHER_RECORD = (
    (83.63 + 87.5) / 2,
    (73.45 + 33.26) / 2,
    (69.85 + 68.86) / 2,
)


@pytest.mark.parametrize(
    ("rows", "published"),
    [
        ([78.47, CB, 50, MULTIRC, RECORD, 78.7, 63.64, 75], 69.4719),
        ([79.36, OTHER_CB, 63, OTHER_MULTIRC, OTHER_RECORD, 78.34, 65.83, 75.96], 71.3456),
    ],
)
def test_the_rows_of_lm_evals_readme(rows: list[float], published: float) -> None:
    from harness.tasks.suites import SUPERGLUE

    figures = {n: v / 100 for n, v in zip(SUPERGLUE.members, rows, strict=True)}
    found = SUPERGLUE.mean(figures)
    assert isinstance(found, float)
    assert 100 * found == pytest.approx(published, abs=5e-5)


def test_a_missing_member_makes_the_mean_absent() -> None:
    assert PAIR.mean({"pair/b": 0.5}) == Absent("no figure for pair/a")
    with pytest.raises(BadInput, match="no member of pair"):
        PAIR.mean({"pair/c": 0.5})
    with pytest.raises(BadInput, match="fractions, not percent"):
        PAIR.mean({"pair/a": 50.0})


def test_the_record_has_the_aggregate_and_each_members_primary_figure() -> None:
    whole = PAIR.record({"pair/a": record("pair/a", 0.25), "pair/b": record("pair/b", 0.75, 2.0)})
    assert whole.values() == {"score": 0.5, "a": 0.25, "b": 0.75}
    assert whole.score() == whole.score("score")
    assert (whole.status, whole.spec.task, whole.key) == (
        "ok",
        "pair",
        "key of pair/a key of pair/b",
    )
    assert (whole.timings.wall_s, whole.timings.throughput_per_s) == (3.0, 2.0)


def test_a_failed_member_withholds_the_aggregate_alone() -> None:
    whole = PAIR.record({"pair/a": record("pair/a", None), "pair/b": record("pair/b", 0.75)})
    assert whole.values() == {"b": 0.75}
    assert whole.status == "failed"
    assert whole.summary()["reason"] == "pair/a: it broke"
    assert whole.summary()["absent"] == {"score": "no figure for pair/a", "a": "it broke"}
    missing = PAIR.record({"pair/b": record("pair/b", 0.75)})
    assert (missing.status, missing.summary()["reason"]) == ("skipped", "pair/a: not run")


def test_the_interval_of_one_part_is_near_the_bootstrap_of_its_mean() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(0.2, 0.1, 400), rng.normal(0.6, 0.1, 100)
    found = stratified.mean_over([Mean(first), Mean(second)])
    # The mean of two independent means: standard errors 0.005 and 0.01.
    half = 1.96 * np.hypot(first.std() / 20, second.std() / 10) / 2
    middle = (first.mean() + second.mean()) / 2
    assert [found.low, found.high] == pytest.approx([middle - half, middle + half], abs=8e-4)
    assert found == stratified.mean_over([Mean(first), Mean(second)])
    still = stratified.mean_over([Mean(np.ones(1)), Mean(np.zeros(9))])
    assert (still.low, still.high) == (0.5, 0.5)
    assert "1 of them with one unit" in still.method


def test_expanding_keeps_tasks_and_names_the_suite(toys: Suite) -> None:
    assert suite.expand(["coco", "toys"]) == [
        ("coco", ""),
        ("suite_toys:First", "toys"),
        ("suite_toys:Second", "toys"),
    ]
    assert suite.find("coco") is None


def test_a_suite_is_run_shown_and_ranked(toys: Suite, command: Command) -> None:
    arguments = ("run", "-m", "toys:Echo", "-t", "toys", "--json")
    answer = command(*arguments)
    assert answer.code == 0, answer.err
    (row,) = answer.rows()
    assert row["task"] == "toys"
    assert set(row["members"]) == set(TOYS.members)
    assert row["scores"].keys() == {"score", *TOYS.members}
    assert row["cached"] is False
    assert command(*arguments).rows()[0]["cached"] is True
    (alone,) = command("run", "-m", "toys:Echo", "-t", "suite_toys:First", "--json").rows()
    assert (alone["cached"], alone["run"]) == (True, row["members"]["suite_toys:First"])
    text = command(*arguments[:-1])
    assert text.out.count("toys:Echo") >= 3, text.out
    (ranked,) = json.loads(command("leaderboard", "-t", "toys", "--json").out)
    assert ranked["score"] == row["scores"]["score"]


def test_a_wrong_folder_is_one_line(toys: Suite, command: Command, tmp_path: Path) -> None:
    answer = command("run", "-m", "toys:Echo", "-t", "toys", "--data", tmp_path / "none", "--json")
    # Nothing can be planned at all: one line, as for a task.
    assert answer.code == 2
    assert answer.err.count("\n") == 1, answer.err


def test_one_member_without_data_is_told_and_the_rest_is_scored(
    toys: Suite, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    import suite_toys

    def refuse(self: object) -> list[Path]:
        raise BadInput("second.jsonl: no such file")

    monkeypatch.setattr(suite_toys.Second, "files", refuse)
    answer = command("run", "-m", "toys:Echo", "-t", "toys", "--json")
    assert answer.code == 3, answer.err
    (row,) = answer.rows()
    assert row["status"] == "unavailable"
    assert row["reason"] == "suite_toys:Second: second.jsonl: no such file"
    assert row["scores"] == {"suite_toys:First": 1.0}
    assert row["absent"]["score"] == "no figure for suite_toys:Second"


def test_an_unknown_name_offers_suites_and_score_refuses_them(
    toys: Suite, command: Command, tmp_path: Path
) -> None:
    assert "'toys'" in command("run", "-m", "toys:Echo", "-t", "toyss").err
    refused = command("score", "-t", "toys", "-p", tmp_path / "p.json")
    assert refused.code == 2
    assert "score its members" in refused.err
