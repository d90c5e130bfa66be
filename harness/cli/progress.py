"""Progress of many runs on standard error: live for a person, one line a run elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import click

from harness.cli.output import is_interactive

if TYPE_CHECKING:
    from harness.executors import Event
    from harness.runner import Result


class Progress(Protocol):
    """What a command tells while it runs cells."""

    def on_event(self, event: Event) -> None:
        """Take note of what an executor says."""
        ...

    def on_result(self, result: Result) -> None:
        """Count one finished cell."""
        ...

    def note(self, text: str) -> None:
        """Show one line that is no result."""
        ...


@contextmanager
def progress(total: int, *, quiet: bool = False) -> Iterator[Progress]:
    """Show the progress of ``total`` cells while the block runs.

    On a terminal there is a bar with time left and failures; elsewhere a line for every cell that is
    computed, where there is more than one (a single one's result says it all), and notes.
    """
    if is_interactive() and not quiet:
        with _Live(total) as live:
            yield live
    else:
        yield _Lines(total, quiet)


def label(result: Result) -> str:
    """Return ``method × task, seed n`` for people."""
    spec = result.record.spec
    return f"{spec.method} × {spec.task}, seed {spec.seed}"


class _Lines:
    """One line per computed cell; cached cells say nothing."""

    def __init__(self, total: int, quiet: bool) -> None:
        self.total, self.quiet, self.done = total, quiet, 0

    def on_event(self, event: Event) -> None:
        """Say nothing: lines come with results."""

    def on_result(self, result: Result) -> None:
        """Print the cell's line, unless it was known before."""
        self.done += 1
        record = result.record
        if result.cached or self.quiet or self.total == 1:
            return
        reason = f": {record.failure.message}" if record.failure else ""
        seconds = f"{record.timings.wall_s:.1f} s"
        click.echo(
            f"[{self.done}/{self.total}] {label(result)}: {record.status}{reason} ({seconds})",
            err=True,
        )

    def note(self, text: str) -> None:
        """Print a remark."""
        click.echo(f"harness: {text}", err=True)


class _Live:
    """A bar with time left, failures so far and what is running."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self.failures = 0
        self.running: dict[str, Any] = {}
        self._shown = 0.0
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[failures]}"),
            console=Console(file=sys.stderr),
            transient=True,
        )
        self.all = self.bars.add_task("runs", total=total, failures="")

    def __enter__(self) -> _Live:
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def on_event(self, event: Event) -> None:
        """Show a bar for each running cell that reports how far it is."""
        from harness.executors import Finished, Started
        from harness.executors import Progress as Step

        key = event.job.key
        if isinstance(event, Started):
            name = f"  {event.job.spec.method} × {event.job.spec.task}"
            self.running[key] = self.bars.add_task(name, total=None, failures="")
        elif isinstance(event, Step) and key in self.running:
            if time.monotonic() - self._shown > 0.05:
                self._shown = time.monotonic()
                self.bars.update(self.running[key], completed=event.done, total=event.total)
        elif isinstance(event, Finished) and key in self.running:
            self.bars.remove_task(self.running.pop(key))

    def on_result(self, result: Result) -> None:
        """Advance the bar."""
        if result.record.status not in ("ok", "skipped"):
            self.failures += 1
        failed = f"[red]{self.failures} failed[/]" if self.failures else ""
        self.bars.update(self.all, advance=1, failures=failed)

    def note(self, text: str) -> None:
        """Print a remark above the bar."""
        self.bars.console.print(f"harness: {text}", markup=False, highlight=False)
