"""``harness claims``: verdicts on the papers' claims."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import selection
from harness.cli.complete import names
from harness.cli.output import emit, store_option, table_options
from harness.reports.cli import measuring

EPILOG = """\b
Examples:
  harness claims
  harness claims soft_nms --data DIR --detections boxes.json --json
"""


@click.command("claims", epilog=EPILOG)
@click.argument("papers", metavar="[METHOD]...", nargs=-1, shell_complete=names("methods"))
@measuring.data_options
@selection.limit_options
@table_options
@store_option
def command(
    papers: tuple[str, ...],
    form: str | None,
    as_json: bool,
    output: Path | None,
    **options: object,
) -> int:
    """Test the claims of METHOD's paper, or of every paper: reproduced, not reproduced, untested.

    METHOD is a method whose paper is described here, or the path of such a description (.toml).
    Runs that are in the store already are not computed again. A claim that is not reproduced is a
    result, not an error.
    """
    from harness.errors import ExitCode
    from harness.reports.claims import claims_table, judge
    from harness.reports.paper import Paper, load_paper, paper_names

    described = []
    findings = []
    records = []
    for paper in [load_paper(name) for name in papers or paper_names()]:
        filled, measured = measuring.measure(paper, Paper.claim_arms, options)
        described.append(filled)
        findings += judge(filled, measured)
        records += measured.records()
    emit(claims_table(findings, described), form, as_json, output)
    code = selection.exit_code(records)
    tested = any(found.verdict != "untested" for found in findings)
    return code if tested or code != ExitCode.OK else ExitCode.CANNOT_TELL
