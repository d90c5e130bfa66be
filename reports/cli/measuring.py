"""What ``harness table`` and ``harness claims`` share: the data to measure on, and the runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import selection

if TYPE_CHECKING:
    from harness.reports.measured import Measured
    from harness.reports.paper import Arm, Paper
    from harness.runner import Cell


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what the runs read, and ``--no-run``."""
    options = [
        click.option(
            "--data", type=click.Path(path_type=Path), help="Folder of the task's own files."
        ),
        click.option(
            "--detections", type=click.Path(path_type=Path), help="Detector-results file (coco)."
        ),
        click.option("--task-set", multiple=True, metavar="KEY=VALUE", help="Option of the task."),
        click.option("--no-run", is_flag=True, help="Use the runs in the store; compute nothing."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def measure(
    paper: Paper, wanted: Callable[[Paper], Sequence[Arm]], options: Mapping[str, Any]
) -> tuple[Paper, Measured]:
    """Run, or with ``--no-run`` look up, what the ``wanted`` arms need.

    Args:
        paper: The paper.
        wanted: Takes the paper and returns the arms to measure.
        options: The values of :func:`data_options`, ``selection.limit_options`` and ``--store``.

    Returns:
        The paper with tuned options filled in, and what was measured.

    Raises:
        HarnessError: An option or a file is wrong, or the store cannot be written.
    """
    from harness.cli.progress import progress
    from harness.reports.measured import cells_of, look_up, run_cells
    from harness.reports.tuning import resolve

    task_options = selection.task_options(
        options["task_set"], data=options["data"], detections=options["detections"]
    )
    runner = selection.make_runner(
        options["store"],
        jobs=options["jobs"] or 1,
        timeout=options["timeout"],
        memory=options["memory"],
        executor=options["executor"],
        rerun=options["rerun"],
    )

    def obtain(cells: Sequence[Cell]) -> Measured:
        if options["no_run"]:
            return look_up(runner, cells)
        with progress(len(cells), quiet=options["quiet"]) as shown:
            runner.on_event, runner.on_note = shown.on_event, shown.note
            return run_cells(runner, cells, shown.on_result)

    paper, problems = resolve(paper, wanted(paper), task_options, runner, obtain)
    measured = obtain(cells_of(paper, wanted(paper), task_options))
    return paper, dataclasses.replace(measured, problems={**measured.problems, **problems})
