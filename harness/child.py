"""The process of one run: forked ahead of time, it waits for its job, does it, and ends.

A worker forks the next run's process while its parent is busy with the last one's results, so that a
run starts at once. What the run leaves lies in a folder, the record last and by one rename: where the
record is, all is there.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from harness.execute import Job, Outcome, execute
from harness.record import RunRecord
from harness.watch import die_with_parent

LOG_TAIL_BYTES = 4000
MEMORY_SLACK = 256 << 20


@dataclass(frozen=True, slots=True)
class Child:
    """A forked process, seen from the worker.

    Attributes:
        pid: Its process id, and, once it has its job, that of its process group.
        orders: File descriptor it takes its job from.
        progress: File descriptor its progress comes through; at its end, the process is done.
    """

    pid: int
    orders: int
    progress: int

    def start(self, job: Job, folder: Path) -> None:
        """Give the process its job and the folder for what it leaves."""
        order = json.dumps([job.model_dump_json(), str(folder)]).encode()
        with suppress(BrokenPipeError), os.fdopen(self.orders, "wb") as pipe:
            pipe.write(order)


def fork(parents_own: Iterable[int]) -> Child:
    """Fork a process that waits for its job.

    Args:
        parents_own: File descriptors of the worker that the run must not hold open.
    """
    # What is here already is never garbage: a collection in the fork would only copy it.
    gc.freeze()
    taking, orders = os.pipe()
    progress, telling = os.pipe()
    pid = os.fork()
    if pid:
        os.close(taking)
        os.close(telling)
        return Child(pid, orders, progress)
    try:
        for descriptor in (*parents_own, orders, progress):
            os.close(descriptor)
        _be_the_run(taking, telling)
    except BaseException:
        # To the log, whose last lines the record of a crash quotes.
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(70)


def _be_the_run(orders: int, progress: int) -> None:
    """Wait for the job, set its limits, run it, leave its outcome, end the process."""
    os.setsid()
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with os.fdopen(orders, "rb") as pipe:
        order = pipe.read()
    if not order:
        # The worker has no further job.
        os._exit(0)
    text, place = json.loads(order)
    job, folder = Job.model_validate_json(text), Path(place)
    log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    if job.limits.memory_bytes is not None and job.spec.device == "cpu":
        # The limit itself is watched from outside; this one turns a single huge allocation into a
        # MemoryError with a traceback before the machine starts to swap.
        most = job.limits.memory_bytes + MEMORY_SLACK
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    known = len(sys.modules)
    outcome = execute(job, _reporter(progress))
    # From the end, where the new ones are: touching the others would copy their memory.
    fresh = [*islice(reversed(sys.modules), len(sys.modules) - known)][::-1]
    if fresh:
        (folder / "modules.txt").write_text("\n".join(fresh))
    leave(outcome, folder)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def leave(outcome: Outcome, folder: Path) -> None:
    """Write an outcome into ``folder``, the record last."""
    if outcome.examples is not None:
        (folder / "examples.arrow").write_bytes(outcome.examples)
    partial = folder / "record.partial"
    partial.write_text(outcome.record.model_dump_json())
    partial.rename(folder / "record.json")


def left(folder: Path) -> Outcome | None:
    """Return the outcome in ``folder``, or None if there is none."""
    try:
        record = RunRecord.model_validate_json((folder / "record.json").read_bytes())
    except (OSError, ValueError):
        return None
    if record.failure is not None:
        failure = record.failure.model_copy(update={"log": log_tail(folder)})
        record = record.model_copy(update={"failure": failure})
    table = folder / "examples.arrow"
    return Outcome(record, table.read_bytes() if table.exists() else None)


def log_tail(folder: Path) -> str:
    """Return the last of what the run printed."""
    try:
        data = (folder / "log.txt").read_bytes()
    except OSError:
        return ""
    return data[-LOG_TAIL_BYTES:].decode(errors="replace")


def _reporter(pipe: int) -> Callable[[int, int | None], None]:
    """Return a progress callback that writes to ``pipe`` at most ten times a second."""
    last = [0.0]

    def report(done: int, total: int | None) -> None:
        now = time.monotonic()
        if now - last[0] < 0.1 and done != total:
            return
        last[0] = now
        with suppress(OSError):
            os.write(pipe, f"{int(done)} {'' if total is None else int(total)}\n".encode())

    return report
