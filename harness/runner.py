"""From requests to records: look up what is known, run the rest, lose nothing.

The runner plans every cell, takes finished ones from the store, hands the rest to an executor and
writes each record as it arrives. Cells that another process is computing are waited for, not
computed twice. An interrupted command leaves a record with the reason for each cell it cut short;
the same command resumes.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness import registry
from harness.errors import HarnessError, Incompatible, StoreError, Unavailable
from harness.execute import Job, Outcome, failed
from harness.executors import Event, Executor, Finished
from harness.plan import PlannedRun, Planner
from harness.record import Failure, RunRecord, Status
from harness.specs import KeyParts, Limits, Request, RunSpec, run_key
from harness.store import Store


@dataclass(frozen=True, slots=True)
class Cell:
    """One wanted run."""

    request: Request
    seed: int


@dataclass(frozen=True, slots=True)
class Result:
    """A cell's record and whether it was known before (``cached``)."""

    cell: Cell
    record: RunRecord
    cached: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A run to compute and the cells that ask for it."""

    job: Job
    cells: list[Cell]


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
        """Return, per cell, its planned run or the error that makes it impossible."""
        return [self._plan(cell) for cell in cells]

    def _plan(self, cell: Cell) -> PlannedRun | HarnessError:
        try:
            return self._planner.plan(cell.request, cell.seed)
        except (Incompatible, Unavailable) as error:
            return error

    def run(self, cells: Sequence[Cell]) -> Iterator[Result]:
        """Yield one result per cell, as they become known: cached ones first.

        Raises:
            BadInput: A cell cannot be planned: an unknown name or option, a missing file.
            StoreError: The store cannot be written; what was computed is kept elsewhere and told.
            KeyboardInterrupt: Passed on after the cells cut short have their records.
        """
        waiting: dict[str, _Wanted] = {}
        for cell, planned in zip(cells, self.plan(cells), strict=True):
            if isinstance(planned, HarnessError):
                yield Result(cell, self._impossible(cell, planned), cached=False)
            elif planned.key in waiting:
                waiting[planned.key].cells.append(cell)
            elif (known := self._known(planned)) is not None and not self.rerun:
                yield Result(cell, known, cached=True)
            else:
                waiting[planned.key] = _Wanted(self._job(planned), [cell])
        if waiting:
            self.store.check_writable()
            yield from self._compute(waiting)

    def _known(self, planned: PlannedRun) -> RunRecord | None:
        """Return the finished record of a planned run; failed ones are run again."""
        try:
            record = self.store.get(planned.key)
        except StoreError as error:
            self.on_note(str(error))
            return None
        return record if record is not None and record.status == "ok" else None

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
        missing = isinstance(error, Unavailable)
        status: Status = "unavailable" if missing else "skipped"
        kind = "unavailable" if missing else "incompatible"
        outcome = failed(job, status, Failure(kind=kind, message=str(error)))
        self._keep(outcome)
        return outcome.record

    def _compute(self, waiting: dict[str, _Wanted]) -> Iterator[Result]:
        """Run what is waiting, then wait for whatever other processes are computing."""
        elsewhere: dict[str, _Wanted] = {}
        yield from self._execute(waiting, elsewhere)
        for key, wanted in elsewhere.items():
            self.on_note(f"run {key} is being computed by another process; waiting for it")
            with self.store.claim(key, wait=True):
                known = self.store.get(key)
            if known is not None and known.status == "ok" and not self.rerun:
                yield from (Result(cell, known, cached=True) for cell in wanted.cells)
            else:
                yield from self._execute({key: wanted}, {})

    def _execute(
        self, waiting: dict[str, _Wanted], elsewhere: dict[str, _Wanted]
    ) -> Iterator[Result]:
        """Run ``waiting`` on the executor, storing each outcome as it arrives.

        Runs that another process holds go to ``elsewhere``. A claim is taken when a run is handed
        over, not before, so that several processes share out a grid between them.
        """
        make: type[Executor] = registry.executors.load(self.executor)
        pending = list(reversed(waiting.values()))
        flying: dict[str, ExitStack] = {}
        with self._interruptible(waiting, flying, pending), make(self.slots) as executor:

            def refill() -> None:
                while pending and len(flying) < 2 * self.slots:
                    wanted = pending.pop()
                    claim = ExitStack()
                    if claim.enter_context(self.store.claim(wanted.job.key, wait=False)):
                        flying[wanted.job.key] = claim
                        executor.submit(wanted.job)
                    else:
                        elsewhere[wanted.job.key] = wanted

            refill()
            for event in executor.events():
                self.on_event(event)
                if not isinstance(event, Finished):
                    continue
                record = self._keep(event.outcome)
                flying.pop(event.job.key).close()
                refill()
                for cell in waiting[event.job.key].cells:
                    yield Result(cell, record, cached=False)

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
        except KeyboardInterrupt:
            cut = Failure(kind="interrupted", message="interrupted; the same command resumes it")
            never = Failure(kind="never_run", message="never run: interrupted before it began")
            for key in flying:
                self._keep(failed(waiting[key].job, "failed", cut))
            for wanted in pending:
                self.store.put(failed(wanted.job, "skipped", never).record, durable=False)
            raise
        finally:
            for claim in flying.values():
                claim.close()

    def _keep(self, outcome: Outcome) -> RunRecord:
        """Store an outcome; if the store refuses, keep it in a temporary folder and say so."""
        try:
            self.store.put(outcome.record, outcome.examples)
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
        return outcome.record


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
