"""``harness score``: predictions made elsewhere become a record beside our own runs."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import click

from harness.cli import selection
from harness.cli.complete import names
from harness.cli.output import emit, store_option

EPILOG = """\b
Examples:
  harness score --task coco --predictions results.json
  harness score -t coco --data instances_val2017.json -p results.json --name my_detector
"""


@click.command("score", epilog=EPILOG)
@click.option("--task", "-t", required=True, help="The task.", shell_complete=names("tasks"))
@click.option(
    "--predictions",
    "-p",
    required=True,
    type=click.Path(path_type=Path),
    help="File in the benchmark's official format (`harness show TASK` names it).",
)
@click.option("--name", help="What to call it in reports.  [default: the file's name]")
@selection.data_options
@click.option("--rerun", is_flag=True, help="Score anew what was scored before.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as `harness run` prints.")
@store_option
def command(
    task: str,
    predictions: Path,
    name: str | None,
    data: Path | None,
    split: str | None,
    task_set: tuple[str, ...],
    rerun: bool,
    as_json: bool,
    store: Path | None,
) -> int:
    """Score predictions that were made elsewhere, with the official scorer.

    They stand in `harness leaderboard`, marked external, and `harness compare` tests them against
    any run on the same examples. The same file is not scored twice; one that cannot be read, or
    does not fit the data, leaves no record.
    """
    from harness import external
    from harness.store import Store

    result = external.score(
        task,
        predictions,
        name=name,
        task_options=selection.task_options(task_set, split=split, data=data),
        store=Store(store),
        rerun=rerun,
        on_note=lambda note: click.echo(f"harness: {note}", err=True),
    )
    record = result.record
    if as_json:
        click.echo(json.dumps({**record.summary(), "cached": result.cached}))
    else:
        run_table = import_module("harness.reports.run_table").run_table
        emit(run_table([record], {record.key: result.cached}), None, False, None)
    if record.failure is not None:
        click.echo(f"harness: {record.failure.message}", err=True)
        click.echo(f"harness: `harness show {record.key}` has the traceback", err=True)
    return selection.exit_code([record])
