"""What every verb shares: where results go, and how a table is printed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.tables import Format, Table

FORMAT_CHOICES = ("text", "markdown", "latex", "csv", "html", "json")


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--format``, ``--json`` and ``--output`` to a command that prints a table."""
    options = [
        click.option("--format", "form", type=click.Choice(FORMAT_CHOICES), help="Output format."),
        click.option("--json", "as_json", is_flag=True, help="Short for --format json."),
        click.option(
            "-o",
            "--output",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Write to a file; its suffix chooses the format unless --format does.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def store_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--store``."""
    return click.option(
        "--store",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of run records.  [env: HARNESS_RESULTS; default: ./results]",
    )(command)


RICH_GAP = 3
"""Blanks that rich puts between columns."""

_BY_SUFFIX: dict[str, Format] = {
    ".md": "markdown",
    ".tex": "latex",
    ".csv": "csv",
    ".html": "html",
    ".json": "json",
    ".txt": "text",
}


def emit(
    table: Table | Sequence[Table], form: str | None, as_json: bool, output: Path | None
) -> None:
    """Print one table or several, or write them to ``output``.

    Raises:
        BadInput: The file cannot be written, or its suffix names no format and ``form`` is None.
    """
    from harness.tables import Table, render_all

    tables = [table] if isinstance(table, Table) else list(table)
    chosen: Any = "json" if as_json else form
    if output is None:
        if chosen is None and sys.stdout.isatty():
            for one in tables:
                _print_rich(one)
        else:
            click.echo(render_all(tables, chosen or "text"), nl=False)
        return
    if chosen is None:
        if output.suffix not in _BY_SUFFIX:
            known = ", ".join(_BY_SUFFIX)
            raise BadInput(f"{output}: no format has the suffix {output.suffix!r} ({known})")
        chosen = _BY_SUFFIX[output.suffix]
    from harness.paths import write_atomically

    try:
        write_atomically(output, render_all(tables, chosen).encode())
    except OSError as error:
        raise BadInput(f"{output}: cannot be written: {error.strerror}") from None
    click.echo(f"wrote {output}", err=True)


def _print_rich(table: Table) -> None:
    """Print to a terminal, with colour and bold where it has them."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table as RichTable

    from harness.tables import ABSENT

    console = Console()
    table = table.narrow().fit(console.width, RICH_GAP)
    grid = RichTable(title=escape(table.title), box=box.SIMPLE_HEAD, title_justify="left")
    for column in table.columns:
        grid.add_column(
            escape(column.name), justify="right" if column.numeric else "left", overflow="fold"
        )
    for row in table.rows:
        grid.add_row(
            *(f"[bold]{escape(c.text)}[/]" if c.bold else escape(c.text or ABSENT) for c in row)
        )
    console.print(grid)
    for note in table.notes:
        console.print(escape(note), style="dim", highlight=False)


def is_interactive() -> bool:
    """Tell whether a person is watching standard error."""
    import os

    return sys.stderr.isatty() and "CI" not in os.environ
