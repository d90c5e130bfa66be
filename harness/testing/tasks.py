"""The contract of tasks."""

from __future__ import annotations

import copy
import gc
import math
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness import config, kinds, registry
from harness.execute import to_arrow_file
from harness.task import Absent, Scores, Task
from harness.testing import samples
from harness.testing.contract import Finding, findings_for, judge, require, same

_UNTRACED = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType)


@dataclass(frozen=True, slots=True)
class Subject:
    """A task under examination, with the options that say where its data are.

    Attributes:
        name: What it is called in messages.
        cls: Its class.
        options: Validated options.
    """

    name: str
    cls: type[Task]
    options: Any

    def task(self) -> Task:
        """Return a fresh instance."""
        return self.cls(self.options)

    def scored(self, answer: Callable[[Any], Any]) -> tuple[Scores, Any]:
        """Score ``answer`` applied to every input; return the scores and the predictions."""
        task = self.task()
        dataset = task.load("test")
        predictions = [answer(item) for item in dataset.inputs]
        return task.score(predictions, dataset), predictions


def check_declaration(subject: Subject) -> None:
    """It says its name, title, kind and metrics, one of them primary."""
    cls = subject.cls
    for attribute in ("name", "title", "kind", "metrics"):
        require(
            bool(getattr(cls, attribute, None)), f"the class attribute {attribute!r} is missing"
        )
    kinds.kind(cls.kind)
    names = [metric.name for metric in cls.metrics]
    require(len(set(names)) == len(names), f"a metric is declared twice: {names}")
    primary = [metric.name for metric in cls.metrics if metric.primary]
    require(len(primary) == 1, f"exactly one metric must be primary, found {primary}")


def check_config_round_trip(subject: Subject) -> None:
    """Its options survive JSON."""
    plain = subject.options.model_dump(mode="json")
    again = config.build(subject.cls.Config, plain, owner=subject.name)
    require(again == subject.options, f"options changed on the way through JSON: {plain}")


def check_files(subject: Subject) -> None:
    """It names the files it reads, all of them there, the same each time."""
    first, second = ([Path(p) for p in subject.task().files()] for _ in range(2))
    require(first == second, "files() differs from call to call")
    missing = [str(path) for path in first if not path.is_file()]
    require(not missing, f"files() names what is not there: {', '.join(missing)}")


def check_load(subject: Subject) -> None:
    """It loads one input of its kind per id, ids being unique strings."""
    dataset = subject.task().load("test")
    require(len(dataset.inputs) == len(dataset.ids), "inputs and ids differ in number")
    require(all(isinstance(i, str) for i in dataset.ids), "an id is not a string")
    require(len(set(dataset.ids)) == len(dataset.ids), "an id occurs twice")
    expected = kinds.kind(subject.cls.kind).input
    wrong = {type(i).__name__ for i in dataset.inputs if not isinstance(i, expected)}
    require(not wrong, f"inputs are {', '.join(wrong)}; the kind's are {expected.__name__}")
    require(bool(dataset.origin), "the data's origin is not told")


def check_load_deterministic(subject: Subject) -> None:
    """It loads the same inputs each time."""
    first, second = (subject.task().load("test") for _ in range(2))
    require(same(list(first.inputs), list(second.inputs)), "two loads give different inputs")
    require(list(first.ids) == list(second.ids), "two loads give different ids")


def check_targets_hidden(subject: Subject) -> None:
    """Its targets cannot be reached from its inputs."""
    dataset = subject.task().load("test")
    sealed = {id(part) for part in _reachable(dataset.targets)}
    leaked = [part for part in _reachable(list(dataset.inputs)) if id(part) in sealed]
    # Small shared constants (interned strings, small numbers) are in both without being a leak.
    leaked = [part for part in leaked if isinstance(part, list | dict | np.ndarray) and len(part)]
    require(not leaked, f"{len(leaked)} parts of the targets can be reached from the inputs")


def _reachable(root: Any) -> list[Any]:
    """Return every object that can be reached from ``root``, code aside."""
    seen: dict[int, Any] = {}
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, _UNTRACED):
            continue
        seen[id(part)] = part
        waiting.extend(gc.get_referents(part))
    return list(seen.values())


def check_scores(subject: Subject) -> None:
    """It gives every declared metric a finite value or a reason."""
    for name, answer in samples.answers(subject.cls.kind).items():
        scores, _ = subject.scored(answer)
        declared = {metric.name for metric in subject.cls.metrics}
        require(
            set(scores.values) == declared,
            f"{name} predictions: metrics {sorted(scores.values)} are not the declared ones",
        )
        for metric, value in scores.values.items():
            if isinstance(value, Absent):
                require(bool(value.reason), f"{metric} is absent without a reason")
            else:
                require(math.isfinite(value), f"{name} predictions: {metric} is {value}")


def check_score_deterministic(subject: Subject) -> None:
    """It scores the same predictions the same, and leaves them as they were."""
    task = subject.task()
    dataset = task.load("test")
    answer = samples.answers(subject.cls.kind)["plain"]
    predictions = [answer(item) for item in dataset.inputs]
    before = copy.deepcopy(predictions)
    first = task.score(predictions, dataset)
    second = task.score(predictions, dataset)
    require(dict(first.values) == dict(second.values), "two scorings of one prediction differ")
    require(same(before, predictions), "scoring changed the predictions")


def check_examples(subject: Subject) -> None:
    """Its per-example table has one row per id, and reproduces the metrics it can resample."""
    scores, _ = subject.scored(samples.answers(subject.cls.kind)["plain"])
    if scores.examples is None:
        return
    table = scores.examples
    require(table.column_names[0] == "id", "the first column of the per-example table must be id")
    ids = table.column("id").to_pylist()
    expected = list(subject.task().load("test").ids)
    require(sorted(ids) == sorted(expected), "the per-example table's ids are not the dataset's")
    require(len(to_arrow_file(table)) > 0, "the per-example table cannot be written")
    for metric in subject.cls.metrics:
        resampler = subject.task().resampler(table, metric.name)
        value = scores.values[metric.name]
        if isinstance(value, Absent):
            continue
        if resampler is not None:
            again = float(resampler(np.ones((1, resampler.units), np.int64))[0])
        elif metric.name in table.column_names:
            again = float(np.mean(table.column(metric.name).to_numpy(zero_copy_only=False)))
        else:
            continue
        require(
            math.isclose(again, value, rel_tol=1e-9, abs_tol=1e-12),
            f"{metric.name}: the per-example table gives {again}, the scorer {value}",
        )


def check_submissions(subject: Subject) -> None:
    """It names a submission format just when it reads one, and targets it scores against."""
    reads = subject.cls.read_predictions is not Task.read_predictions
    named = bool(subject.cls.submission_format)
    require(not reads or named, "it reads submissions; name their format in submission_format")
    require(not named or reads, "submission_format is set and read_predictions is not defined")
    task = subject.task()
    extra = {Path(p) for p in task.target_files()} - {Path(p) for p in task.files()}
    require(not extra, f"target_files() names what files() does not: {sorted(map(str, extra))}")
    ids = list(task.load_targets().ids)
    require(ids == list(task.load("test").ids), "load_targets() and load() differ in ids")


TASK_CHECKS = (
    check_declaration,
    check_config_round_trip,
    check_files,
    check_load,
    check_load_deterministic,
    check_submissions,
    check_targets_hidden,
    check_scores,
    check_score_deterministic,
    check_examples,
)


def task_findings(task: str | type[Task], **options: Any) -> list[Finding]:
    """Run every check on a task; return what each found.

    Args:
        task: A registered name, a direct target ``"package.module:Class"``, or a class.
        **options: Options of the task, such as where its data lie.

    Raises:
        UnknownName: No task has that name, or it has no such option.
        BadInput: It does not load.
    """
    cls = registry.tasks.load(task) if isinstance(task, str) else task
    name = f"task {task if isinstance(task, str) else cls.__name__}"
    validated = config.build(cls.Config, options, owner=name)
    return findings_for(Subject(name, cls, validated), TASK_CHECKS)


def check_task(task: str | type[Task], **options: Any) -> None:
    """Raise :class:`ContractViolation`, listing every violation, unless the task keeps the contract.

    Args:
        task: A registered name, a direct target ``"package.module:Class"``, or a class.
        **options: Options of the task, such as where its data lie.
    """
    judge(f"task {task}", task_findings(task, **options))
