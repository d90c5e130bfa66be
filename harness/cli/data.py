"""``harness data``: what data a task has, from where, and how to get the full set."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import selection
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


@command.command()
@click.argument("task", shell_complete=names("tasks", "suites"))
@selection.data_options
@click.option("--detections", type=click.Path(path_type=Path), help="Detector-results file (coco).")
@click.option("--json", "as_json", is_flag=True, help="A JSON object.")
@_into
def status(
    task: str,
    data: Path | None,
    split: str | None,
    detections: Path | None,
    task_set: tuple[str, ...],
    as_json: bool,
    into: Path | None,
) -> None:
    """Say which files TASK reads, what is here of the full set, checksums, origin and licence.

    Of a suite, this is said of every member; what keeps one from being read is said of it.
    """
    from harness import suite

    options = selection.task_options(task_set, split=split, data=data, detections=detections)
    whole = suite.find(task)
    if whole is None:
        facts = _facts(task, options, into)
    else:
        members = [_facts_or_problem(name, options, into) for name in whole.members]
        facts = {"task": task, "members": members}
    if as_json:
        click.echo(json.dumps(facts))
        return
    for one in facts.get("members", [facts]):
        _say(one, into)


def _facts(task: str, options: Mapping[str, Any], into: Path | None) -> dict[str, Any]:
    from harness import config, registry

    cls = registry.tasks.load(task)
    adapter = cls(config.build(cls.Config, options, owner=f"task {task}"))
    folder = _folder(cls, into)
    return {
        "task": task,
        "title": cls.title,
        "files": [_file(Path(path)) for path in adapter.files()],
        "source": cls.source,
        "folder": str(folder),
        "downloads": [_download(item, folder) for item in cls.downloads],
    }


def _facts_or_problem(task: str, options: Mapping[str, Any], into: Path | None) -> dict[str, Any]:
    from harness.errors import HarnessError, UnknownName

    try:
        return _facts(task, options, into)
    except UnknownName:
        raise
    except HarnessError as error:
        return {"task": task, "files": [], "problem": str(error)}


def _say(facts: Mapping[str, Any], into: Path | None) -> None:
    """Print what is known of one task's data."""
    if "problem" in facts:
        click.echo(f"{facts['task']}: {facts['problem']}")
        return
    click.echo(f"{facts['task']}: {facts['title']}")
    for row in facts["files"]:
        click.echo(f"  {row['path']}  {row['bytes']:,} bytes  sha256 {row['sha256']}")
    downloads = facts["downloads"]
    if downloads:
        click.echo(f"The full set, in {facts['folder']}:")
    for row in downloads:
        size = f"  {row['bytes']:,} bytes" if row["bytes"] is not None else ""
        digest = f"  sha256 {row['sha256']}" if row["sha256"] else ""
        click.echo(f"  {row['state']:<7}  {row['url']}{size}{digest}")
        if row["state"] == "present":
            click.echo("".join(f"           {path}\n" for path in row["paths"]), nl=False)
    if any(row["state"] != "present" for row in downloads):
        click.echo(f"`{_prepare(facts['task'], into)}` downloads what is not present.")
    click.echo(facts["source"])


@command.command()
@click.argument("task", shell_complete=names("tasks", "suites"))
@click.option("--only", multiple=True, metavar="NAME", help="Only this file of the full set.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
@_into
def prepare(task: str, only: tuple[str, ...], quiet: bool, into: Path | None) -> None:
    """Download the full data set of TASK; the embedded data are always ready.

    What is there already is not fetched again; a transfer that breaks off goes on where it
    stopped. Archives are unpacked. With HARNESS_OFFLINE=1 nothing is fetched.
    """
    from harness import suite

    for name, _ in suite.expand([task]):
        _prepare_one(name, only, quiet, into)


def _prepare_one(task: str, only: Sequence[str], quiet: bool, into: Path | None) -> None:
    from harness import download, registry

    cls = registry.tasks.load(task)
    if not cls.downloads:
        click.echo(f"{task}: the embedded data need no preparation. The full set:\n{cls.source}")
        return
    folder = _folder(cls, into)
    remedy = (
        f"Run `harness data prepare {task} --into {cls.name}` where there is a network, and copy "
        f"that folder to {folder}"
    )
    for item in _chosen(task, cls.downloads, only):
        with _progress(item.name, quiet=quiet) as on_progress:
            found = download.fetch(
                item,
                folder,
                remedy=remedy,
                on_progress=on_progress,
                on_note=lambda note: click.echo(f"harness: {note}", err=True),
            )
        click.echo(f"{item.name}: present, sha256 {found.sha256}")
        for path in found.paths:
            click.echo(f"  {path}")


def _chosen(task: str, downloads: Sequence[Download], only: Sequence[str]) -> list[Download]:
    """Return the files asked for, all of them if none is named.

    Raises:
        UnknownName: The full set has no such file.
    """
    from harness.errors import UnknownName

    known = {item.name: item for item in downloads}
    for name in only:
        if name not in known:
            raise UnknownName(f"file of {task}", name, known)
    return [known[name] for name in dict.fromkeys(only or known)]


def _folder(cls: type[Task], into: Path | None) -> Path:
    from harness.paths import data_root

    return (into or data_root() / cls.name).absolute()


def _prepare(task: str, into: Path | None) -> str:
    return f"harness data prepare {task}" + (f" --into {into}" if into else "")


def _file(path: Path) -> dict[str, Any]:
    import hashlib

    with open(path, "rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    return {"path": str(path), "bytes": path.stat().st_size, "sha256": digest}


def _download(item: Download, folder: Path) -> dict[str, Any]:
    from harness import download

    found = download.find(item, folder)
    return {
        "name": item.name,
        "url": item.url,
        "bytes": item.size,
        "sha256": found.sha256 or item.sha256,
        "state": found.state,
        "paths": [str(path) for path in found.paths],
    }


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
