"""The process that runs one job at a time, each in a fork of its own.

``python -m harness.worker`` reads jobs from standard input, one JSON object a line, and answers
each with event lines on standard output. It imports what jobs need once and forks for every job,
so a job starts in milliseconds, in its own process: a crash, a hang or exhausted memory ends that
process and becomes a record with its reason. When its own parent goes, it kills its job and goes.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from harness import provenance, sources
from harness.execute import Job, Outcome, execute, failed
from harness.record import Failure, RunRecord, Status
from harness.watch import Watch, adopt_orphans, children, die_with_parent, kill_orphans

POLL_S = 0.02
LOG_TAIL_BYTES = 4000
MEMORY_SLACK = 256 << 20


@dataclass
class _Child:
    """A forked job: its process, where it writes, the pipe its progress comes through."""

    pid: int
    folder: Path
    progress: int


def serve(jobs: BinaryIO, events: BinaryIO) -> None:
    """Run jobs from ``jobs`` until it ends, writing events to ``events``."""
    warm: set[tuple[str, str]] = set()
    sound: dict[str, str] = {}
    for line in jobs:
        job = Job.model_validate_json(line)

        def send(event: dict[str, Any]) -> None:
            events.write(json.dumps(event).encode() + b"\n")
            events.flush()

        folder = Path(tempfile.mkdtemp(prefix="harness-run-"))
        send({"event": "started"})
        outcome = supervise(job, folder, jobs.fileno(), events.fileno(), send)
        if outcome is None:
            shutil.rmtree(folder, ignore_errors=True)
            return
        imported = _names(folder / "modules.txt")
        outcome = _unless_edited(job, outcome, sound)
        if outcome.examples is not None:
            (folder / "examples.arrow").write_bytes(outcome.examples)
        (folder / "record.json").write_text(outcome.record.model_dump_json())
        send({"event": "finished", "folder": str(folder)})
        pair = (job.spec.method, job.spec.task)
        if outcome.record.status == "ok" and pair not in warm:
            warm.add(pair)
            _import_all(imported)
            # What is still unchanged after it was imported here, no edit can reach any more.
            if not sources.edited(job.parts.sources):
                sound.update(job.parts.sources)


def _unless_edited(job: Job, outcome: Outcome, sound: dict[str, str]) -> Outcome:
    """Return ``outcome``, unless a source was edited after the run's key was made of it.

    Modules in ``sound``, with their digests, are known to be what the key says.
    """
    if outcome.record.status != "ok":
        return outcome
    unchecked = {n: d for n, d in job.parts.sources.items() if sound.get(n) != d}
    changed = sources.edited(unchecked)
    if changed:
        message = f"{', '.join(changed)} was edited before the run ended; the same command runs it"
        return failed(job, "failed", Failure(kind="edited", message=message))
    return outcome


def _names(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []


def _import_all(names: list[str]) -> None:
    """Import here what a job that went well has imported there, so that the next one is warm."""
    for name in names:
        if name not in sys.modules:
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def supervise(
    job: Job, folder: Path, parent: int, events: int, send: Callable[[dict[str, Any]], None]
) -> Outcome | None:
    """Fork ``job``, watch its limits, and return its outcome; None if the parent went away.

    Args:
        job: What to run.
        folder: Where the job leaves its outcome.
        parent: File descriptor that becomes readable when the parent goes.
        events: File descriptor of the parent's events, which the job must not hold open.
        send: Passes an event on.
    """
    ours = children()
    # What is here already is never garbage: a collection in the fork would only copy it.
    gc.freeze()
    child = _fork(job, folder, events)
    watch = Watch(job.limits, child.pid)
    verdict: tuple[Status, Failure] | None = None
    listening = [parent, child.progress]
    buffered = b""
    try:
        while True:
            readable, _, _ = select.select(listening, [], [], POLL_S)
            if parent in readable:
                _kill(child.pid)
                kill_orphans(ours)
                return None
            if child.progress in readable:
                data = os.read(child.progress, 65536)
                buffered = _forward(buffered + data, send)
                if not data:
                    # The job's end of the pipe is closed: it has ended or is about to.
                    listening.remove(child.progress)
                    if verdict is None:
                        _await_exit(child.pid, POLL_S)
            pid, wait_status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                break
            if verdict is None and (verdict := watch.exceeded()):
                _kill(child.pid)
    finally:
        os.close(child.progress)
    with contextlib.suppress(OSError):
        os.killpg(child.pid, signal.SIGKILL)
    kill_orphans(ours)
    if verdict is None and (outcome := _read(folder)) is not None:
        return outcome
    status, failure = verdict or _autopsy(wait_status)
    failure = failure.model_copy(update={"log": _log_tail(folder)})
    return failed(job, status, failure, watch.elapsed())


def _await_exit(pid: int, patience: float) -> None:
    """Wait up to ``patience`` seconds for a process to end, without reaping it."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return
        time.sleep(0.0002)


def _forward(data: bytes, send: Callable[[dict[str, Any]], None]) -> bytes:
    """Send the last complete progress report in ``data``; return the incomplete rest."""
    *complete, rest = data.split(b"\n")
    if complete:
        done, _, total = complete[-1].decode().partition(" ")
        send({"event": "progress", "done": int(done), "total": int(total) if total else None})
    return rest


def _fork(job: Job, folder: Path, events: int) -> _Child:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return _Child(pid, folder, reading)
    try:
        os.close(events)
        _run_child(job, folder, writing)
    except BaseException:
        # To the log, whose last lines the record of a crash quotes.
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(70)


def _run_child(job: Job, folder: Path, progress: int) -> None:
    """Be the job: set limits, run it, leave its outcome in ``folder``, end the process."""
    os.setsid()
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
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
    if outcome.examples is not None:
        (folder / "examples.arrow").write_bytes(outcome.examples)
    # The record comes last and by rename: where it is, all is there.
    partial = folder / "record.partial"
    partial.write_text(outcome.record.model_dump_json())
    partial.rename(folder / "record.json")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _reporter(pipe: int) -> Callable[[int, int | None], None]:
    """Return a progress callback that writes to ``pipe`` at most ten times a second."""
    last = [0.0]

    def report(done: int, total: int | None) -> None:
        now = time.monotonic()
        if now - last[0] < 0.1 and done != total:
            return
        last[0] = now
        with contextlib.suppress(OSError):
            os.write(pipe, f"{int(done)} {'' if total is None else int(total)}\n".encode())

    return report


def _kill(pid: int) -> None:
    """Kill a job's whole process group; its processes cannot refuse."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError:
        # It has not made its group yet, or is gone.
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _read(folder: Path) -> Outcome | None:
    """Return the outcome a job left in ``folder``, or None if it left none."""
    try:
        record = RunRecord.model_validate_json((folder / "record.json").read_bytes())
    except (OSError, ValueError):
        return None
    if record.failure is not None:
        failure = record.failure.model_copy(update={"log": _log_tail(folder)})
        record = record.model_copy(update={"failure": failure})
    table = folder / "examples.arrow"
    return Outcome(record, table.read_bytes() if table.exists() else None)


def _autopsy(wait_status: int) -> tuple[Status, Failure]:
    """Say how a process ended that left no record."""
    if not os.WIFSIGNALED(wait_status):
        code = os.waitstatus_to_exitcode(wait_status)
        return "failed", Failure(kind="crash", message=f"its process exited with status {code}")
    number = os.WTERMSIG(wait_status)
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    if number == signal.SIGKILL:
        message = f"its process was killed ({name}); the system does that when memory runs out"
        return "out_of_memory", Failure(kind="out_of_memory", message=message)
    return "failed", Failure(kind="crash", message=f"its process crashed ({name})")


def _log_tail(folder: Path) -> str:
    try:
        data = (folder / "log.txt").read_bytes()
    except OSError:
        return ""
    return data[-LOG_TAIL_BYTES:].decode(errors="replace")


def main() -> None:
    """Serve jobs from standard input; events go to standard output, prints to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    adopt_orphans()
    # What every job needs: the answers of git and the processor, and the imports of the statistics.
    provenance.gather()
    for name in ("pyarrow", "harness.statistics"):
        importlib.import_module(name)
    serve(sys.stdin.buffer, events)


if __name__ == "__main__":
    main()
