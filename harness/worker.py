"""The process that runs one job at a time, each in a fork of its own.

``python -m harness.worker`` reads jobs from standard input, one JSON object a line, and answers
each with event lines on standard output. It imports what jobs need once and gives every job a fork
of its own (:mod:`harness.child`), so a job starts in milliseconds: a crash, a hang or exhausted
memory ends that process and becomes a record with its reason. When its own parent goes, it kills its
job and goes.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import select
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from harness import provenance, sources
from harness.child import Child, fork, leave, left, log_tail
from harness.execute import Job, Outcome, failed
from harness.record import Failure, Status
from harness.watch import Watch, adopt_orphans, children, kill_family, kill_orphans

POLL_S = 0.02


class Worker:
    """Runs jobs from one stream, one after the other, and tells of them on another."""

    def __init__(self, jobs: BinaryIO, events: BinaryIO) -> None:
        """Keep the streams; nothing is read yet."""
        self._jobs = jobs
        self._events = events
        self._exiting: set[int] = set()
        self._warm: set[tuple[str, str]] = set()
        self._sound: dict[str, str] = {}

    def serve(self) -> None:
        """Run jobs until there are no more, or the parent is gone."""
        child = self._fork()
        for line in self._jobs:
            job = Job.model_validate_json(line)
            folder = Path(tempfile.mkdtemp(prefix="harness-run-"))
            self._send({"event": "started"})
            child.start(job, folder)
            running, child = child, self._fork()
            outcome = self._supervise(running, job, folder)
            if outcome is None:
                shutil.rmtree(folder, ignore_errors=True)
                break
            imported = _names(folder / "modules.txt")
            checked = _unless_edited(job, outcome, self._sound)
            if checked is not outcome or not (folder / "record.json").exists():
                leave(checked, folder)
            self._send({"event": "finished", "folder": str(folder)})
            if checked.record.status == "ok" and self._warm_up(job, imported):
                self._dismiss(child)
                child = self._fork()
        self._dismiss(child)
        for pid in self._exiting:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        kill_orphans(())

    def _fork(self) -> Child:
        return fork([self._events.fileno()])

    def _dismiss(self, child: Child) -> None:
        """Let a process go that has no job."""
        os.close(child.orders)
        os.close(child.progress)
        self._exiting.add(child.pid)

    def _send(self, event: dict[str, Any]) -> None:
        self._events.write(json.dumps(event).encode() + b"\n")
        self._events.flush()

    def _warm_up(self, job: Job, imported: list[str]) -> bool:
        """Import here what a job that went well has imported, so that the next one is warm.

        Returns:
            Whether there was anything to do: the first time for a method on a task.
        """
        pair = (job.spec.method, job.spec.task)
        if pair in self._warm:
            return False
        self._warm.add(pair)
        _import_all(imported)
        # What is still unchanged after it was imported here, no edit can reach any more.
        if not sources.edited(job.parts.sources):
            self._sound.update(job.parts.sources)
        return True

    def _supervise(self, child: Child, job: Job, folder: Path) -> Outcome | None:
        """Watch ``child`` do ``job`` and return its outcome; None if the parent went away."""
        self._reap()
        ours = children()
        watch = Watch(job.limits, child.pid)
        verdict: tuple[Status, Failure] | None = None
        parent = self._jobs.fileno()
        listening = [parent, child.progress]
        buffered = b""
        try:
            while True:
                readable, _, _ = select.select(listening, [], [], POLL_S)
                if parent in readable:
                    kill_family(child.pid)
                    kill_orphans(ours)
                    return None
                if child.progress in readable:
                    data = os.read(child.progress, 65536)
                    buffered = self._forward(buffered + data)
                    if not data:
                        listening.remove(child.progress)
                if child.progress not in listening and (outcome := left(folder)) is not None:
                    # All is there; that the process takes its memory apart need not be awaited.
                    kill_family(child.pid)
                    self._exiting.add(child.pid)
                    kill_orphans(ours)
                    return outcome
                pid, wait_status = os.waitpid(child.pid, os.WNOHANG)
                if pid:
                    break
                if verdict is None and (verdict := watch.exceeded()):
                    kill_family(child.pid)
        finally:
            os.close(child.progress)
        with contextlib.suppress(OSError):
            os.killpg(child.pid, signal.SIGKILL)
        kill_orphans(ours)
        if verdict is None and (outcome := left(folder)) is not None:
            return outcome
        status, failure = verdict or _autopsy(wait_status)
        failure = failure.model_copy(update={"log": log_tail(folder)})
        return failed(job, status, failure, watch.elapsed())

    def _reap(self) -> None:
        """Take leave of processes that have ended since they were done."""
        for pid in list(self._exiting):
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG) == (0, 0):
                    continue
            self._exiting.discard(pid)

    def _forward(self, data: bytes) -> bytes:
        """Send the last complete progress report in ``data``; return the incomplete rest."""
        *complete, rest = data.split(b"\n")
        if complete:
            done, _, total = complete[-1].decode().partition(" ")
            event = {"event": "progress", "done": int(done), "total": int(total) if total else None}
            self._send(event)
        return rest


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
            # A module that reads the command line as it is imported ends the process by SystemExit,
            # after a word about usage (Fast Downward's translator).
            quiet = contextlib.redirect_stderr(io.StringIO())
            with quiet, contextlib.suppress(Exception, SystemExit):
                importlib.import_module(name)


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


def main() -> None:
    """Serve jobs from standard input; events go to standard output, prints to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    adopt_orphans()
    # What every job needs: the answers of git and the processor, and the imports of the intervals.
    provenance.gather()
    for name in ("pyarrow", "harness.intervals"):
        importlib.import_module(name)
    Worker(sys.stdin.buffer, events).serve()


if __name__ == "__main__":
    main()
