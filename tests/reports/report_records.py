"""Run records written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from harness.execute import to_arrow_file
from harness.plan import Planner
from harness.record import Failure, Interval, Provenance, RunRecord, Score, Status, Timings
from harness.specs import Request
from harness.store import Store

METHOD = "report_toys:Steady"
TASK = "report_toys:Answers"


def put(
    store: Store,
    accuracy: Sequence[float] | None = None,
    *,
    latency: Sequence[float] | None = None,
    config: Mapping[str, Any] | None = None,
    task_config: Mapping[str, Any] | None = None,
    seed: int = 0,
    status: Status = "ok",
    reason: str = "",
    data: str | None = None,
    origin: str = "toy answers",
    mini: bool = True,
    started_at: str = "2026-01-01T00:00:00+00:00",
    key: str | None = None,
    **changes: Any,
) -> RunRecord:
    """Store a record as a run would have left it, and return it.

    Args:
        store: Where it goes.
        accuracy: Per example; the score is the mean.
        latency: Per example; absent if None.
        config: Options of the toy method.
        task_config: Options of the toy task.
        seed: The run's seed.
        status: Its status.
        reason: Why it is not ok.
        data: Fingerprint, if not the one that planning gives.
        origin: Where the data came from.
        mini: Whether they are synthetic.
        started_at: ISO 8601.
        key: The key, if not the one that planning gives.
        changes: Further fields of the record to replace.
    """
    request = Request(
        method=METHOD,
        task=TASK,
        overrides=dict(config or {}),
        task_overrides=dict(task_config or {}),
    )
    planned = Planner().plan(request, seed)
    parts = planned.parts if data is None else planned.parts.model_copy(update={"data": data})
    columns = {"accuracy": accuracy, "latency": latency}
    given = {name: np.asarray(v, np.float64) for name, v in columns.items() if v is not None}
    record = RunRecord(
        key=key or planned.key,
        spec=planned.spec,
        request=request,
        key_parts=parts,
        status=status,
        failure=Failure(kind="error", message=reason) if reason else None,
        scores=_scores(given) if status == "ok" else (),
        timings=Timings(
            train_s=1.0, predict_s=2.5, wall_s=4.0, throughput_per_s=40.0, peak_memory_bytes=2**27
        ),
        provenance=provenance(origin, mini),
        started_at=started_at,
    ).model_copy(update=changes)
    table: bytes | None = None
    if status == "ok" and given:
        count = len(next(iter(given.values())))
        table = to_arrow_file(pa.table({"id": [str(i) for i in range(count)], **given}))
    return store.put(record, table, durable=False)


def _scores(given: Mapping[str, Any]) -> tuple[Score, ...]:
    scores = []
    for name, unit, up in (("accuracy", "", True), ("latency", "ms", False), ("rare", "", True)):
        values = given.get(name)
        interval = None
        if values is not None:
            mean = float(values.mean())
            interval = Interval(low=mean - 0.1, high=mean + 0.1, level=0.95, method="by hand")
        scores.append(
            Score(
                metric=name,
                value=None if values is None else float(values.mean()),
                reason="nothing rare in the data" if values is None else "",
                interval=interval,
                unit=unit,
                higher_is_better=up,
                primary=name == "accuracy",
            )
        )
    return tuple(scores)


def provenance(origin: str, mini: bool) -> Provenance:
    """Return a provenance that is the same on every machine."""
    return Provenance(
        harness_version="0",
        commit="c0ffee",
        dirty=False,
        python="3",
        platform="test",
        cpu="test cpu",
        cores=2,
        gpu=None,
        threads=1,
        environment={},
        data_origin=origin,
        mini=mini,
    )


def answers(right: int, n: int = 40) -> list[float]:
    """Return ``n`` answers of which the first ``right`` are correct."""
    return [1.0] * right + [0.0] * (n - right)
