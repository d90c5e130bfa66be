"""From requests to records: look up what is known, run the rest, lose nothing.

The runner plans every cell, takes finished ones from the store, hands the rest to an executor and
writes each record as it arrives. Cells that another process is computing are waited for, not
computed twice. An interrupted command leaves a record with the reason for each cell it cut short;
the same command resumes.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from harness import registry
from harness.errors import (
    BadInput,
    BrokenPlugin,
    HarnessError,
    Incompatible,
    StoreError,
    Unavailable,
)
from harness.execute import Job, Outcome, failed
from harness.executors import Event, Executor, Finished
from harness.plan import PlannedRun, Planner
from harness.record import Failure, RunRecord, Status
from harness.specs import KeyParts, Limits, Request, RunSpec, run_key
from harness.store import Store

CUT_SHORT = ("interrupted", "never_run")
"""Failure kinds of runs that an interruption ended or kept from beginning."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One wanted run.

    Attributes:
        request: What is asked for.
        seed: The run's seed.
        suite: Name of the suite it was asked for as a member of, or ``""``.
    """

    request: Request
    seed: int
    suite: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A cell's record and whether it was known before (``cached``)."""

    cell: Cell
    record: RunRecord
    cached: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A run to compute, the cells that ask for it, and the record its key had when they did."""

    job: Job
    cells: list[Cell]
    seen: RunRecord | None


@dataclass
class Runner:
    """Runs cells against one store.

    Attributes:
        store: Where records live.
        limits: What each run may use.
        executor: Name of a registered executor.
        slots: Runs at a time.
        rerun: Whether to compute finished runs anew.
        on_event: Told what the executor tells, for progress displays.
        on_note: Told one-line remarks that are no results (a record that could not be kept, ...).
    """

    store: Store
    limits: Limits = Limits()
    executor: str = "local"
    slots: int = 1
    rerun: bool = False
    on_event: Callable[[Event], None] = lambda event: None
    on_note: Callable[[str], None] = lambda note: None
    _planner: Planner = field(default_factory=Planner)

    def plan(self, cells: Iterable[Cell]) -> list[PlannedRun | HarnessError]:
        """Return, per cell, its planned run or the error that makes it impossible.

        Raises:
            BadInput: As :meth:`run`.
        """
        planned = [self._plan(cell) for cell in cells]
        refused = [one for one in planned if type(one) is BadInput]
        if refused and len(refused) == len(planned):
            raise refused[0]
        return planned

    def _plan(self, cell: Cell) -> PlannedRun | HarnessError:
        try:
            return self._planner.plan(cell.request, cell.seed)
        except (BrokenPlugin, Incompatible, Unavailable) as error:
            return error
        except BadInput as error:
            # One task's data may be missing from a suite's folder; the others still run.
            if cell.suite and type(error) is BadInput:
                return error
            raise

    def run(self, cells: Sequence[Cell]) -> Generator[Result, None, None]:
        """Yield one result per cell, as they become known: cached ones first.

        Raises:
            BadInput: A cell cannot be planned: an unknown name or option, a missing file. Of a
                suite, only what keeps all members from being planned.
            StoreError: The store cannot be written; what was computed is kept elsewhere and told.
            KeyboardInterrupt: Passed on after the cells cut short have their records.
        """
        waiting: dict[str, _Wanted] = {}
        for cell, planned in zip(cells, self.plan(cells), strict=True):
            if isinstance(planned, HarnessError):
                yield Result(cell, self._impossible(cell, planned), cached=False)
            elif planned.key in waiting:
                waiting[planned.key].cells.append(cell)
            elif (known := self._known(planned.key)) and known.status == "ok" and not self.rerun:
                yield Result(cell, known, cached=True)
            else:
                waiting[planned.key] = _Wanted(self._job(planned), [cell], known)
        if waiting:
            self.store.check_writable()
            yield from self._compute(waiting)

    def _known(self, key: str) -> RunRecord | None:
        """Return the record under ``key``, if there is one; a damaged one is told and is none."""
        try:
            return self.store.get(key)
        except StoreError as error:
            self.on_note(str(error))
            return None

    def _job(self, planned: PlannedRun) -> Job:
        return Job(
            key=planned.key,
            spec=planned.spec,
            request=planned.request,
            parts=planned.parts,
            limits=self.limits,
            scratch=str(self.store.scratch(planned.key).absolute()),
        )

    def _impossible(self, cell: Cell, error: HarnessError) -> RunRecord:
        """Store and return the record of a cell that cannot run here."""
        request = cell.request
        spec = RunSpec(
            method=request.method,
            config=request.overrides,
            task=request.task,
            task_config=request.task_overrides,
            seed=cell.seed,
            device=request.device,
        )
        parts = KeyParts(data="", sources={}, packages={})
        job = Job(key=run_key(spec, parts.digest()), spec=spec, request=request, parts=parts)
        status: Status = "skipped"
        kind = "incompatible"
        if isinstance(error, Unavailable) or type(error) is BadInput:
            status = kind = "unavailable"
        elif isinstance(error, BrokenPlugin):
            status, kind = "failed", "bad_input"
        outcome = failed(job, status, Failure(kind=kind, message=str(error)))
        self._keep(outcome)
        return outcome.record

    def _compute(self, waiting: dict[str, _Wanted]) -> Iterator[Result]:
        """Run what is waiting; wait for what other processes compute, and run what they left."""
        told: set[str] = set()
        while waiting:
            elsewhere: dict[str, _Wanted] = {}
            yield from self._execute(waiting, elsewhere)
            for key in elsewhere:
                if key not in told:
                    told.add(key)
                    self.on_note(f"run {key} is being computed by another process; waiting for it")
                with self.store.claim(key, wait=True):
                    # Its holder is done with it, or gone.
                    pass
            waiting = elsewhere

    def _execute(
        self, waiting: dict[str, _Wanted], elsewhere: dict[str, _Wanted]
    ) -> Iterator[Result]:
        """Run ``waiting`` on the executor, storing each outcome as it arrives.

        Runs that another process holds go to ``elsewhere``. A claim is taken when a run is handed
        over, not before, so that several processes share out a grid between them; what another
        process finished in the meantime is taken from the store.
        """
        make: type[Executor] = registry.executors.load(self.executor)
        pending = list(reversed(waiting.values()))
        flying: dict[str, ExitStack] = {}
        with self._interruptible(waiting, flying, pending), make(self.slots) as executor:

            def refill() -> Iterator[Result]:
                while pending and len(flying) < 2 * self.slots:
                    wanted = pending.pop()
                    key = wanted.job.key
                    claim = ExitStack()
                    if not claim.enter_context(self.store.claim(key, wait=False)):
                        elsewhere[key] = wanted
                    elif (record := self._done_meanwhile(wanted)) is not None:
                        claim.close()
                        yield from (Result(cell, record, cached=True) for cell in wanted.cells)
                    else:
                        flying[key] = claim
                        executor.submit(wanted.job)

            yield from refill()
            for event in executor.events():
                self.on_event(event)
                if not isinstance(event, Finished):
                    continue
                record = self._keep(event.outcome)
                flying.pop(event.job.key).close()
                for cell in waiting[event.job.key].cells:
                    yield Result(cell, record, cached=False)
                yield from refill()

    def _done_meanwhile(self, wanted: _Wanted) -> RunRecord | None:
        """Return the record another process has made since ``wanted`` was looked up, if any."""
        record = self._known(wanted.job.key)
        if record is None or record == wanted.seen:
            return None
        cut_short = record.failure is not None and record.failure.kind in CUT_SHORT
        return None if cut_short else record

    @contextmanager
    def _interruptible(
        self,
        waiting: dict[str, _Wanted],
        flying: dict[str, ExitStack],
        pending: list[_Wanted],
    ) -> Iterator[None]:
        """On an interruption, leave a record with the reason for every run that did not end."""
        try:
            yield
        except (KeyboardInterrupt, GeneratorExit):
            with suppress(StoreError):
                for key in flying:
                    self._note_interrupted(waiting[key])
                for wanted in pending:
                    self._note_never_run(wanted)
            raise
        finally:
            for claim in flying.values():
                claim.close()

    def _note_interrupted(self, wanted: _Wanted) -> None:
        """Record that a run we hold was cut short, unless it has just got its record."""
        known = self._known(wanted.job.key)
        if known is None or (known == wanted.seen and known.status != "ok"):
            cut = Failure(kind="interrupted", message="interrupted; the same command resumes it")
            self.store.put(failed(wanted.job, "failed", cut).record, durable=False)

    def _note_never_run(self, wanted: _Wanted) -> None:
        """Record that a run never began, unless its key has or is about to get a better record."""
        with self.store.claim(wanted.job.key, wait=False) as mine:
            if mine and self._known(wanted.job.key) is None:
                never = Failure(kind="never_run", message="never run: interrupted before it began")
                self.store.put(failed(wanted.job, "skipped", never).record, durable=False)

    def _keep(self, outcome: Outcome) -> RunRecord:
        """Store an outcome; if the store refuses, keep it in a temporary folder and say so."""
        try:
            record = self.store.put(outcome.record, outcome.examples)
        except StoreError as error:
            rescue = Store(Path(tempfile.mkdtemp(prefix="harness-rescued-")))
            try:
                rescue.put(outcome.record, outcome.examples)
            except StoreError:
                raise error from None
            raise StoreError(
                f"{error}. The record of run {outcome.record.key} was kept in {rescue.root}: "
                "copy its contents into the store"
            ) from None
        if outcome.record.status == "ok":
            _remove_folder(self.store.scratch(outcome.record.key))
        return record


def _remove_folder(folder: Path) -> None:
    """Remove a finished run's checkpoints."""
    if folder.exists():
        import shutil

        shutil.rmtree(folder, ignore_errors=True)


def default_slots() -> int:
    """Return how many runs this machine takes at a time: one per processor."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_memory() -> int:
    """Return the memory limit of a run, in bytes: nine tenths of the machine's."""
    import psutil

    return int(psutil.virtual_memory().total * 0.9)
