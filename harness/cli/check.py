"""``harness check``: the regression gate."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import selection

if TYPE_CHECKING:
    from harness.gate.baseline import Baseline, PinnedCell
    from harness.gate.compare import Row
    from harness.gate.measure import Finding
    from harness.runner import Runner

EPILOG = """\b
Examples:
  harness check --baseline tests/baselines/coco_mini.json
  harness check --baseline FILE --junit check.xml --markdown check.md
  harness check --baseline FILE --update --suite SWEEP.yaml

\b
Exit status: 0 not worse, 4 worse, 5 cannot tell (too noisy, something is
missing here, other data, nothing to compare), 2 bad input. Worse outweighs
cannot tell.

\b
Metrics are compared over seeds, times as multiples of a reference workload
that runs between them. On machines whose load changes within seconds times
stay noisy nevertheless: leave them out there with --no-timings.
"""

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(epilog=EPILOG)
@click.option("--baseline", "file", type=_FILE, required=True, help="The pinned suite (JSON).")
@click.option("--update", is_flag=True, help="Pin what the suite shows now; tell what moved.")
@click.option("--suite", type=_FILE, help="With --update: a sweep file to pin instead.")
@click.option(
    "--no-timings", is_flag=True, help="Compare metrics only; with --update, pin only them."
)
@click.option("--junit", type=_FILE, help="Write JUnit XML.")
@click.option("--markdown", type=_FILE, help="Write a Markdown summary.")
@click.option("--json", "as_json", is_flag=True, help="Print an array of all rows.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the runs' records in this store, for `harness show`.",
)
@click.option("--jobs", "-j", type=click.IntRange(1), default=1, help="Runs at a time.")
@click.option("--timeout", type=float, help="Seconds a run may take.")
@click.option("--memory", help="Memory a run may use, as in 512M or 4G.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def command(
    file: Path,
    update: bool,
    suite: Path | None,
    no_timings: bool,
    junit: Path | None,
    markdown: Path | None,
    as_json: bool,
    keep: Path | None,
    jobs: int,
    timeout: float | None,
    memory: str | None,
    quiet: bool,
) -> int:
    """Run a pinned suite anew and say: worse, not worse, or cannot tell.

    Every run is computed, whatever any store holds, with one thread. A new suite is pinned from a
    sweep file with --update --suite.
    """
    from harness.gate import reference
    from harness.gate.compare import compare, exit_code

    if suite is not None and not update:
        raise click.UsageError("--suite says what to pin, so it needs --update")
    if update and (junit or markdown):
        raise click.UsageError("--junit and --markdown tell of a check: leave them out of --update")
    pinned = _pinned(file, suite)
    timed = not no_timings and (update or any(cell.timing for cell in pinned.cells))
    if timed and jobs > 1:
        raise click.UsageError("runs side by side disturb each other's times: add --no-timings")
    with _runner(keep, jobs, timeout, memory) as runner:
        if update:
            _refuse_what_cannot_be_planned(pinned.cells, file.parent, runner)
        findings = _measure(pinned, file.parent, runner, timed=timed, quiet=quiet)
    rows = compare(
        pinned,
        findings,
        timings="" if timed else "--no-timings",
        reference=reference.identity(),
    )
    if update:
        if suite is None:
            _show(rows, as_json=as_json)
        return _update(file, pinned, findings, untimed="" if timed else "--no-timings")
    from harness.gate import report

    _show(rows, as_json=as_json)
    if junit is not None:
        _write(junit, report.junit(rows))
    if markdown is not None:
        _write(markdown, report.markdown(rows).encode())
    return exit_code(rows)


def _pinned(file: Path, suite: Path | None) -> Baseline:
    """Return the baseline in ``file``, or one of a new suite that was never run."""
    from harness import sweep
    from harness.errors import BadInput
    from harness.gate import baseline

    if suite is None:
        return baseline.read(file)
    cells = baseline.suite_of(sweep.read(suite), file.parent)
    rules = baseline.Rules()
    if file.exists():
        try:
            rules = baseline.read(file).rules
        except BadInput as error:
            click.echo(f"harness: replacing a broken file: {error}", err=True)
    return baseline.Baseline(rules=rules, cells=cells)


@contextmanager
def _runner(
    keep: Path | None, jobs: int, timeout: float | None, memory: str | None
) -> Iterator[Runner]:
    """Yield a runner that believes no earlier record, on a store of its own unless told to keep."""
    with tempfile.TemporaryDirectory(prefix="harness-check-") as folder:
        runner = selection.make_runner(
            keep or Path(folder),
            jobs=jobs,
            timeout=timeout,
            memory=memory,
            executor="local",
            rerun=True,
        )
        # One thread, so that figures and ratios do not depend on the machine's number of cores.
        runner.limits = runner.limits.model_copy(update={"threads": 1})
        yield runner


def _refuse_what_cannot_be_planned(
    cells: Sequence[PinnedCell], folder: Path, runner: Runner
) -> None:
    """Raise :class:`BadInput` for the first cell with an unknown name or option, or without data."""
    from harness.runner import Cell

    runner.plan([Cell(cell.request(folder), seed) for cell in cells for seed in cell.seeds])


def _measure(
    pinned: Baseline, folder: Path, runner: Runner, *, timed: bool, quiet: bool
) -> list[Finding]:
    from harness.cli.progress import progress
    from harness.gate.measure import measure, passes_for

    wanted = pinned.rules.timed_runs if timed else 0
    runs = passes_for(pinned.cells, wanted) * sum(len(cell.seeds) for cell in pinned.cells)
    with progress(runs, quiet=quiet) as shown:
        runner.on_event, runner.on_note = shown.on_event, shown.note
        return measure(pinned.cells, folder, runner, timed_runs=wanted, on_result=shown.on_result)


def _update(
    file: Path,
    pinned: Baseline,
    findings: Sequence[Finding],
    *,
    untimed: str,
) -> int:
    """Write the new baseline, unless there is nothing to pin or something did not run."""
    from harness import provenance
    from harness.errors import ExitCode, HarnessError, Unavailable
    from harness.gate import baseline, reference
    from harness.gate.learn import learn, remarks

    if not findings:
        click.echo("harness: the suite is empty: there is nothing to pin", err=True)
        return ExitCode.CANNOT_TELL
    for cell, found in zip(pinned.cells, findings, strict=True):
        if found.outcome != "ok":
            error = Unavailable if found.outcome == "unavailable" else HarnessError
            raise error(f"{file} stays as it was: {cell.label} did not run: {found.reason}")
    here = provenance.gather()
    made_with = baseline.MadeWith(
        harness_version=here.harness_version,
        commit=here.commit,
        python=here.python,
        platform=here.platform,
        cpu=here.cpu,
        reference=reference.identity(),
    )
    new = learn(pinned.cells, findings, pinned.rules, made_with, untimed=untimed)
    for remark in remarks(new):
        click.echo(f"harness: {remark}", err=True)
    baseline.write(file, new)
    click.echo(f"wrote {file}", err=True)
    return ExitCode.OK


def _show(rows: Sequence[Row], *, as_json: bool) -> None:
    """Print every row as JSON, or for people what moved under one line that sums up."""
    from harness.cli.output import emit
    from harness.gate import report

    if as_json:
        click.echo(json.dumps(report.as_dicts(rows), ensure_ascii=False, allow_nan=False))
        return
    table = report.moved_table(rows)
    if table.rows:
        emit(table, None, False, None)
    else:
        click.echo(table.title)


def _write(path: Path, data: bytes) -> None:
    from harness.errors import BadInput
    from harness.paths import write_atomically

    try:
        write_atomically(path, data)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from None
