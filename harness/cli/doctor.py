"""``harness doctor``: what works here, what is missing, and the line that mends it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import click

from harness.errors import ExitCode


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON object.")
def command(as_json: bool) -> int:
    """Say what works here and what is missing.

    Every plug-in is loaded. The exit status is 0 unless a plug-in is broken; a missing optional
    package is told with the line that installs it, and is no error.
    """
    report = examine()
    if as_json:
        click.echo(json.dumps(report))
    else:
        _print(report)
    broken = any(row["state"] == "broken" for row in report["plugins"])
    return ExitCode.CELL_FAILED if broken else ExitCode.OK


def examine() -> dict[str, Any]:
    """Return versions, devices, folders and the state of every extra and plug-in."""
    from harness import provenance, registry
    from harness.paths import cache_root, store_root

    facts = provenance.gather().model_dump(
        include={"harness_version", "commit", "dirty", "python", "platform", "cpu", "cores", "gpu"}
    )
    plugins = [
        _state(shelf, name)
        for shelf in (registry.methods, registry.tasks, registry.kernels, registry.executors)
        for name in shelf.names()
    ]
    folders = [_folder("store", store_root()), _folder("cache", cache_root())]
    return {**facts, "folders": folders, "extras": _extras(), "plugins": plugins}


def _state(shelf: Any, name: str) -> dict[str, str]:
    from harness.errors import HarnessError, Unavailable

    row = {"what": shelf.what, "name": name, "state": "ok", "reason": ""}
    try:
        shelf.load(name)
    except Unavailable as error:
        row.update(state="unavailable", reason=str(error))
    except HarnessError as error:
        row.update(state="broken", reason=str(error))
    return row


def _folder(what: str, path: Path) -> dict[str, Any]:
    existing = path.absolute()
    while not existing.exists():
        existing = existing.parent
    return {
        "what": what,
        "path": str(path.absolute()),
        "writable": os.access(existing, os.W_OK),
        "free_gib": round(shutil.disk_usage(existing).free / 2**30, 1),
    }


def _extras() -> list[dict[str, Any]]:
    """Return, per extra of this package, which of its requirements are missing."""
    import re
    from importlib import metadata

    from harness import extras

    missing: dict[str, list[str]] = {}
    for line in metadata.requires(extras.OWN_DISTRIBUTION) or []:
        requirement, _, marker = line.partition(";")
        named = re.search(r"extra\s*==\s*['\"]([\w-]+)['\"]", marker)
        if not named:
            continue
        lacking = missing.setdefault(named[1], [])
        package = re.split(r"[\s\[<>=!~;]", requirement.strip())[0]
        try:
            metadata.version(package)
        except metadata.PackageNotFoundError:
            lacking.append(requirement.strip())
    return [
        {
            "extra": extra,
            "missing": lacking,
            "install": extras.how_to_install((extra,), lacking[0]) if lacking else "",
        }
        for extra, lacking in missing.items()
    ]


def _print(report: dict[str, Any]) -> None:
    commit = report["commit"] or "no checkout"
    dirty = ", with uncommitted changes" if report["dirty"] else ""
    click.echo(f"harness {report['harness_version']} ({commit[:12]}{dirty})")
    click.echo(f"Python {report['python']} on {report['platform']}, {report['cpu']}")
    click.echo(f"{report['cores']} processors, GPU: {report['gpu'] or 'none'}")
    for folder in report["folders"]:
        state = "writable" if folder["writable"] else "NOT WRITABLE"
        click.echo(f"{folder['what']}: {folder['path']} ({state}, {folder['free_gib']} GiB free)")
    click.echo("extras:")
    for row in report["extras"]:
        state = f"missing {', '.join(row['missing'])}: {row['install']}" if row["missing"] else "ok"
        click.echo(f"  {row['extra']}: {state}")
    click.echo("plug-ins:")
    for row in report["plugins"]:
        reason = f": {row['reason']}" if row["reason"] else ""
        click.echo(f"  {row['what']} {row['name']}: {row['state']}{reason}")
