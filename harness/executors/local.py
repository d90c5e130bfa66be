"""Runs on this machine: a few worker processes, each running one job at a time."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.execute import Job, Outcome, failed
from harness.executors import Event, Finished, Progress, Started
from harness.record import Failure, RunRecord

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


class LocalExecutor:
    """``slots`` worker processes, each fed by a thread here (see :mod:`harness.worker`)."""

    def __init__(self, slots: int) -> None:
        """Prepare; nothing starts before the context is entered."""
        self.slots = slots
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._unfinished = 0
        self._stopping = threading.Event()
        self._workers: set[subprocess.Popen[bytes]] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        """Return self; workers start with their first job."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the workers; a worker that goes takes its job with it."""
        self._stopping.set()
        for _ in self._threads:
            self._jobs.put(None)
        for worker in list(self._workers):
            with contextlib.suppress(OSError):
                assert worker.stdin is not None
                worker.stdin.close()
        for thread in self._threads:
            thread.join(timeout=5)
        for worker in list(self._workers):
            worker.kill()

    def submit(self, job: Job) -> None:
        """Queue ``job``."""
        self._unfinished += 1
        self._jobs.put(job)
        if len(self._threads) < min(self.slots, self._unfinished):
            thread = threading.Thread(target=self._feed, daemon=True)
            self._threads.append(thread)
            thread.start()

    def events(self) -> Iterator[Event]:
        """Yield what happens until every submitted job has finished."""
        while self._unfinished:
            event = self._events.get()
            if isinstance(event, Finished):
                self._unfinished -= 1
            yield event

    def _feed(self) -> None:
        """Hand jobs to one worker, starting it anew whenever it died."""
        worker: subprocess.Popen[bytes] | None = None
        while (job := self._jobs.get()) is not None and not self._stopping.is_set():
            try:
                if worker is None or worker.poll() is not None:
                    worker = self._start(job)
                outcome = self._converse(worker, job)
            except (OSError, ValueError, EOFError) as error:
                if worker is not None:
                    self._bury(worker)
                    worker = None
                reason = Failure(kind="crash", message=f"its worker process died ({error})")
                outcome = failed(job, "failed", reason)
            self._events.put(Finished(job, outcome))
        if worker is not None:
            assert worker.stdin is not None
            with contextlib.suppress(OSError):
                worker.stdin.close()
            worker.wait()
            self._workers.discard(worker)

    def _bury(self, worker: subprocess.Popen[bytes]) -> None:
        """Make sure that a worker that failed is gone before another takes its place."""
        worker.kill()
        worker.wait()
        self._workers.discard(worker)

    def _start(self, job: Job) -> subprocess.Popen[bytes]:
        environment = dict(os.environ)
        environment.update(dict.fromkeys(THREAD_VARIABLES, str(job.limits.threads)))
        environment.setdefault("PYTHONHASHSEED", "0")
        environment["PYTHONPATH"] = os.pathsep.join(sys.path)
        worker = subprocess.Popen(
            # -P: modules come from where they come from here, not from the working folder first.
            [sys.executable, "-P", "-m", "harness.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        self._workers.add(worker)
        return worker

    def _converse(self, worker: subprocess.Popen[bytes], job: Job) -> Outcome:
        """Send ``job`` and relay its events until it is done."""
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(job.model_dump_json().encode() + b"\n")
        worker.stdin.flush()
        for line in worker.stdout:
            event = json.loads(line)
            if event["event"] == "started":
                self._events.put(Started(job))
            elif event["event"] == "progress":
                self._events.put(Progress(job, event["done"], event["total"]))
            else:
                return _collect(Path(event["folder"]))
        raise EOFError("it closed its output")


def _collect(folder: Path) -> Outcome:
    """Read a finished job's record and table, and remove their folder."""
    try:
        record = RunRecord.model_validate_json((folder / "record.json").read_bytes())
        table = folder / "examples.arrow"
        return Outcome(record, table.read_bytes() if table.exists() else None)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
