"""Which records still hold: a figure is shown only while planning its request gives its key again."""

from __future__ import annotations

from collections.abc import Iterable

from harness.errors import HarnessError
from harness.plan import PlannedRun, Planner
from harness.record import RunRecord

_NAMED = 3
"""How many changed things a reason names; the rest is counted."""


def fresh(records: Iterable[RunRecord], planner: Planner | None = None) -> list[RunRecord]:
    """Return ``records`` in their order, those that no longer hold turned stale, with the reason.

    A record holds while its request and seed plan to its key. A source, the data, a package or a
    default that changed gives another key; a method that is gone, or data that are missing, give
    none. Stale records carry no scores. Of predictions made elsewhere, the task and the data
    decide: the file they came from is not needed again.

    Args:
        records: Records of one store or several.
        planner: What plans them; it remembers what it learns.
    """
    planner = planner or Planner()
    return [_checked(record, planner) for record in records]


def _checked(record: RunRecord, planner: Planner) -> RunRecord:
    if record.status == "stale":
        return record
    try:
        planned = planner.plan(record.request, record.spec.seed, external=record.external)
    except HarnessError as error:
        return record if _never_planned(record) else record.as_stale(str(error))
    if planned.key == record.key:
        return record
    if _never_planned(record):
        return record.as_stale("it could not run here then and can now; run it again")
    return record.as_stale(f"{_difference(record, planned)} changed")


def _never_planned(record: RunRecord) -> bool:
    """Tell whether the record only says why a run could not even be planned."""
    return record.status in ("skipped", "unavailable") and not record.key_parts.sources


def _difference(record: RunRecord, planned: PlannedRun) -> str:
    """Return, in words, what makes the run that would be made today another one."""
    parts = record.key_parts.difference(planned.parts)
    names = parts.split(", ") if parts else _changed_options(record, planned)
    shown = ", ".join(names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown


def _changed_options(record: RunRecord, planned: PlannedRun) -> list[str]:
    then, now = record.spec.model_dump(mode="json"), planned.spec.model_dump(mode="json")
    options = [
        f"{part}.{name}"
        for part in ("config", "task_config")
        for name in sorted(then[part].keys() | now[part].keys())
        if then[part].get(name) != now[part].get(name)
    ]
    return options or ["the layout of run keys"]
