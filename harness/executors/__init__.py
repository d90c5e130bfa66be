"""Where runs are executed: an interface that a thread, a cluster or a scheduler can implement.

An executor is given jobs and gives back events. It knows nothing of stores, caches or reports, and
nothing is assumed of where a job runs: a job is plain data, its outcome is a record and some bytes.
Register an implementation under the entry-point group ``harness.executors``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from harness.execute import Job, Outcome


@dataclass(frozen=True, slots=True)
class Started:
    """A job began."""

    job: Job


@dataclass(frozen=True, slots=True)
class Progress:
    """A job is under way: items done, and items in all where known."""

    job: Job
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Finished:
    """A job ended, however it ended; every submitted job ends exactly once."""

    job: Job
    outcome: Outcome


Event = Started | Progress | Finished


class Executor(Protocol):
    """Runs jobs, ``slots`` of them at a time."""

    slots: int

    def __init__(self, slots: int) -> None:
        """Prepare to run ``slots`` jobs at a time."""
        ...

    def __enter__(self) -> Self:
        """Start what must be started."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything; jobs still running are killed."""
        ...

    def submit(self, job: Job) -> None:
        """Queue ``job``; returns at once."""
        ...

    def events(self) -> Iterator[Event]:
        """Yield what happens until every submitted job has finished."""
        ...
