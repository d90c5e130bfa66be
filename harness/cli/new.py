"""``harness new``: scaffold a plug-in."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def command() -> None:
    """Scaffold a plug-in of your own with its test."""


@command.command()
@click.argument("name")
@click.option("--kind", default="detection", show_default=True, help="Kind of task it takes.")
@click.option(
    "--into", type=click.Path(path_type=Path), default=".", show_default=True, help="Folder."
)
def method(name: str, kind: str, into: Path) -> None:
    """Write an installable plug-in with the method NAME and its test."""
    from harness import scaffold

    for path in scaffold.new_method(name, kind, into):
        click.echo(f"wrote {path}")
    click.echo(
        f"next: pip install -e {into / name} && harness validate {name} "
        f"&& harness run --method {name} --task coco"
    )
