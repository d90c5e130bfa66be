"""``harness table``: a paper's tables, reported beside measured."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import selection
from harness.cli.complete import names
from harness.cli.output import emit, store_option, table_options
from harness.reports.cli import measuring

EPILOG = """\b
Examples:
  harness table soft_nms
  harness table soft_nms --data DIR --detections boxes.json -o soft_nms.tex
  harness table soft_nms --no-run --figure sensitivity.svg
"""


@click.command("table", epilog=EPILOG)
@click.argument("paper", metavar="METHOD", shell_complete=names("methods"))
@measuring.data_options
@click.option(
    "--figure",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw the sensitivity sweeps into this .svg, .png or .pdf file.",
)
@selection.limit_options
@table_options
@store_option
def command(
    paper: str,
    figure: Path | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
    **options: object,
) -> int:
    """Regenerate the tables of METHOD's paper: what it reports beside what is measured here.

    METHOD is a method whose paper is described here, or the path of such a description (.toml).
    Runs that are in the store already are not computed again.
    """
    from harness.reports.figures import check_figure_path, write_figure
    from harness.reports.paper import Paper, load_paper
    from harness.reports.paper_tables import tables

    if figure is not None:
        check_figure_path(figure)
    described, measured = measuring.measure(load_paper(paper), Paper.table_arms, options)
    emit(tables(described, measured), form, as_json, output)
    if figure is not None:
        write_figure(described, measured, figure)
        click.echo(f"wrote {figure}", err=True)
    return selection.exit_code(measured.records())
