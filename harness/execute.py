"""Do one run in this process: load, train, predict, score; and say what came of it.

Nothing here knows where it runs. An executor hands a :class:`Job` to :func:`execute` in whatever
process or on whatever machine it likes and takes the :class:`Outcome` home.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from harness import config, kinds, registry
from harness.clock import Clock
from harness.errors import BadInput, HarnessError, Unavailable
from harness.method import Run
from harness.record import Failure, Interval, RunRecord, Score, Status, Timings
from harness.specs import KeyParts, Limits, Request, RunSpec
from harness.task import Absent, Dataset, Scores, Task

if TYPE_CHECKING:
    import pyarrow as pa

Answer = Callable[[Task, Dataset, Clock], Sequence[Any]]
"""Gives one prediction per input of a data set."""


class Job(BaseModel):
    """One planned run with its limits; plain data, so that it travels as JSON.

    Attributes:
        key: The run's key.
        spec: The run, completely.
        request: What was asked for.
        parts: What the key is made of.
        limits: What it may use.
        scratch: Folder that outlives interruptions of this run, or None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    spec: RunSpec
    request: Request
    parts: KeyParts
    limits: Limits = Limits()
    scratch: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run's record and its per-example table as an Arrow file's bytes (None without one)."""

    record: RunRecord
    examples: bytes | None = None


def execute(job: Job, on_progress: Callable[[int, int | None], None] | None = None) -> Outcome:
    """Run ``job`` here and return its outcome; every exception becomes a failed record.

    ``KeyboardInterrupt`` and ``SystemExit`` pass through: ending a process is its owner's affair.
    """

    def answer(task: Task, dataset: Dataset, clock: Clock) -> Sequence[Any]:
        return _predict(task, dataset, job, clock, on_progress)

    return judge(job, lambda task: task.load("test"), answer)


def judge(job: Job, load: Callable[[Task], Dataset], answer: Answer) -> Outcome:
    """Read the data, get predictions and score them; return the outcome as :func:`execute` does.

    Args:
        job: The run.
        load: Reads the data.
        answer: Gives one prediction per input and times its phases.
    """
    clock = Clock()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    origin: tuple[str, bool | None] = ("", None)
    status: Status = "ok"
    failure: Failure | None = None
    reported: tuple[Score, ...] = ()
    details: dict[str, dict[str, float]] = {}
    table: bytes | None = None
    try:
        task_class = registry.tasks.load(job.spec.task)
        task = task_class(
            config.build(task_class.Config, job.spec.task_config, owner=f"task {job.spec.task}")
        )
        with clock.phase("load_s"):
            dataset = load(task)
        origin = (dataset.origin, dataset.mini)
        predictions = answer(task, dataset, clock)
        with clock.phase("score_s"):
            scores = task.score(predictions, dataset)
            reported = report(task, scores)
            details = _details(task, scores)
            table = None if scores.examples is None else to_arrow_file(scores.examples)
    except Exception as error:
        status, failure = _explain(error)
        reported, details, table = (), {}, None
    record = RunRecord(
        key=job.key,
        spec=job.spec,
        request=job.request,
        key_parts=job.parts,
        status=status,
        failure=failure,
        scores=reported,
        details=details,
        timings=clock.timings(),
        limits=job.limits,
        provenance=_provenance(job, origin),
        started_at=started,
    )
    return Outcome(record, table)


def _predict(
    task: Task,
    dataset: Dataset,
    job: Job,
    clock: Clock,
    on_progress: Callable[[int, int | None], None] | None,
) -> list[Any]:
    """Train, predict and check every prediction against the kind's contract."""
    method_class = registry.methods.load(job.spec.method)
    method = method_class(
        config.build(method_class.Config, job.spec.config, owner=f"method {job.spec.method}")
    )
    run = Run(
        seed=job.spec.seed,
        device=job.spec.device,
        cache=Path(job.scratch) if job.scratch else None,
        budget_s=job.limits.time_s,
        backbone=job.spec.backbone,
        **({"on_progress": on_progress} if on_progress else {}),
    )
    with clock.phase("train_s"):
        method.train(task.train_split(), run)
    if method_class.upper_bound:
        method.reveal(task.labels(dataset))
    with clock.phase("predict_s"):
        predictions = list(method.predict(dataset.inputs, run))
    clock.examples = len(predictions)
    check_predictions(task.kind, dataset.inputs, predictions, owner=f"method {job.spec.method}")
    return predictions


def check_predictions(
    kind: str, inputs: Sequence[Any], predictions: Sequence[Any], *, owner: str
) -> None:
    """Make sure there is one well-formed prediction per input, in order.

    Raises:
        BadInput: A prediction is missing, of the wrong type or malformed; owner and item are named.
    """
    contract = kinds.kind(kind)
    if len(predictions) != len(inputs):
        raise BadInput(f"{owner} returned {len(predictions)} predictions for {len(inputs)} inputs")
    for number, (item, prediction) in enumerate(zip(inputs, predictions, strict=True)):
        if not isinstance(prediction, contract.prediction):
            raise BadInput(
                f"{owner}: prediction {number} is a {type(prediction).__name__}; "
                f"kind {kind} expects {contract.prediction.__name__}"
            )
        try:
            contract.check(item, prediction)
        except BadInput as error:
            raise BadInput(f"{owner}: {error}") from None


def report(task: Task, scores: Scores) -> tuple[Score, ...]:
    """Return one :class:`Score` per metric of ``task``, with intervals where it can resample.

    Raises:
        BadInput: A metric is missing from ``scores`` or its value is NaN or infinite.
    """
    from harness.intervals import interval_of

    reported = []
    for metric in task.metrics:
        value = scores.values.get(metric.name, Absent("the scorer gave no value"))
        facts: dict[str, Any] = {
            "metric": metric.name,
            "unit": metric.unit,
            "higher_is_better": metric.higher_is_better,
            "primary": metric.primary,
        }
        if isinstance(value, Absent):
            reported.append(Score(value=None, reason=value.reason, **facts))
            continue
        if not abs(value) < float("inf"):
            raise BadInput(f"task {task.name}: {metric.name} is {value}; a score must be finite")
        interval: Interval | None = None
        # Resampling a corpus metric costs: the primary one gets its interval with the run, others
        # when a report asks for them.
        columns = scores.examples.column_names if scores.examples is not None else ()
        if scores.examples is not None and (metric.primary or metric.name in columns):
            interval = interval_of(task, scores.examples, metric.name)
        reported.append(Score(value=float(value), interval=interval, **facts))
    return tuple(reported)


def _details(task: Task, scores: Scores) -> dict[str, dict[str, float]]:
    """Return the further figures as plain numbers.

    Raises:
        BadInput: One of them is NaN or infinite.
    """
    plain = {k: {n: float(v) for n, v in part.items()} for k, part in scores.details.items()}
    for title, part in plain.items():
        for name, value in part.items():
            if not abs(value) < float("inf"):
                raise BadInput(f"task {task.name}: {title}, {name} is {value}; leave it out")
    return plain


def _explain(error: Exception) -> tuple[Status, Failure]:
    """Turn an exception into a status and a reason for people."""
    # A file name that is not UTF-8 becomes lone surrogates in a message, which JSON cannot hold.
    text = "".join(traceback.format_exception(error)).encode(errors="replace").decode()
    message = (str(error).encode(errors="replace").decode().splitlines() or [""])[0]
    if isinstance(error, Unavailable):
        return "unavailable", Failure(kind="unavailable", message=message)
    if isinstance(error, BadInput):
        return "failed", Failure(kind="bad_input", message=message)
    if isinstance(error, HarnessError):
        return "failed", Failure(kind="error", message=message)
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        reason = message or "the run asked for more memory than it may have"
        return "out_of_memory", Failure(kind="out_of_memory", message=reason, traceback=text)
    where = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return "failed", Failure(kind="error", message=where, traceback=text)


def _provenance(job: Job, origin: tuple[str, bool | None]) -> Any:
    from harness.provenance import gather

    return gather().model_copy(
        update={
            "data_origin": origin[0],
            "mini": origin[1],
            "threads": job.limits.threads,
            "command": os.environ.get("HARNESS_COMMAND", ""),
        }
    )


def to_arrow_file(table: pa.Table) -> bytes:
    """Return ``table`` as the bytes of an Arrow file, compressed."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def failed(job: Job, status: Status, failure: Failure, wall_s: float = 0.0) -> Outcome:
    """Return the outcome of a run that could not speak for itself (crashed, killed, never ran)."""
    record = RunRecord(
        key=job.key,
        spec=job.spec,
        request=job.request,
        key_parts=job.parts,
        status=status,
        failure=failure,
        timings=Timings(wall_s=wall_s),
        limits=job.limits,
        provenance=_provenance(job, ("", None)),
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return Outcome(record)
