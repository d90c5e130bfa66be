"""Which runs may stand in one table: those scored on the same examples of the same data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness import config, registry
from harness.errors import HarnessError
from harness.external import PREDICTIONS_OPTION
from harness.plan import path_options
from harness.record import RunRecord
from harness.task import Task

_SHOWN_DIGITS = 8
"""Hexadecimal digits of a digest that tell submissions of the same name apart."""


@dataclass(frozen=True, slots=True)
class Group:
    """Runs of one task on the same data.

    Attributes:
        origin: Where the data came from, for people.
        mini: Whether they are embedded synthetic data; None if no run got to read them.
        fingerprint: Digest of the data's contents, ``""`` if they were never read.
        options: The task's options that differ from its defaults; of paths, the file's name.
        records: The runs, superseded stale ones left out.
    """

    origin: str
    mini: bool | None
    fingerprint: str
    options: Mapping[str, Any]
    records: Sequence[RunRecord]

    @property
    def label(self) -> str:
        """The data for a title: origin, whether synthetic, and the task's options."""
        return describe_data(shorten(self.origin), self.mini) + "".join(
            f", {name} = {value}" for name, value in self.options.items()
        )


def describe_data(origin: str, mini: bool | None) -> str:
    """Return where data came from, saying so if they are synthetic."""
    return f"{origin} (synthetic)" if mini else origin


def shorten(origin: str) -> str:
    """Return the last two parts of a path, or the origin itself: figures do not depend on the rest."""
    return "/".join(origin.split("/")[-2:])


def by_data(records: Iterable[RunRecord], task: type[Task]) -> list[Group]:
    """Split runs of ``task`` by the data they were scored on: real ones first, then by origin.

    The fingerprint decides, not the path, and so do options that change which examples are scored.
    Predictions made elsewhere stand in every group that was scored against the same targets. Runs
    that never read their data, and stale ones, join the group that was asked for like them.
    """
    chosen = sorted(records, key=lambda r: (r.started_at, r.key))
    settled = [r for r in chosen if r.key_parts.data and r.status != "stale"]
    rest = [r for r in chosen if not (r.key_parts.data and r.status != "stale")]
    paths = path_options(task.Config)
    members: dict[str, list[RunRecord]] = {}
    for record in (r for r in settled if not r.external):
        members.setdefault(_identity(record, paths), []).append(record)
    ours = list(members.values())
    for record in (r for r in settled if r.external):
        options = _other_options(record, paths)
        homes = [
            runs
            for runs in ours
            if record.on_same_data(runs[0]) and options == _other_options(runs[0], paths)
        ]
        for runs in homes or [members.setdefault(_identity(record, paths), [])]:
            runs.append(record)
    for record in rest:
        wanted = record.request.task_overrides
        home = next(
            (k for k, v in members.items() if any(r.request.task_overrides == wanted for r in v)),
            _identity(record, paths),
        )
        members.setdefault(home, []).append(record)
    groups = [_group(runs, task, paths) for _, runs in sorted(members.items())]
    return sorted(groups, key=lambda g: (g.mini is True, g.label))


def _identity(record: RunRecord, paths: Iterable[str]) -> str:
    return json.dumps([record.key_parts.data, _other_options(record, paths)], sort_keys=True)


def _other_options(record: RunRecord, paths: Iterable[str]) -> dict[str, Any]:
    """Return the task's options of a run, but those that say where data lie."""
    return {k: v for k, v in record.spec.task_config.items() if k not in paths}


def _group(records: Sequence[RunRecord], task: type[Task], paths: Iterable[str]) -> Group:
    read = sorted(
        (r.provenance.data_origin, r.provenance.mini)
        for r in records
        if r.provenance and r.provenance.data_origin
    )
    first = records[0]
    origin, mini = read[0] if read else (_asked_for(first, paths), None)
    options = difference(first.spec.task_config, task.Config)
    files = {n: str(options[n]).rpartition("/")[2] for n in options if n in paths}
    return Group(
        origin=origin,
        mini=mini,
        fingerprint=first.key_parts.data,
        options={
            name: files.get(name, value)
            for name, value in options.items()
            # A folder that the origin lies in says nothing new.
            if not (name in files and origin.startswith(str(value)))
        },
        records=tuple(_current(records)),
    )


def _asked_for(record: RunRecord, paths: Iterable[str]) -> str:
    """Return what data a run was to read that never read any."""
    asked = [
        str(record.request.task_overrides[p]) for p in paths if p in record.request.task_overrides
    ]
    return f"{', '.join(asked) or 'default data'}, never read"


def _current(records: Sequence[RunRecord]) -> list[RunRecord]:
    """Leave out stale runs that were made again, and all but the newest of those that were not."""
    known = {name for r in records if r.status != "stale" for name in _asked(r)}
    kept = []
    for record in reversed(records):
        if record.status == "stale":
            if known & _asked(record):
                continue
            known |= _asked(record)
        kept.append(record)
    return kept[::-1]


def _asked(record: RunRecord) -> set[str]:
    """Return what was asked for, by hand and in full: either tells that a run was made again."""
    spec = record.spec.model_dump(mode="json", include={"method", "config", "backbone", "device"})
    seed = record.spec.seed
    return {f"{seed} {record.request.model_dump_json()}", f"{seed} {json.dumps(spec)}"}


def difference(values: Mapping[str, Any], options: type[config.Config]) -> dict[str, Any]:
    """Return the values that differ from the defaults of ``options``, in the order of its fields."""
    defaults = {
        name: info.get_default(call_default_factory=True)
        for name, info in options.model_fields.items()
        if not info.is_required()
    }
    plain = json.loads(json.dumps(defaults, default=str))
    names = [*options.model_fields, *sorted(values.keys() - options.model_fields.keys())]
    return {
        name: values[name]
        for name in names
        if name in values and not (name in plain and values[name] == plain[name])
    }


def config_delta(record: RunRecord) -> str:
    """Return how a run differs from its method's defaults: ``"decay = linear, device = cuda"``.

    Where the method cannot be loaded any more, what was asked for stands in. Predictions made
    elsewhere have no options that we know of: file and digest tell one submission from another.
    """
    spec = record.spec
    if record.external:
        digest = str(spec.config[PREDICTIONS_OPTION])
        return f"external: {record.submission}, sha256 {digest[:_SHOWN_DIGITS]}"
    try:
        changed = difference(spec.config, registry.methods.load(spec.method).Config)
    except HarnessError:
        changed = dict(record.request.overrides)
    if spec.backbone:
        changed["backbone"] = spec.backbone
    if spec.device != "cpu":
        changed["device"] = spec.device
    return ", ".join(f"{name} = {_plain(value)}" for name, value in changed.items())


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
