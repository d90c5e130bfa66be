"""``harness results``: export the store's runs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from harness.cli.output import store_option
from harness.errors import BadInput

FORMATS = ("text", "markdown", "latex", "html", "csv", "json", "parquet")
_BY_SUFFIX = {
    ".txt": "text",
    ".md": "markdown",
    ".tex": "latex",
    **{f".{name}": name for name in ("html", "csv", "json", "parquet")},
}


@click.command("results")
@click.option("--task", "-t", "tasks", multiple=True, help="Only runs of this task; repeatable.")
@click.option("--method", "-m", "methods", multiple=True, help="Only runs of this method.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Output format.")
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to a file; its suffix chooses the format unless --format does.",
)
@store_option
def command(
    tasks: tuple[str, ...],
    methods: tuple[str, ...],
    form: str | None,
    as_json: bool,
    output: Path | None,
    store: Path | None,
) -> None:
    """Export one row per run: options, scores, intervals, timings, provenance.

    CSV, JSON and Parquet have every column, the other formats those that people read.
    """
    from harness.reports.frame import as_frame, to_bytes
    from harness.reports.freshness import fresh
    from harness.store import Store

    chosen = _format("json" if as_json else form, output)
    wanted = [
        record
        for record in Store(store).records()
        if (not tasks or record.spec.task in tasks)
        and (not methods or record.spec.method in methods)
    ]
    content = to_bytes(as_frame(fresh(wanted)), chosen)
    if output is None:
        sys.stdout.buffer.write(content)
        return
    from harness.paths import write_atomically

    try:
        write_atomically(output, content)
    except OSError as error:
        raise BadInput(f"{output}: cannot be written: {error.strerror}") from None
    click.echo(f"wrote {output}", err=True)


def _format(asked: str | None, output: Path | None) -> str:
    """Return the format to write.

    Raises:
        BadInput: Nothing says which, or Parquet would go to a terminal.
    """
    if output is not None and asked is None:
        if output.suffix not in _BY_SUFFIX:
            known = ", ".join(_BY_SUFFIX)
            raise BadInput(f"{output}: no format has the suffix {output.suffix!r} ({known})")
        return _BY_SUFFIX[output.suffix]
    if output is None and asked == "parquet" and sys.stdout.isatty():
        raise BadInput("Parquet is no text: write it to a file with -o runs.parquet")
    return asked or "text"
