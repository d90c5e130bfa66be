"""Baselines with an option chosen on validation data, before anything is seen of the test data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness import registry
from harness.errors import HarnessError
from harness.reports.measured import Measured, cells_of, identity
from harness.reports.paper import Arm, Paper, Tuning
from harness.reports.summary import summarize
from harness.runner import Cell, Runner


def resolve(
    paper: Paper,
    arms: Sequence[Arm],
    task_options: Mapping[str, Any],
    runner: Runner,
    measure: Callable[[Sequence[Cell]], Measured],
) -> tuple[Paper, dict[str, str]]:
    """Choose the option of every arm that asks for it.

    Args:
        paper: The paper.
        arms: The arms that will be measured; only those among them are tuned.
        task_options: The test data.
        runner: Plans runs.
        measure: Runs cells, or looks them up.

    Returns:
        The paper with the options filled in, and why it could not be done for the arms where it
        could not (by :func:`harness.reports.measured.identity`).
    """
    chosen: dict[str, Arm] = {}
    problems: dict[str, str] = {}
    for arm in arms:
        if arm.tune is None:
            continue
        found = _choose(paper, arm, arm.tune, task_options, runner, measure)
        if isinstance(found, Arm):
            chosen[arm.name] = found
        else:
            problems[identity(arm)] = found
    filled = [chosen.get(arm.name, arm) for arm in paper.arms]
    return paper.model_copy(update={"arms": tuple(filled)}), problems


def _choose(
    paper: Paper,
    arm: Arm,
    tune: Tuning,
    task_options: Mapping[str, Any],
    runner: Runner,
    measure: Callable[[Sequence[Cell]], Measured],
) -> Arm | str:
    """Return ``arm`` with the value that is best on validation data, or why there is none."""
    candidates = [
        arm.model_copy(update={"config": {**arm.config, tune.option: value}, "tune": None})
        for value in tune.values
    ]
    cells = cells_of(paper, candidates, {**task_options, **tune.task_config})
    fingerprints = []
    for planned in runner.plan([*cells_of(paper, candidates[:1], task_options)[:1], cells[0]]):
        if isinstance(planned, HarnessError):
            return str(planned)
        fingerprints.append(planned.parts.data)
    if fingerprints[0] == fingerprints[1]:
        return "these data have no validation split to tune on"
    measured = measure(cells)
    values = []
    for candidate, value in zip(candidates, tune.values, strict=True):
        found = summarize(measured.of(candidate), tune.metric)
        if found is None:
            return (
                f"tuning at {tune.option} = {value:g}: {measured.why_not(candidate) or 'no score'}"
            )
        values.append(found.value)
    task = registry.tasks.load(paper.task)
    up = next(m.higher_is_better for m in task.metrics if m.name == tune.metric)
    best = values.index(max(values) if up else min(values))
    label = f"{arm.label}: {tune.values[best]:g}"
    return candidates[best].model_copy(update={"label": label})
