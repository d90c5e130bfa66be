"""``harness validate``: the plug-in contract, for ours and third parties'."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import selection
from harness.cli.complete import names
from harness.errors import BadInput, ExitCode, UnknownName

if TYPE_CHECKING:
    from harness.testing import Finding


@click.command()
@click.argument("name", shell_complete=names("methods", "tasks"))
@selection.data_options
@click.option("--json", "as_json", is_flag=True, help="A JSON array of objects.")
def command(
    name: str, data: Path | None, split: str | None, task_set: tuple[str, ...], as_json: bool
) -> int:
    """Check that the method or task NAME keeps the contract.

    NAME is a registered name or a direct target package.module:Class. The exit status is 1 if a
    check fails.
    """
    options = selection.task_options(task_set, split=split, data=data)
    found = _findings(name, options)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in found]))
    else:
        for finding in found:
            click.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check}: {finding.promise}")
            if not finding.ok:
                click.echo(f"      {finding.complaint}")
        kept = sum(finding.ok for finding in found)
        click.echo(f"{name}: {kept} of {len(found)} checks kept")
    return ExitCode.OK if all(f.ok for f in found) else ExitCode.CELL_FAILED


def _findings(name: str, options: dict[str, object]) -> list[Finding]:
    from harness import registry, testing
    from harness.task import Task

    if ":" in name:
        loaded = registry.methods.load(name)
        if not isinstance(loaded, type):
            raise BadInput(f"{name} is no class: a method or a task is expected")
        if issubclass(loaded, Task):
            return testing.task_findings(loaded, **options)
        return testing.method_findings(name)
    found = []
    if name in registry.methods.names():
        found += testing.method_findings(name)
    if name in registry.tasks.names():
        found += testing.task_findings(name, **options)
    if not found:
        known = {*registry.methods.names(), *registry.tasks.names()}
        raise UnknownName("method or task", name, known)
    return found
