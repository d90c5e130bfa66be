"""What a worker sees of its job's processes: limits they reach, and those they leave behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from harness.record import Failure, Status
from harness.specs import Limits

CENSUS_S = 0.4

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


@dataclass
class Watch:
    """Watches one job's limits."""

    limits: Limits
    pid: int
    begun: float = field(default_factory=time.monotonic)
    _next_census: float = field(default_factory=lambda: time.monotonic() + CENSUS_S / 2)
    _relatives: list[psutil.Process] = field(default_factory=list)

    def elapsed(self) -> float:
        """Return the seconds since the job began."""
        return time.monotonic() - self.begun

    def exceeded(self) -> tuple[Status, Failure] | None:
        """Return status and reason if the job is over one of its limits."""
        limit_s, limit_bytes = self.limits.time_s, self.limits.memory_bytes
        if limit_s is not None and self.elapsed() > limit_s:
            message = f"reached its time limit of {limit_s:g} s (raise it with --timeout)"
            return "timeout", Failure(kind="timeout", message=message)
        if limit_bytes is not None and self._resident() > limit_bytes:
            gib = limit_bytes / 2**30
            message = f"reached its memory limit of {gib:.3g} GiB (raise it with --memory)"
            return "out_of_memory", Failure(kind="out_of_memory", message=message)
        return None

    def _resident(self) -> int:
        """Return the resident bytes of the job and its descendants."""
        # Finding descendants reads every process of the machine, so it is not done every time, and
        # not at all for a run that is over in a moment.
        if time.monotonic() >= self._next_census:
            self._next_census = time.monotonic() + CENSUS_S
            with contextlib.suppress(psutil.Error):
                own = psutil.Process(self.pid)
                self._relatives = [own, *own.children(recursive=True)]
        total = 0
        for process in self._relatives:
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
        return total


def die_with_parent() -> None:
    """Ask the system to kill this process when its parent ends, where it can (Linux)."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Ask the system to make this process the parent of its descendants' orphans (Linux)."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def children(parent: int | None = None) -> set[int]:
    """Return the ids of a process's children (this one's if None); empty where nobody tells."""
    pid = os.getpid() if parent is None else parent
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return set()
    return {int(pid) for pid in text.split()}


def kill_family(parent: int) -> None:
    """Kill a process and its descendants, those that left its process group too."""
    family, unseen = [parent], [parent]
    while unseen:
        young = children(unseen.pop())
        family.extend(young)
        unseen.extend(young)
    with contextlib.suppress(OSError):
        os.killpg(parent, signal.SIGKILL)
    for pid in family:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def kill_orphans(ours: Collection[int]) -> None:
    """Kill and reap every child that is not one of ``ours``: what a job left running.

    Killing one may hand its own children to this process, hence the rounds.
    """
    while left := children().difference(ours):
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.waitpid(pid, 0)
