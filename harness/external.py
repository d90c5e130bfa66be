"""Predictions made elsewhere: read, scored and kept like a run of ours, and marked as external.

A submission in a benchmark's official format becomes a :class:`RunRecord` with per-example scores,
so it stands in leaderboards and is compared in pairs like any other run. Its method is a name that
no plug-in has, its only option the digest of the file; its key is made of that digest, the data it
was scored against and the sources of the task. Where the file lies, and what it is called, does not
enter: the same predictions under the same name are the same record. What the predictions cost is
not known, and no report shows a time or a memory for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness import registry, suite
from harness.clock import Clock
from harness.errors import BadInput, StoreError, Unavailable
from harness.execute import Job, check_predictions, judge
from harness.plan import PlannedRun, Planner
from harness.record import Failure, RunRecord
from harness.runner import Cell, Result
from harness.specs import Request
from harness.store import Store
from harness.task import Dataset, Task

PREDICTIONS_OPTION = "predictions_sha256"
"""The option under which a record's specification holds the digest of its file."""

_LONGEST_NAME = 80
_RESERVED = frozenset(":,*?[]|/\\")
"""What a name must not hold: it would read as a direct target, a list, a pattern, a table or a path."""


def score(
    task: str,
    predictions: Path,
    *,
    name: str | None,
    task_options: Mapping[str, Any],
    store: Store,
    rerun: bool = False,
    on_note: Callable[[str], None] = lambda note: None,
) -> Result:
    """Score a submission and store its record, or return the record it already has.

    Args:
        task: Registry name of the task, or a direct target.
        predictions: The submission, in the format that ``Task.submission_format`` names.
        name: What reports call it; if None the file's name, without suffixes unless a method
            has that name.
        task_options: Options of the task that differ from its defaults.
        store: Where the record goes.
        rerun: Whether to score anew what was scored before.
        on_note: Told one-line remarks that are no results.

    Returns:
        The record, and whether it was known before.

    Raises:
        UnknownName: The task or one of its options is unknown.
        BadInput: The name is not free or not valid, the task reads no submissions, or a file is
            missing, broken, breaks the format or does not fit the data. Nothing is recorded then.
        Unavailable: The scorer or the data are not here.
        StoreError: The store cannot be written.
    """
    _check_reads_submissions(task)
    request = Request(
        method=_checked_name(name, predictions),
        task=task,
        overrides={PREDICTIONS_OPTION: _digest(predictions)},
        task_overrides=dict(task_options),
    )
    cell = Cell(request, 0)
    planned = Planner().plan(request, 0, external=True)
    store.check_writable()
    with store.claim(planned.key, wait=True):
        known = None if rerun else _known(store, planned.key, on_note)
        record = _scored(planned, predictions, store) if known is None else known
    for remark in registry.tasks.load(task).remarks(record.details):
        on_note(f"{predictions}: {remark}")
    return Result(cell, record, cached=known is not None)


def _check_reads_submissions(task: str) -> None:
    if (whole := suite.find(task)) is not None:
        raise BadInput(
            f"{task!r} is a suite, and no file holds predictions for all of it: score its members, "
            f"--task {whole.members[0]} and so on"
        )
    if registry.tasks.load(task).submission_format:
        return
    reading = [
        n for n in registry.tasks.names() if registry.tasks.describe(n).get("submission_format")
    ]
    raise BadInput(
        f"task {task!r} reads no submissions; tasks that do: {', '.join(reading) or 'none'}. "
        "A task that is to read them defines submission_format and read_predictions"
    )


def _checked_name(name: str | None, predictions: Path) -> str:
    """Return what reports call the submission.

    Raises:
        BadInput: The name is a registered method's, or cannot be a name.
    """
    chosen = name if name is not None else _default_name(predictions)
    if (
        not chosen.strip()
        or chosen != chosen.strip()
        or len(chosen) > _LONGEST_NAME
        or not chosen.isprintable()
        or _RESERVED & set(chosen)
    ):
        raise BadInput(
            f"{chosen!r} cannot be the name of a submission: pass --name with up to "
            f"{_LONGEST_NAME} printable characters, none of {' '.join(sorted(_RESERVED))}"
        )
    if chosen in registry.methods.names():
        raise BadInput(
            f"{chosen!r} is a registered method, and these predictions are not a run of it: "
            "choose another name with --name"
        )
    return chosen


def _default_name(path: Path) -> str:
    """Return the file's name without suffixes, or whole where a method is called so.

    Published runs are named after what made them: ``bm25.trec.gz`` is no run of our ``bm25``.
    """
    short = _without_suffixes(path)
    return path.name if short in registry.methods.names() else short


def _without_suffixes(path: Path) -> str:
    """Return ``results`` for ``results.json.gz``, ``my.model`` for ``my.model.json``."""
    return Path(path.stem).stem if path.suffix in (".gz", ".zst", ".xz") else path.stem


def _digest(path: Path) -> str:
    try:
        with open(path, "rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file of predictions; check --predictions") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}; check --predictions") from None


def _known(store: Store, key: str, on_note: Callable[[str], None]) -> RunRecord | None:
    """Return the finished record under ``key``; a damaged one is told and is none."""
    try:
        record = store.get(key)
    except StoreError as error:
        on_note(str(error))
        return None
    return record if record is not None and record.status == "ok" else None


def _scored(planned: PlannedRun, predictions: Path, store: Store) -> RunRecord:
    """Score the submission and store its record.

    Raises:
        BadInput: The file or the data are at fault; nothing is stored.
        Unavailable: Something needed is not installed; nothing is stored.
        StoreError: The store cannot be written.
    """

    def read(task: Task, dataset: Dataset, clock: Clock) -> Sequence[Any]:
        answers = task.read_predictions(predictions, dataset)
        if _digest(predictions) != planned.spec.config[PREDICTIONS_OPTION]:
            raise BadInput(f"{predictions}: the file changed while it was read; score it again")
        check_predictions(task.kind, dataset.inputs, answers, owner=str(predictions))
        return answers

    job = Job(key=planned.key, spec=planned.spec, request=planned.request, parts=planned.parts)
    outcome = judge(job, lambda task: task.load_targets(), read)
    _refuse(outcome.record.failure)
    record = outcome.record.model_copy(update={"submission": predictions.name})
    return store.put(record, outcome.examples)


def _refuse(failure: Failure | None) -> None:
    """Raise what the user has to mend: a file that cannot be read is no run that failed."""
    if failure is None:
        return
    if failure.kind == "bad_input":
        raise BadInput(failure.message)
    if failure.kind == "unavailable":
        raise Unavailable(failure.message)
