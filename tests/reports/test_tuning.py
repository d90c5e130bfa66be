from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report_papers import claim, content, paper
from report_records import METHOD, answers, put

from harness.reports.claims import judge
from harness.reports.measured import Measured, cells_of, look_up
from harness.reports.paper import Paper
from harness.reports.tuning import resolve
from harness.runner import Runner
from harness.store import Store


@pytest.fixture
def validation(tmp_path: Path) -> dict[str, str]:
    """Return the task options that stand for validation data."""
    file = tmp_path / "validation.txt"
    file.write_text("other questions")
    return {"data": str(file)}


def _described(task_config: dict[str, str], metric: str = "accuracy") -> Paper:
    tune = {
        "option": "strength",
        "values": [0.25, 0.5, 0.75],
        "metric": metric,
        "task_config": task_config,
    }
    tuned = {"name": "tuned", "label": "tuned strength", "method": METHOD, "tune": tune}
    claims = [claim("beats tuned", test="better", arm="hard", than=["tuned"])]
    return paper(arms=[*content()["arms"], tuned], claims=claims)


def _resolve(store: Store, described: Paper) -> tuple[Paper, dict[str, str], Measured]:
    runner = Runner(store)
    filled, problems = resolve(
        described, described.claim_arms(), {}, runner, lambda cells: look_up(runner, cells)
    )
    measured = look_up(runner, cells_of(filled, filled.claim_arms(), {}))
    return filled, problems, Measured(measured.runs, problems, store)


def test_value_best_on_validation_is_taken_whatever_the_test_says(
    store: Store, validation: dict[str, str]
) -> None:
    for strength, on_validation, on_test in ((0.25, 20, 30), (0.5, 25, 10), (0.75, 22, 39)):
        config = {"strength": strength}
        put(store, answers(on_validation), config=config, task_config=validation)
        put(store, answers(on_test), config=config)
    put(store, answers(35), config={"mode": "hard"})
    filled, problems, measured = _resolve(store, _described(validation))
    assert problems == {}
    assert filled.arm("tuned").config == {"strength": 0.5}
    assert filled.arm("tuned").label == "tuned strength: 0.5"
    (found,) = judge(filled, measured)
    assert found.comparison is not None
    assert found.comparison.second == 0.25


def test_direction_of_the_metric_counts(store: Store, validation: dict[str, str]) -> None:
    for strength, latency in ((0.25, 3.0), (0.5, 2.0), (0.75, 1.0)):
        config: dict[str, Any] = {"strength": strength}
        ms = [latency] * 4
        put(store, answers(1, 4), latency=ms, config=config, task_config=validation)
    filled, _, _ = _resolve(store, _described(validation, "latency"))
    assert filled.arm("tuned").config == {"strength": 0.75}


def test_test_data_are_refused_as_validation_data(store: Store) -> None:
    for strength in (0.25, 0.5, 0.75):
        put(store, answers(20), config={"strength": strength}, task_config={"only": "validation"})
    put(store, answers(35), config={"mode": "hard"})
    filled, _, measured = _resolve(store, _described({"only": "validation"}))
    assert filled.arm("tuned").tune is not None
    (found,) = judge(filled, measured)
    assert found.verdict == "untested"
    assert found.reason == "tuned strength: these data have no validation split to tune on"


def test_missing_validation_run_is_told(store: Store, validation: dict[str, str]) -> None:
    put(store, answers(20), config={"strength": 0.25}, task_config=validation)
    _, problems, _ = _resolve(store, _described(validation))
    assert list(problems.values()) == ["tuning at strength = 0.5: not run"]
