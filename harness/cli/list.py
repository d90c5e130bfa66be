"""``harness list``: what there is."""

from __future__ import annotations

import json
from typing import Any

import click

from harness import registry

REGISTRIES: dict[str, registry.Registry[Any]] = {
    "methods": registry.methods,
    "tasks": registry.tasks,
    "suites": registry.suites,
    "kernels": registry.kernels,
    "executors": registry.executors,
    "backbones": registry.backbones,
}


@click.command()
@click.argument("what", type=click.Choice(list(REGISTRIES)))
@click.option("--json", "as_json", is_flag=True, help="A JSON array of objects.")
def command(what: str, as_json: bool) -> None:
    """List methods, tasks, suites, kernels, backbones or executors, without importing any.

    Suites, which are run by name like tasks, stand below the tasks, too. A plug-in that cannot load
    is listed with its problem.
    """
    rows = [_row(what, name) for name in REGISTRIES[what].names()]
    if what == "tasks":
        rows += [_row("suites", name) for name in registry.suites.names()]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        kinds = row.get("kinds") or row.get("kind") or []
        facts = ", ".join(map(str, kinds if isinstance(kinds, list) else [kinds]))
        if row.get("members"):
            facts = f"suite of {len(row['members'])} tasks"
        text = row.get("title") or row.get("doc") or ""
        tail = f"  [{facts}]" if facts else ""
        click.echo(f"{row['name']:<{width}}  {text}{tail}".rstrip())
    for row in rows:
        if row.get("problem"):
            owner = f" (from {row['distribution']})" if row["distribution"] else ""
            click.echo(f"harness: {row['name']}{owner} cannot load: {row['problem']}", err=True)
    if not rows:
        click.echo(f"harness: no {what} are registered", err=True)


def _row(what: str, name: str) -> dict[str, Any]:
    facts = REGISTRIES[what].describe(name)
    kept = ("name", "title", "kind", "kinds", "paper", "requires", "kernels", "members", "doc")
    row = {key: facts[key] for key in kept if facts.get(key)}
    row["distribution"] = facts["distribution"]
    if facts.get("problem"):
        row["problem"] = facts["problem"]
    return row
