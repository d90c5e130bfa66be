"""Suites: benchmarks of several tasks with one number, such as SuperGLUE.

Nothing runs under a suite's name. Asking for it runs its members as ordinary cells, shared with
whoever asks for one of them; the aggregate is made of their records each time it is shown, and is
never stored. It is the unweighted mean of the members' primary figures; a task with two figures
averages them first, in its own primary one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness import registry
from harness.errors import BadInput
from harness.record import Failure, Interval, Provenance, RunRecord, Score, Status, Timings
from harness.specs import KeyParts
from harness.task import Absent

if TYPE_CHECKING:
    from harness.runner import Result
    from harness.store import Store

SCORE = "score"
"""The aggregate's name."""


@dataclass(frozen=True, slots=True)
class Suite:
    """One benchmark of several tasks; registered under ``harness.suites``, as literals.

    Attributes:
        name: The registry name, which is no task's.
        title: One line for people.
        members: Registry names of its tasks, in the benchmark's order.
    """

    name: str
    title: str
    members: tuple[str, ...]

    def short(self, member: str) -> str:
        """Return what a member is called within the suite: ``rte`` for ``superglue/rte``."""
        return member.removeprefix(f"{self.name}/")

    def mean(self, figures: Mapping[str, float | Absent]) -> float | Absent:
        """Return the unweighted mean over all members.

        Args:
            figures: Member to its primary figure, between 0 and 1 (correlations: -1 and 1). One
                left out is absent, and with it the mean: over fewer tasks it is another number.

        Raises:
            BadInput: A figure is a percentage, or of a task that is no member.
        """
        values = []
        for name, value in figures.items():
            if name not in self.members:
                raise BadInput(f"{name} is no member of {self.name}: {', '.join(self.members)}")
            if not isinstance(value, Absent):
                if not -1 <= value <= 1:
                    raise BadInput(f"{name}: {value} is no fraction; give fractions, not percent")
                values.append(value)
        if len(values) < len(self.members):
            lacking = [n for n in self.members if not isinstance(figures.get(n), float | int)]
            return Absent(f"no figure for {', '.join(lacking)}")
        return sum(values) / len(values)

    def record(
        self, members: Mapping[str, RunRecord | Absent], interval: Interval | None = None
    ) -> RunRecord:
        """Return the members' records as one, with the aggregate for its primary score.

        Its key is the members' keys, its task options what was asked of all of them.

        Args:
            members: Member to its record, or why there is none; at least one record.
            interval: The aggregate's, if it was computed.
        """
        runs = [run for run in members.values() if isinstance(run, RunRecord)]
        first = runs[0]
        figures = {name: _figure(members.get(name, Absent("not run"))) for name in self.members}
        options = first.request.task_overrides
        status, failure = _status({n: members.get(n, Absent("not run")) for n in self.members})
        return first.model_copy(
            update={
                "key": " ".join(run.key for run in runs),
                "spec": first.spec.model_copy(update={"task": self.name, "task_config": options}),
                "request": first.request.model_copy(update={"task": self.name}),
                "key_parts": KeyParts(
                    data=" ".join(run.key_parts.data for run in runs), sources={}, packages={}
                ),
                "status": status,
                "failure": failure,
                "scores": (
                    _score(SCORE, self.mean(figures), interval, primary=True),
                    *(_score(self.short(name), figure) for name, figure in figures.items()),
                ),
                "details": {},
                "examples_sha256": "",
                "timings": _sum(run.timings for run in runs),
                "provenance": _provenance(runs),
                "started_at": min(run.started_at for run in runs),
            }
        )


@dataclass(frozen=True, slots=True)
class Whole:
    """One suite's runs of one method, configuration and seed.

    Attributes:
        suite: The suite.
        members: Member to its record.
        record: The aggregate with the members' figures.
        cached: Whether every member was known before.
    """

    suite: Suite
    members: Mapping[str, RunRecord]
    record: RunRecord
    cached: bool

    def summary(self) -> dict[str, Any]:
        """Return what scripts read: the shape of any run's, and ``members``, the runs by task."""
        runs = {name: record.key for name, record in self.members.items()}
        return {**self.record.summary(), "cached": self.cached, "members": runs}


def join(results: Iterable[Result], store: Store) -> list[Whole]:
    """Return the suites that were asked for, made of their members' results."""
    together: dict[tuple[str, str, int], dict[str, Result]] = {}
    for result in results:
        if result.cell.suite:
            asked = result.cell.request.model_dump_json(exclude={"task"})
            found = together.setdefault((result.cell.suite, asked, result.cell.seed), {})
            found[result.cell.request.task] = result
    return [
        _whole(registry.suites.load(name), results, store)
        for (name, _, _), results in together.items()
    ]


def _whole(suite: Suite, results: Mapping[str, Result], store: Store) -> Whole:
    from harness import stratified

    members = {n: results[n].record for n in suite.members if n in results}
    complete = len(members) == len(suite.members) and all(
        one.status == "ok" for one in members.values()
    )
    interval = stratified.interval_of(members, store) if complete else None
    cached = all(result.cached for result in results.values())
    return Whole(suite, members, suite.record(members, interval), cached)


def find(name: str) -> Suite | None:
    """Return the suite called ``name``, None if there is none or a task has that name."""
    if name in registry.tasks.names() or name not in registry.suites.names():
        return None
    return registry.suites.load(name)


def expand(tasks: Iterable[str]) -> list[tuple[str, str]]:
    """Return every task with the suite that it stands for, ``""`` for one asked for by itself."""
    expanded: dict[tuple[str, str], None] = {}
    for name in tasks:
        suite = find(name)
        members = [(name, "")] if suite is None else [(m, suite.name) for m in suite.members]
        expanded.update(dict.fromkeys(members))
    return list(expanded)


def _figure(member: RunRecord | Absent) -> float | Absent:
    if isinstance(member, Absent):
        return member
    score = member.score()
    if score is not None and score.value is not None:
        return score.value
    return Absent(score.reason if score else _reason(member))


def _reason(member: RunRecord) -> str:
    return member.failure.message if member.failure else f"it is {member.status}"


def _score(
    name: str,
    value: float | Absent,
    interval: Interval | None = None,
    *,
    primary: bool = False,
) -> Score:
    if isinstance(value, Absent):
        return Score(metric=name, value=None, reason=value.reason, primary=primary)
    return Score(metric=name, value=value, interval=interval, primary=primary)


def _status(members: Mapping[str, RunRecord | Absent]) -> tuple[Status, Failure | None]:
    """Return the status that all members share, else that something failed, with every reason."""
    lacking = {n: m for n, m in members.items() if isinstance(m, Absent) or m.status != "ok"}
    if not lacking:
        return "ok", None
    statuses: set[Status] = {
        "skipped" if isinstance(m, Absent) else m.status for m in lacking.values()
    }
    status = statuses.pop() if len(statuses) == 1 else "failed"
    kinds = {
        "never_run" if isinstance(m, Absent) else m.failure.kind if m.failure else m.status
        for m in lacking.values()
    }
    reasons: dict[str, list[str]] = {}
    for name, member in lacking.items():
        why = member.reason if isinstance(member, Absent) else _reason(member)
        reasons.setdefault(why, []).append(name)
    message = "; ".join(f"{', '.join(names)}: {why}" for why, names in reasons.items())
    return status, Failure(kind=kinds.pop() if len(kinds) == 1 else "error", message=message)


def _sum(timings: Iterable[Timings]) -> Timings:
    """Return times and examples in all, and the largest memory; throughput anew."""
    each = list(timings)
    parts = ("load_s", "train_s", "predict_s", "score_s", "wall_s", "cpu_s", "examples")
    total = {name: sum(getattr(one, name) for one in each) for name in parts}
    rate = total["examples"] / total["predict_s"] if total["predict_s"] else None
    peak = max(one.peak_memory_bytes for one in each)
    return Timings(**total, throughput_per_s=rate, peak_memory_bytes=peak)


def _provenance(runs: Sequence[RunRecord]) -> Provenance | None:
    """Return the first run's that read its data, the origin cut to what all have in common."""
    read = [run.provenance for run in runs if run.provenance and run.provenance.data_origin]
    if not read:
        return runs[0].provenance
    origins = [one.data_origin for one in read]
    shared = _shared_beginning(origins)
    mini = all(one.mini for one in read)
    return read[0].model_copy(update={"data_origin": shared or origins[0], "mini": mini})


def _shared_beginning(origins: Sequence[str]) -> str:
    """Return what all begin with, up to a slash or a comma: ``"embedded mini world"``, a folder."""
    first, last = min(origins), max(origins)
    if first == last:
        return first
    same = next((i for i, pair in enumerate(zip(first, last, strict=False)) if len({*pair}) > 1), 0)
    return first[: max(first.rfind("/", 0, same), first.rfind(", ", 0, same), 0)]
