"""``harness bench``: time a kernel against its peers and the machine's ceilings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Protocol, TypeVar

import click

from harness.cli.complete import names
from harness.cli.output import emit, is_interactive
from harness.errors import BadInput, ExitCode, UnknownName

if TYPE_CHECKING:
    from pydantic import BaseModel

    from harness.bench.records import BenchRun
    from harness.bench.runner import Conditions
    from harness.kernel import Case, Device, Implementation, Kernel


class Named(Protocol):
    """Anything that patterns on the command line can select."""

    @property
    def name(self) -> str:
        """What the patterns are matched with."""
        ...


N = TypeVar("N", bound=Named)


@click.command("bench", short_help="Time a kernel against its peers and the roofline.")
@click.argument("kernel", shell_complete=names("kernels"))
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option(
    "--threads",
    multiple=True,
    default=("1",),
    show_default=True,
    metavar="N|all",
    help="CPU threads; repeat to time several numbers.",
)
@click.option("--case", "cases", multiple=True, metavar="GLOB", help="Only these cases.")
@click.option(
    "--implementation",
    "implementations",
    multiple=True,
    metavar="GLOB",
    help="Only these implementations.",
)
@click.option(
    "--cold/--warm",
    default=None,
    help="Empty the caches before each call, or leave them.  [default: warm on cpu, cold on cuda]",
)
@click.option(
    "--budget",
    type=click.FloatRange(min=0),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="Per case, all implementations together.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of inputs.")
@click.option("--compile-only", is_flag=True, help="Compile the Triton kernels; needs no GPU.")
@click.option(
    "--save/--no-save",
    default=None,
    help="Keep the record in the store.  [default: save, unless --case or --implementation]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
@click.option("--list", "listing", is_flag=True, help="List cases and implementations.")
def command(
    kernel: str,
    device: Device,
    threads: tuple[str, ...],
    cases: tuple[str, ...],
    implementations: tuple[str, ...],
    cold: bool | None,
    budget: float,
    seed: int,
    compile_only: bool,
    save: bool | None,
    as_json: bool,
    listing: bool,
) -> None:
    """Check the implementations of KERNEL against its reference, then time them in turns.

    Every row says how often as fast as the baseline it is in the same run, with a 95 % interval,
    and what share of the machine's measured ceilings it reaches. Exits with 1 if an output is wrong,
    something raises, or a compiled kernel spills registers; with 5 if nothing could be timed.
    """
    from harness.bench import display
    from harness.registry import kernels

    plugin = kernels.load(kernel)
    if listing:
        emit(display.contents(plugin), None, False, None)
        return
    if compile_only:
        _compile_only(plugin, as_json=as_json)
        return

    from harness.bench.current import source_digest
    from harness.bench.records import save_bench_run
    from harness.bench.runner import Conditions

    run = _bench(
        plugin,
        Conditions(
            device=device,
            threads=_thread_counts(threads),
            cold=device == "cuda" if cold is None else cold,
            budget_s=budget,
            seed=seed,
        ),
        source_digest(kernel),
        select(f"case of kernel {kernel!r}", plugin.cases, cases),
        _on_device(
            plugin,
            device,
            select(f"implementation of kernel {kernel!r}", plugin.implementations, implementations),
        ),
    )
    if as_json:
        _print_json(run.rows)
    else:
        emit(display.timings(run), None, False, None)
    if (not cases and not implementations) if save is None else save:
        path = save_bench_run(run)
        click.echo(f"saved {path}", err=True)
    _exit_with(run)


def select(what: str, items: Sequence[N], patterns: Sequence[str]) -> list[N]:
    """Return the items whose name matches any pattern, all without patterns, in their order.

    Raises:
        UnknownName: A pattern matches nothing.
    """
    for pattern in patterns:
        if not any(fnmatchcase(item.name, pattern) for item in items):
            raise UnknownName(what, pattern, [item.name for item in items])
    return [
        item
        for item in items
        if not patterns or any(fnmatchcase(item.name, pattern) for pattern in patterns)
    ]


def _on_device(
    kernel: Kernel, device: Device, chosen: Sequence[Implementation]
) -> list[Implementation]:
    """Return those that run on ``device``; raise :class:`BadInput` if none does."""
    from harness.bench.runner import require_device

    require_device(device)
    found = [one for one in chosen if one.device == device]
    if not found:
        there = ", ".join(f"{one.name} ({one.device})" for one in chosen) or "none"
        raise BadInput(
            f"kernel {kernel.name!r}: none of its implementations runs on {device}: {there}"
        )
    return found


def _thread_counts(texts: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers of threads that were asked for, each once."""
    from harness.bench.threads import available_cores

    cores = available_cores()
    counts: list[int] = []
    for text in texts:
        if text != "all" and not (text.isdecimal() and 1 <= int(text) <= cores):
            raise BadInput(f"--threads {text}: expected a number from 1 to {cores}, or all")
        counts.append(cores if text == "all" else int(text))
    return tuple(dict.fromkeys(counts))


def _bench(
    kernel: Kernel,
    conditions: Conditions,
    digest: str,
    cases: Sequence[Case],
    implementations: Sequence[Implementation],
) -> BenchRun:
    from harness.bench.runner import bench

    with _progress() as on_progress:
        return bench(
            kernel,
            conditions,
            source_digest=digest,
            cases=cases,
            implementations=implementations,
            on_progress=on_progress,
        )


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """Show what is being done on standard error if a person is there to see it."""
    if not is_interactive():
        yield lambda what, fraction: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda what, fraction: bar.update(task, description=what, completed=fraction)


def _exit_with(run: BenchRun) -> None:
    """End the command with the status that the rows call for."""
    statuses = {row.status for row in run.rows}
    if statuses & {"wrong", "failed"}:
        click.get_current_context().exit(ExitCode.CELL_FAILED)
    if "ok" not in statuses:
        click.get_current_context().exit(ExitCode.CANNOT_TELL)


def _compile_only(kernel: Kernel, *, as_json: bool) -> None:
    """Compile the Triton specialisations and print what became of them."""
    from harness.bench import display
    from harness.bench.compile import compile_targets

    rows = compile_targets(kernel)
    if as_json:
        _print_json(rows)
    else:
        emit(display.compilations(kernel.name, rows), None, False, None)
    if any(row.status != "ok" for row in rows):
        click.get_current_context().exit(ExitCode.CELL_FAILED)


def _print_json(rows: Sequence[BaseModel]) -> None:
    click.echo(json.dumps([row.model_dump(mode="json") for row in rows], indent=1))
