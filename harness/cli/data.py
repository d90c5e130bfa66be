"""``harness data``: what data a task has, from where, and how to get the full set."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import inventory, selection
from harness.cli.complete import names
from harness.cli.output import is_interactive

if TYPE_CHECKING:
    from harness.download import Progress
    from harness.task import Download, Task

_into = click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="The task's own folder of downloaded files.  [default: TASK in HARNESS_DATA, or in the "
    "user's data folder]",
)


@click.group()
def command() -> None:
    """Say what data a task has, and prepare them."""


_MUCH = 1_000_000_000
"""Bytes from which on `prepare` says beforehand how much it is."""


@command.command()
@click.argument("task", shell_complete=names("tasks", "suites"))
@selection.data_options
@click.option("--detections", type=click.Path(path_type=Path), help="Detector-results file (coco).")
@click.option("--json", "as_json", is_flag=True, help="A JSON object.")
@click.option("--quick", is_flag=True, help="Compare the full set's sizes, not its contents.")
@_into
def status(
    task: str,
    data: Path | None,
    split: str | None,
    detections: Path | None,
    task_set: tuple[str, ...],
    as_json: bool,
    quick: bool,
    into: Path | None,
) -> None:
    """Say which files TASK reads, what is here of the full set, checksums, origin and licence.

    Of a suite, this is said of every member; what keeps one from being read is said of it. Every
    file of the full set is present, partial, damaged (not what came, or not what its owners
    published) or absent.
    """
    from harness import suite

    options = selection.task_options(task_set, split=split, data=data, detections=detections)
    whole = suite.find(task)
    if whole is None:
        facts = _facts(task, options, into, deep=not quick)
    else:
        members = [_facts(name, options, into, deep=not quick) for name in whole.members]
        facts = {"task": task, "members": members}
    if as_json:
        click.echo(json.dumps(facts))
        return
    for one in facts.get("members", [facts]):
        _say(one, into)


def _facts(
    task: str, options: Mapping[str, Any], into: Path | None, *, deep: bool
) -> dict[str, Any]:
    from harness import registry

    cls = registry.tasks.load(task)
    rows, nothing = inventory.read_files(cls, task, options)
    folder = inventory.folder_of(cls, into)
    return {
        "task": task,
        "title": cls.title,
        "problem": nothing,
        "files": rows,
        "source": cls.source,
        "folder": str(folder),
        "downloads": [inventory.row(item, folder, deep=deep) for item in cls.downloads],
        "by_hand": inventory.by_hand(cls, folder),
        "run": inventory.commands(cls, task, folder),
    }


def _say(facts: Mapping[str, Any], into: Path | None) -> None:
    """Print what is known of one task's data."""
    click.echo(f"{facts['task']}: {facts['title']}")
    if facts["problem"]:
        click.echo(f"  reads nothing: {facts['problem']}")
    for line in inventory.lines(facts, prepare=_prepare(facts["task"], into)):
        click.echo(line)


@command.command()
@click.argument("task", shell_complete=names("tasks", "suites"))
@click.option(
    "--only", multiple=True, metavar="NAME", help="Only this file, or this folder, of the full set."
)
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
@_into
def prepare(task: str, only: tuple[str, ...], quiet: bool, into: Path | None) -> None:
    """Download the full data set of TASK; the embedded data are always ready.

    What is there already is checked and not fetched again; a transfer that breaks off goes on
    where it stopped. Archives are unpacked. With HARNESS_OFFLINE=1 nothing is fetched. At the end
    stand the commands that run on what was downloaded.
    """
    from harness import suite

    for name, _ in suite.expand([task]):
        _prepare_one(name, only, quiet, into)


def _prepare_one(task: str, only: Sequence[str], quiet: bool, into: Path | None) -> None:
    from harness import registry

    cls = registry.tasks.load(task)
    folder = inventory.folder_of(cls, into)
    if cls.by_hand is not None:
        _say_by_hand(cls, task, folder)
    elif not cls.downloads:
        click.echo(f"{task}: the embedded data need no preparation. The full set:\n{cls.source}")
        return
    remedy = (
        f"Run `harness data prepare {task} --into {folder.name}` where there is a network, and copy "
        f"that folder to {folder}"
    )
    chosen = inventory.choose(task, cls.downloads, only)
    total = sum(item.size or 0 for item in chosen)
    if total > _MUCH and not only:
        parts = dict.fromkeys(item.into or item.name for item in chosen)
        click.echo(
            f"harness: {len(chosen)} files, {total / 1e9:.1f} GB; less with --only: {', '.join(parts)}",
            err=True,
        )
    for item in chosen:
        _fetch(item, folder, remedy=remedy, quiet=quiet)
    for ready in inventory.commands(cls, task, folder, there=True):
        click.echo(f"To run on it: {ready}")


def _fetch(item: Download, folder: Path, *, remedy: str, quiet: bool) -> None:
    """Bring one file and say what there is now.

    Raises:
        Unavailable: As for :func:`harness.download.fetch`.
    """
    from harness import download

    with _progress(item.name, quiet=quiet) as on_progress:
        found = download.fetch(
            item,
            folder,
            remedy=remedy,
            on_progress=on_progress,
            on_note=lambda note: click.echo(f"harness: {note}", err=True),
        )
    click.echo(f"{inventory.label(item)}: present, sha256 {found.sha256}")
    for path in found.paths:
        click.echo(f"  {path}")


def _say_by_hand(cls: type[Task], task: str, folder: Path) -> None:
    """Print the commands that bring the full set, unless it is there.

    Raises:
        Unavailable: It is not there.
    """
    from harness.errors import Unavailable

    facts = inventory.by_hand(cls, folder)
    assert facts is not None
    missing = [row["name"] for row in facts["files"] if row["state"] == "absent"]
    if missing:
        click.echo("\n".join(facts["commands"]))
        raise Unavailable(
            f"{task}: {', '.join(missing)} not in {folder}: {facts['reason']}; the commands printed "
            "bring them"
        )
    for row in facts["files"]:
        click.echo(f"{row['name']}: present, {row['bytes']:,} bytes")


def _prepare(task: str, into: Path | None) -> str:
    return f"harness data prepare {task}" + (f" --into {into}" if into else "")


@contextmanager
def _progress(name: str, *, quiet: bool) -> Iterator[Progress]:
    """Show a bar of bytes, rate and time left on a terminal; nothing elsewhere."""
    if quiet or not is_interactive():
        yield lambda done, total: None
        return
    import sys

    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bars:
        bar = bars.add_task(name, total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total)
