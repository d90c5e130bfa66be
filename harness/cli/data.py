"""``harness data``: what data a task has, from where, and how to get the full set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from harness.cli import selection
from harness.cli.complete import names


@click.group()
def command() -> None:
    """Say what data a task has, and prepare them."""


@command.command()
@click.argument("task", shell_complete=names("tasks"))
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the task's own files.")
@click.option("--detections", type=click.Path(path_type=Path), help="Detector-results file (coco).")
@click.option("--task-set", multiple=True, metavar="KEY=VALUE", help="Option of the task.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object.")
def status(
    task: str,
    data: Path | None,
    detections: Path | None,
    task_set: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say which files TASK reads, their checksums, origin and licence."""
    from harness import config, registry

    cls = registry.tasks.load(task)
    options = selection.task_options(task_set, data=data, detections=detections)
    adapter = cls(config.build(cls.Config, options, owner=f"task {task}"))
    rows = [_file(Path(path)) for path in adapter.files()]
    if as_json:
        click.echo(json.dumps({"task": task, "files": rows, "source": cls.source}))
        return
    click.echo(f"{task}: {cls.title}")
    for row in rows:
        click.echo(f"  {row['path']}  {row['bytes']:,} bytes  sha256 {row['sha256']}")
    click.echo(cls.source)


@command.command()
@click.argument("task", shell_complete=names("tasks"))
def prepare(task: str) -> None:
    """Make TASK's data ready; the embedded ones already are."""
    from harness import registry

    cls = registry.tasks.load(task)
    click.echo(f"{task}: the embedded data need no preparation. The full set:\n{cls.source}")


def _file(path: Path) -> dict[str, Any]:
    import hashlib

    with open(path, "rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    return {"path": str(path), "bytes": path.stat().st_size, "sha256": digest}
