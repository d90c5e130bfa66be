"""``harness sweep``: a grid of runs from a file."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import selection
from harness.cli.output import store_option

EPILOG = """\b
A sweep file (YAML, JSON or TOML):
  methods: [nms, {name: soft_nms, grid: {sigma: [0.3, 0.5, 0.7]}}]
  tasks: [coco]
  seeds: 0..4
"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would run and what is known.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a run, one a line.")
@selection.limit_options
@store_option
def command(
    file: Path,
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
    """Run a grid of methods, tasks, options and seeds from FILE.

    Finished runs are not computed again: the same command resumes an interrupted sweep.
    """
    from harness import sweep
    from harness.cli.run import print_plan, run_and_print
    from harness.runner import default_slots

    cells = list(sweep.read(file))
    slots = jobs or default_slots()
    runner = selection.make_runner(
        store, jobs=slots, timeout=timeout, memory=memory, executor=executor, rerun=rerun
    )
    if dry_run:
        return print_plan(runner, cells)
    return run_and_print(runner, cells, as_json=as_json, quiet=quiet)
