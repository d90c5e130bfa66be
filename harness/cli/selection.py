"""What every verb that runs cells shares: which methods, tasks, options, seeds and limits."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from harness.record import RunRecord
    from harness.registry import Registry
    from harness.runner import Runner
    from harness.specs import Limits

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def limit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what bounds and places the runs."""
    options = [
        click.option("--jobs", "-j", type=click.IntRange(1), help="Runs at a time."),
        click.option("--timeout", type=float, help="Seconds a run may take."),
        click.option("--memory", help="Memory a run may use, as in 512M or 4G."),
        click.option("--executor", default="local", show_default=True, help="Where runs happen."),
        click.option("--rerun", is_flag=True, help="Compute finished runs anew."),
        click.option("-q", "--quiet", is_flag=True, help="No progress on standard error."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def parse_memory(text: str | None) -> int | None:
    """Parse ``"512M"`` or ``"4G"`` into bytes.

    Raises:
        BadInput: It is no amount of memory.
    """
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if not match or float(match[1]) <= 0:
        raise BadInput(f"cannot read memory {text!r}: write 512M or 4G")
    return int(float(match[1]) * _UNITS[match[2].upper()])


def make_limits(timeout: float | None, memory: str | None, slots: int) -> Limits:
    """Return the limits of each run when ``slots`` of them share the machine.

    Raises:
        BadInput: The time or the memory is not valid.
    """
    from harness.runner import default_memory, default_slots
    from harness.specs import Limits

    if timeout is not None and not 0 < timeout < float("inf"):
        raise BadInput(f"--timeout {timeout:g}: a time limit is a positive number of seconds")
    return Limits(
        time_s=timeout,
        memory_bytes=parse_memory(memory) or default_memory() // slots,
        threads=max(1, default_slots() // slots),
    )


def choose(registry: Registry[Any], patterns: Iterable[str]) -> list[str]:
    """Expand names, comma-separated lists, globs and ``all`` into registry names, in order.

    Raises:
        UnknownName: A name or a pattern fits nothing.
    """
    chosen: dict[str, None] = {}
    for pattern in (part for text in patterns for part in text.split(",") if part):
        if ":" in pattern:
            chosen[pattern] = None
            continue
        known = registry.names()
        fits = known if pattern == "all" else fnmatch.filter(known, pattern)
        if not fits:
            raise UnknownName(
                registry.what, pattern, known, hint=f"`harness list {registry.what}s` shows all."
            )
        chosen.update(dict.fromkeys(fits))
    return list(chosen)


def choose_tasks(patterns: Iterable[str]) -> list[tuple[str, str]]:
    """Expand as :func:`choose`; a suite's exact name stands for its members.

    Returns:
        Every task with the suite it was asked for as a member of, or ``""``.

    Raises:
        UnknownName: A name or a pattern fits nothing.
    """
    from harness import registry, suite

    chosen: dict[tuple[str, str], None] = {}
    for pattern in (part for text in patterns for part in text.split(",") if part):
        if suite.find(pattern) is None:
            try:
                names = choose(registry.tasks, [pattern])
            except UnknownName as error:
                known = [*registry.tasks.names(), *registry.suites.names()]
                hint = "`harness list tasks` shows all."
                raise UnknownName("task", error.name, known, hint=hint) from None
        else:
            names = [pattern]
        chosen.update(dict.fromkeys(suite.expand(names)))
    return list(chosen)


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what says which data a task reads."""
    options = [
        click.option(
            "--data", type=click.Path(path_type=Path), help="Folder of the task's own files."
        ),
        click.option(
            "--split", metavar="NAME", help="Which of the files there is scored, as in val_even."
        ),
        click.option("--task-set", multiple=True, metavar="KEY=VALUE", help="Option of the task."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def task_options(
    pairs: Sequence[str], *, split: str | None = None, **named: Path | None
) -> dict[str, Any]:
    """Merge ``--task-set`` pairs with ``--split`` and path options; paths become absolute."""
    from harness.config import parse_assignments

    options = parse_assignments(pairs)
    options.update({key: str(path.absolute()) for key, path in named.items() if path is not None})
    return options if split is None else {**options, "split": split}


def exit_code(records: Iterable[RunRecord]) -> int:
    """Return the exit code that a set of results deserves; the gravest cause wins."""
    from harness.errors import ExitCode

    codes = {_code(record) for record in records}
    for code in (
        ExitCode.CELL_FAILED,
        ExitCode.BAD_INPUT,
        ExitCode.UNAVAILABLE,
        ExitCode.OK,
        ExitCode.CANNOT_TELL,
    ):
        if code in codes:
            return code
    return ExitCode.CANNOT_TELL


def _code(record: RunRecord) -> int:
    from harness.errors import ExitCode

    if record.status == "ok":
        return ExitCode.OK
    if record.status == "skipped":
        return ExitCode.CANNOT_TELL
    if record.status == "unavailable":
        return ExitCode.UNAVAILABLE
    if record.failure is not None and record.failure.kind == "bad_input":
        return ExitCode.BAD_INPUT
    return ExitCode.CELL_FAILED


def make_runner(
    store: Path | None,
    *,
    jobs: int,
    timeout: float | None,
    memory: str | None,
    executor: str,
    rerun: bool,
) -> Runner:
    """Return a runner set up from the options of :func:`limit_options`."""
    from harness.runner import Runner
    from harness.store import Store

    return Runner(
        Store(store),
        limits=make_limits(timeout, memory, jobs),
        executor=executor,
        slots=jobs,
        rerun=rerun,
    )
