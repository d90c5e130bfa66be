"""``harness leaderboard``: rank the methods of a task."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.complete import names
from harness.cli.output import emit, store_option, table_options
from harness.errors import BadInput

EPILOG = """\b
Examples:
  harness leaderboard --task coco
  harness leaderboard --task coco --metric AR100 --metric AP -o coco.tex
"""


@click.command("leaderboard", epilog=EPILOG)
@click.option(
    "--task",
    "-t",
    required=True,
    help="The task's name, or a suite's for its aggregate.",
    shell_complete=names("tasks", "suites"),
)
@click.option(
    "--metric", "metrics", multiple=True, help="Rank by this metric; repeat to show more of them."
)
@click.option("--all-metrics", is_flag=True, help="Show every metric of the task.")
@table_options
@store_option
def command(
    task: str,
    metrics: tuple[str, ...],
    all_metrics: bool,
    form: str | None,
    as_json: bool,
    output: Path | None,
    store: Path | None,
) -> None:
    """Rank the methods that were run on a task, with intervals, timings and kernel timings.

    There is one table per data set. Nothing is run: methods without a run, and runs that failed or
    no longer hold, are rows with their reason. Of a suite, a row is a method with the aggregate and
    a column per member, without the methods that were never run.
    """
    from harness import suite
    from harness.reports.freshness import fresh
    from harness.reports.leaderboard import leaderboard
    from harness.store import Store

    shelf = Store(store)
    if (whole := suite.find(task)) is not None:
        from harness.reports import suite_tables

        if metrics:
            raise BadInput(f"{task} is a suite and ranks by its aggregate: leave --metric out")
        emit(suite_tables.leaderboard(whole, shelf), form, as_json, output)
        return
    mine = [record for record in shelf.records() if record.spec.task == task]
    for line in shelf.damaged():
        click.echo(f"harness: {line}", err=True)
    tables = leaderboard(fresh(mine), task, shelf, metrics=metrics, all_metrics=all_metrics)
    emit(tables, form, as_json, output)
