"""Cells, findings and records made up for tests."""

from __future__ import annotations

from typing import Any

from harness.gate.baseline import PinnedCell, PinnedMetric, PinnedTiming
from harness.gate.measure import Finding, Readings
from harness.record import Failure, RunRecord, Score, Status, Timings
from harness.specs import KeyParts, Request, RunSpec


def pinned(*values: float, tolerance: float | None = 0.01, up: bool = True) -> PinnedMetric:
    return PinnedMetric(values=values, tolerance=tolerance, higher_is_better=up)


def cell(**facts: Any) -> PinnedCell:
    given = {"method": "m", "task": "t", "seeds": (0, 1), "data": "d", **facts}
    given.setdefault("metrics", {"AP": pinned(*(0.5 for _ in given["seeds"]))})
    return PinnedCell.model_validate(given)


def timing(*ratios: float, tolerance: float = 0.25) -> PinnedTiming:
    return PinnedTiming(ratios=ratios or (1.0,) * 9, tolerance=tolerance)


def found(*values: float, **facts: Any) -> Finding:
    given: dict[str, Any] = {"outcome": "ok", "data": "d", **facts}
    given.setdefault("metrics", {"AP": Readings(values or (0.5, 0.5))})
    return Finding(**given)


def record(
    seed: int = 0,
    status: Status = "ok",
    *,
    seconds: float = 1.0,
    request: Request | None = None,
    **values: float | None,
) -> RunRecord:
    asked = request or Request(method="m", task="t")
    scores = tuple(
        Score(metric=name, value=value, reason="" if value is not None else "no such images")
        for name, value in (values or {"AP": 0.5}).items()
    )
    return RunRecord(
        key=f"{seed:016x}",
        spec=RunSpec(method=asked.method, config={}, task=asked.task, task_config={}, seed=seed),
        request=asked,
        key_parts=KeyParts(data="" if status == "unavailable" else "d", sources={}, packages={}),
        status=status,
        failure=None if status == "ok" else Failure(kind="error", message="it broke"),
        scores=scores if status == "ok" else (),
        timings=Timings(train_s=seconds / 2, predict_s=seconds / 2),
    )
