"""The whole tool from Python: what each command does, as one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import suite
from harness.errors import BadInput
from harness.record import RunRecord
from harness.runner import Cell, Runner
from harness.specs import Device, Limits, Request
from harness.store import Store

if TYPE_CHECKING:
    from harness.statistics import Comparison


def run(
    method: str,
    task: str,
    *,
    seed: int = 0,
    config: Mapping[str, Any] | None = None,
    task_config: Mapping[str, Any] | None = None,
    preset: str | None = None,
    backbone: str | None = None,
    device: Device = "cpu",
    limits: Limits | None = None,
    store: Store | str | Path | None = None,
    rerun: bool = False,
) -> RunRecord:
    """Run one method on one task, or return the record of the same run made before.

    Args:
        method: Registry name, or a direct target ``"package.module:Class"``.
        task: Registry name, or a direct target; a suite's name for the aggregate over its tasks.
        seed: The run's seed.
        config: Options of the method that differ from its defaults.
        task_config: Options of the task that differ from its defaults (``{"data": "DIR"}``).
        preset: Name of a preset of the method.
        backbone: Pretrained model for methods that take one.
        device: ``"cpu"`` or ``"cuda"``.
        limits: Time and memory it may use.
        store: A store or its folder; by default ``$HARNESS_RESULTS`` or ``./results``.
        rerun: Whether to compute a finished run anew.

    Returns:
        The record; look at ``status`` before ``scores``.

    Raises:
        HarnessError: Wrong names, options or data; see :mod:`harness.errors`.
    """
    request = Request(
        method=method,
        task=task,
        overrides=plain(config or {}),
        task_overrides=plain(task_config or {}),
        preset=preset,
        backbone=backbone,
        device=device,
    )
    runner = Runner(_store(store), limits=limits or Limits(), rerun=rerun)
    cells = [
        Cell(request.model_copy(update={"task": name}), seed, whole)
        for name, whole in suite.expand([task])
    ]
    results = list(runner.run(cells))
    wholes = suite.join(results, runner.store)
    return wholes[0].record if wholes else results[0].record


def score(
    task: str,
    predictions: str | Path,
    *,
    name: str | None = None,
    task_config: Mapping[str, Any] | None = None,
    store: Store | str | Path | None = None,
    rerun: bool = False,
) -> RunRecord:
    """Score predictions made elsewhere, or return the record of the same ones scored before.

    Args:
        task: Registry name, or a direct target ``"package.module:Class"``.
        predictions: A file in the benchmark's official submission format.
        name: What reports call it; the file's name without suffixes if None.
        task_config: Options of the task that differ from its defaults (``{"data": "DIR"}``).
        store: A store or its folder; by default ``$HARNESS_RESULTS`` or ``./results``.
        rerun: Whether to score anew what was scored before.

    Returns:
        The record; its ``external`` is true.

    Raises:
        HarnessError: Wrong names, options, data or predictions; see :mod:`harness.errors`.
    """
    from harness import external

    options = plain(task_config or {})
    return external.score(
        task, Path(predictions), name=name, task_options=options, store=_store(store), rerun=rerun
    ).record


def compare(
    first: str | RunRecord,
    second: str | RunRecord,
    *,
    metric: str | None = None,
    store: Store | str | Path | None = None,
) -> Comparison:
    """Compare two runs of one task on the same examples, in pairs.

    Args:
        first: A record, or a key or its beginning.
        second: Likewise.
        metric: What to compare; the task's primary metric if None.
        store: Where the records live.

    Raises:
        BadInput: The runs are not of one task, not ok, or not on the same examples.
    """
    from harness import config, registry, statistics

    shelf = _store(store)
    a, b = (r if isinstance(r, RunRecord) else shelf.find(r) for r in (first, second))
    if a.spec.task != b.spec.task:
        raise BadInput(f"run {a.key} is of task {a.spec.task}, run {b.key} of {b.spec.task}")
    tables = []
    for record in (a, b):
        if record.status != "ok":
            raise BadInput(f"run {record.key} is {record.status}: nothing to compare")
        table = shelf.examples(record)
        if table is None:
            raise BadInput(f"run {record.key} has no per-example values")
        tables.append(table)
    if not a.on_same_data(b):
        raise BadInput(f"runs {a.key} and {b.key} were scored on different data")
    task_class = registry.tasks.load(a.spec.task)
    task = task_class(
        config.build(task_class.Config, a.spec.task_config, owner=f"task {a.spec.task}")
    )
    return statistics.compare(task, tables[0], tables[1], metric or task_class.primary().name)


def results(store: Store | str | Path | None = None) -> Any:
    """Return a pandas view of a store: one row per run (see :func:`harness.reports.frame.frame`)."""
    from importlib import import_module

    return import_module("harness.reports.frame").frame(_store(store))


def plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as JSON can hold them; paths become absolute strings."""
    return {k: str(v.absolute()) if isinstance(v, Path) else v for k, v in options.items()}


def seeds(text: str) -> Sequence[int]:
    """Parse ``"3"``, ``"0,2,5"`` or ``"0..4"`` into seeds.

    Raises:
        BadInput: It is none of these.
    """
    try:
        if ".." in text:
            low, high = (int(part) for part in text.split("..", 1))
            if high < low:
                raise ValueError
            chosen = list(range(low, high + 1))
        else:
            chosen = [int(part) for part in text.split(",")]
        if min(chosen) < 0:
            raise ValueError
        return chosen
    except ValueError:
        raise BadInput(f"cannot read seeds {text!r}: write 3, 0,2,5 or 0..4") from None


def _store(store: Store | str | Path | None) -> Store:
    return store if isinstance(store, Store) else Store(store)
