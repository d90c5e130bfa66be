"""``harness run``: methods on tasks, now."""

from __future__ import annotations

import json
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import selection
from harness.cli.complete import names
from harness.cli.output import store_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.runner import Cell, Result, Runner
    from harness.suite import Whole

EPILOG = """\b
Examples:
  harness run --method soft_nms --task coco
  harness run -m nms,soft_nms -t coco --set iou_threshold=0.5 --seed 0..4
  harness run -m soft_nms -t coco --data DIR --detections results.json --json
  harness run -m majority -t superglue/boolq --data DIR --split val_even
"""


@click.command(epilog=EPILOG)
@click.option(
    "--method",
    "-m",
    "methods",
    multiple=True,
    required=True,
    help="Names, commas, globs.",
    shell_complete=names("methods"),
)
@click.option(
    "--task",
    "-t",
    "tasks",
    multiple=True,
    required=True,
    help="Names, commas, globs; a suite's name for all its tasks.",
    shell_complete=names("tasks", "suites"),
)
@selection.data_options
@click.option("--detections", type=click.Path(path_type=Path), help="Detector-results file (coco).")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Option of the method.")
@click.option("--config", type=click.Path(path_type=Path), help="YAML, JSON or TOML of options.")
@click.option("--preset", help="Named options of the method: mini or paper.")
@click.option("--seed", default="0", show_default=True, help="3, 0,2,5 or 0..4.")
@click.option("--seeds", type=click.IntRange(1), help="How many seeds, from 0.")
@click.option("--backbone", help="Pretrained model: a hub name or a path.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option("--dry-run", is_flag=True, help="Say what would run and what is known.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a run, one a line.")
@selection.limit_options
@store_option
def command(
    methods: tuple[str, ...],
    tasks: tuple[str, ...],
    data: Path | None,
    split: str | None,
    detections: Path | None,
    sets: tuple[str, ...],
    task_set: tuple[str, ...],
    config: Path | None,
    preset: str | None,
    seed: str,
    seeds: int | None,
    backbone: str | None,
    device: str,
    dry_run: bool,
    as_json: bool,
    jobs: int | None,
    timeout: float | None,
    memory: str | None,
    executor: str,
    rerun: bool,
    quiet: bool,
    store: Path | None,
) -> int:
    """Run methods on tasks and print leaderboard rows.

    A run that is in the store already is not computed again. With several methods or tasks, pairs
    that do not fit are reported as skipped. A suite, such as superglue, runs all its tasks and
    prints their aggregate.
    """
    from harness import api, registry
    from harness.config import parse_assignments, read_config_file
    from harness.plan import check_compatible
    from harness.runner import Cell
    from harness.specs import Request

    chosen_methods = selection.choose(registry.methods, methods)
    chosen_tasks = selection.choose_tasks(tasks)
    if len(chosen_methods) == len({suite or task for task, suite in chosen_tasks}) == 1:
        check_compatible(chosen_methods[0], chosen_tasks[0][0])
    overrides = {**(read_config_file(config) if config else {}), **parse_assignments(sets)}
    options = selection.task_options(task_set, split=split, data=data, detections=detections)
    cells = [
        Cell(
            Request.model_validate(
                {
                    "method": method,
                    "task": task,
                    "overrides": overrides,
                    "task_overrides": options,
                    "preset": preset,
                    "backbone": backbone,
                    "device": device,
                }
            ),
            number,
            suite,
        )
        for method in chosen_methods
        for task, suite in chosen_tasks
        for number in (range(seeds) if seeds else api.seeds(seed))
    ]
    runner = selection.make_runner(
        store, jobs=jobs or 1, timeout=timeout, memory=memory, executor=executor, rerun=rerun
    )
    if dry_run:
        return print_plan(runner, cells)
    return run_and_print(runner, cells, as_json=as_json, quiet=quiet)


def run_and_print(runner: Runner, cells: list[Cell], *, as_json: bool, quiet: bool) -> int:
    """Run ``cells``, print their results, return the exit code."""
    from harness import suite
    from harness.cli.progress import progress

    results: list[Result] = []
    # Closing the generator lets the runner leave its records if we are interrupted out here.
    with progress(len(cells), quiet=quiet) as shown, closing(runner.run(cells)) as running:
        runner.on_event, runner.on_note = shown.on_event, shown.note
        for result in running:
            results.append(result)
            shown.on_result(result)
            if as_json and not result.cell.suite:
                click.echo(json.dumps({**result.record.summary(), "cached": result.cached}))
    place = {cell: i for i, cell in enumerate(_identities(cells))}
    results.sort(key=lambda r: place[_identities([r.cell])[0]])
    wholes = suite.join(results, runner.store)
    if as_json:
        for whole in wholes:
            click.echo(json.dumps(whole.summary()))
    else:
        _print_tables(results, wholes)
    if not cells:
        click.echo("harness: nothing to run: no method, task or seed is chosen", err=True)
    records = [r.record for r in results]
    for record in records:
        if len(records) == 1 and record.failure is not None:
            click.echo(f"harness: {record.failure.message}", err=True)
            if record.failure.kind in ("error", "crash"):
                click.echo(f"harness: `harness show {record.key}` has the traceback", err=True)
    return selection.exit_code(records)


def _print_tables(results: Sequence[Result], wholes: Sequence[Whole]) -> None:
    """Print a line per run, then one per suite."""
    from harness.cli.output import emit

    records = {r.record.key: r.record for r in results}
    table = import_module("harness.reports.run_table").run_table(
        list(records.values()), {r.record.key: r.cached for r in results}
    )
    aggregates = import_module("harness.reports.suite_tables").run_tables(wholes) if wholes else []
    emit([table, *aggregates], None, False, None)


def _identities(cells: list[Cell]) -> list[tuple[str, int]]:
    return [(cell.request.model_dump_json(), cell.seed) for cell in cells]


def print_plan(runner: Runner, cells: list[Cell]) -> int:
    """Print what each cell would do, computing nothing."""
    from harness.errors import HarnessError, StoreError

    for cell, planned in zip(cells, runner.plan(cells), strict=True):
        where = f"{cell.request.method} × {cell.request.task}, seed {cell.seed}"
        if isinstance(planned, HarnessError):
            click.echo(f"-                 {where}: cannot run: {planned}")
            continue
        try:
            known = runner.store.get(planned.key)
        except StoreError as error:
            click.echo(f"{planned.key}  {where}: damaged: {error}")
            continue
        state = "new" if known is None else "cached" if known.status == "ok" else known.status
        click.echo(f"{planned.key}  {where}: {state}")
    return 0
