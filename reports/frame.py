"""The store as a table: one row per run, every figure a column."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.record import RunRecord
from harness.reports.freshness import fresh
from harness.reports.summary import amount_text, figure_text
from harness.store import Store
from harness.tables import CellValue, Column, Table

if TYPE_CHECKING:
    import pandas as pd

_IDENTITY = (
    *("key", "method", "task", "seed", "status", "reason", "preset", "backbone", "device"),
    "submission",
)
_TIMINGS = (
    *("load_s", "train_s", "predict_s", "score_s", "wall_s", "cpu_s"),
    *("examples", "throughput_per_s", "peak_memory_bytes"),
)
_OF_METHODS = ("train_s", "predict_s", "examples", "throughput_per_s", "peak_memory_bytes")
"""Timings that say something of a method: blank for predictions made elsewhere."""
_PROVENANCE = (
    *("data_origin", "mini", "harness_version", "commit", "dirty", "python", "platform"),
    *("cpu", "cores", "gpu", "threads", "command"),
)


def frame(store: Store) -> pd.DataFrame:
    """Return one row per run in ``store``; stale runs have their reason and no scores.

    Columns, in this order: what the run is; ``config.*`` and ``task_config.*``, its options; each
    metric with ``.low`` and ``.high``, the ends of its interval; timings in seconds and bytes; data
    fingerprint and provenance; ``started_at`` (ISO 8601, UTC). Rows are sorted by task, data,
    method, options and seed. The same records give the same frame.
    """
    return as_frame(fresh(store.records()))


def as_frame(records: Sequence[RunRecord]) -> pd.DataFrame:
    """Return the frame of ``records``; see :func:`frame`."""
    import pandas as pd

    ordered = sorted(records, key=_place)
    rows = [_row(record) for record in ordered]
    columns = _columns(ordered, rows)
    data = pd.DataFrame(rows, columns=columns)
    for column in columns:
        if column.startswith(("config.", "task_config.")):
            data[column] = _one_type(data[column])
    return data


def _place(record: RunRecord) -> tuple[str, str, str, str, int, str]:
    spec = record.spec
    options = json.dumps(spec.config, sort_keys=True)
    return spec.task, record.key_parts.data, spec.method, options, spec.seed, record.key


def _row(record: RunRecord) -> dict[str, Any]:
    spec = record.spec
    provenance = record.provenance.model_dump() if record.provenance else {}
    row: dict[str, Any] = {
        "key": record.key,
        "method": spec.method,
        "task": spec.task,
        "seed": spec.seed,
        "status": record.status,
        "reason": record.failure.message if record.failure else None,
        "preset": spec.preset,
        "backbone": spec.backbone,
        "device": None if record.external else spec.device,
        "submission": record.submission or None,
        **{f"config.{name}": value for name, value in spec.config.items()},
        **{f"task_config.{name}": value for name, value in spec.task_config.items()},
        **record.timings.model_dump(),
        "data": record.key_parts.data or None,
        **{name: provenance.get(name) for name in _PROVENANCE},
        "started_at": record.started_at or None,
        **(dict.fromkeys(_OF_METHODS) if record.external else {}),
    }
    for score in record.scores:
        row[score.metric] = score.value
        if score.interval is not None:
            row[f"{score.metric}.low"] = score.interval.low
            row[f"{score.metric}.high"] = score.interval.high
    return row


def _columns(records: Sequence[RunRecord], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns in an order that does not depend on which run came first."""
    present = {name for row in rows for name in row}
    options = [
        sorted(name for name in present if name.startswith(prefix))
        for prefix in ("config.", "task_config.")
    ]
    metrics = dict.fromkeys(score.metric for record in records for score in record.scores)
    figures = [
        name
        for metric in metrics
        for name in (metric, f"{metric}.low", f"{metric}.high")
        if name in present
    ]
    return [
        *_IDENTITY,
        *(name for group in options for name in group),
        *figures,
        *_TIMINGS,
        "data",
        *_PROVENANCE,
        "started_at",
    ]


def _one_type(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return an option's column as it is if its values are of one plain type, else as JSON text."""
    kinds = {type(v) for v in values if not _is_missing(v)}
    numbers = kinds <= {int, float}
    if numbers or (len(kinds) == 1 and kinds <= {bool, str}):
        return values
    return values.map(lambda v: None if _is_missing(v) else json.dumps(v, sort_keys=True))


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def to_bytes(data: pd.DataFrame, form: str) -> bytes:
    """Return ``data`` as a file: ``csv``, ``parquet`` or ``json`` whole, else the columns for people.

    Args:
        data: What :func:`frame` returned.
        form: One of these three, or one of :data:`harness.tables.FORMATS`.
    """
    if form == "parquet":
        sink = io.BytesIO()
        data.to_parquet(sink, index=False)
        return sink.getvalue()
    if form == "csv":
        return data.to_csv(index=False, lineterminator="\n").encode()
    if form == "json":
        rows = data.to_json(orient="records", force_ascii=False, double_precision=15)
        return (rows + "\n").encode()
    return to_table(data).render(form).encode()  # type: ignore[arg-type]


def to_table(data: pd.DataFrame) -> Table:
    """Return the columns a person reads: identity, options that vary, metrics, wall time, data."""
    keep = [name for name in data.columns if _is_for_people(name, data)]
    columns = [Column(name, name, numeric=any(map(_is_number, data[name]))) for name in keep]
    rows = [
        [_cell(name, value, str(row["key"])) for name, value in row.items() if name in keep]
        for row in data.to_dict(orient="records")
    ]
    return Table(f"{len(data)} runs", columns, rows)


def _is_for_people(name: str, data: pd.DataFrame) -> bool:
    values = data[name]
    if values.isna().all():
        return name in ("key", "method", "task")
    if name.startswith("task_config."):
        return False
    if name.startswith("config."):
        return values.astype(str).nunique() > 1
    last_identity = list(data.columns).index("load_s")
    is_metric = list(data.columns).index(name) < last_identity
    return (is_metric and not name.endswith((".low", ".high"))) or name in ("wall_s", "data_origin")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _cell(name: str, value: Any, run: str) -> CellValue:
    if _is_missing(value):
        return CellValue("")
    if not isinstance(value, float):
        return CellValue(str(value), value, run=run)
    text = amount_text(value) if name == "wall_s" or "." in name else figure_text(value)
    return CellValue(text, value, run=run)
