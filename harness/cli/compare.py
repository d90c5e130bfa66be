"""``harness compare``: two runs on the same examples."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from harness.cli.output import store_option


@click.command()
@click.argument("first")
@click.argument("second")
@click.option("--metric", multiple=True, help="What to compare; the primary metric by default.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array of objects.")
@store_option
def command(
    first: str, second: str, metric: tuple[str, ...], as_json: bool, store: Path | None
) -> None:
    """Compare two runs of one task, in pairs over the same examples.

    FIRST and SECOND are run keys or their beginnings (`harness leaderboard` shows them). Several
    metrics are corrected for testing many (Holm).
    """
    from harness import api
    from harness.statistics import correct
    from harness.store import Store

    shelf = Store(store)
    records = [shelf.find(first), shelf.find(second)]
    found = [api.compare(*records, metric=m, store=shelf) for m in (metric or (None,))]
    corrected = correct([c.p_value for c in found])
    if as_json:
        rows = []
        for comparison, p_value in zip(found, corrected, strict=True):
            row = dataclasses.asdict(comparison)
            row["interval"] = [comparison.interval.low, comparison.interval.high]
            rows.append({**row, "p_corrected": p_value, "runs": [r.key for r in records]})
        click.echo(json.dumps(rows))
        return
    for record in records:
        options = ", ".join(f"{k}={v}" for k, v in record.request.overrides.items())
        if record.external:
            options = f"(external: {record.submission})"
        click.echo(f"{record.key}  {record.spec.method} {options} on {record.spec.task}")
    for comparison, p_value in zip(found, corrected, strict=True):
        interval = comparison.interval
        click.echo(
            f"{comparison.metric}: {comparison.first:.4f} and {comparison.second:.4f}, difference "
            f"{comparison.difference:+.4f} [{interval.low:+.4f}, {interval.high:+.4f}] "
            f"({interval.level:.0%}, {interval.method}); p = {p_value:.4g} ({comparison.test})"
        )
