"""The baseline file: a pinned suite, what it showed, and how far it may move.

The file is JSON, meant to be committed and reviewed as a diff. ``harness check --update`` writes it;
paths in options are written relative to its own folder, so that it reads the same in any checkout.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.errors import BadInput
from harness.runner import Cell
from harness.specs import Device, Request

SCHEMA_VERSION: Final = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Rules(_Part):
    """How tolerances are learned and verdicts given; edit them in the file, ``--update`` keeps them.

    Attributes:
        false_alarm: Chance that a suite whose seeds' noise is drawn anew, and nothing else changed,
            has any metric called worse.
        floor: Smallest tolerance of a metric, absolute below 1 and relative above: rounding.
        widest: A metric that moved inside a tolerance above this share of its baseline cannot be
            told from a worse one.
        timed_runs: Timed runs of each cell, at least; six are the fewest that have an interval.
        timing_floor: Smallest tolerance of a time ratio, relative. Caches and vector units differ
            between processors in ways that no reference workload cancels.
        timing_widest: Times whose learned tolerance is above this are not pinned.
        timing_shortest: Nor are those below this share of the reference's: in a few milliseconds
            the start of the process weighs more than the method.
    """

    false_alarm: float = Field(0.01, gt=0, lt=0.5)
    floor: float = Field(1e-9, gt=0)
    widest: float = Field(0.25, gt=0)
    timed_runs: int = Field(9, ge=6)
    timing_floor: float = Field(0.25, gt=0)
    timing_widest: float = Field(1.0, gt=0)
    timing_shortest: float = Field(0.2, ge=0)


class PinnedMetric(_Part):
    """One metric of one cell.

    Attributes:
        values: One value per seed, in the order of the cell's seeds.
        tolerance: How far the mean may fall behind, in the metric's unit; None where one seed alone
            could not tell what it varies by.
        higher_is_better: As in :class:`harness.task.Metric`.
        unit: As in :class:`harness.task.Metric`.
    """

    values: tuple[float, ...] = Field(min_length=1)
    tolerance: float | None = Field(ge=0)
    higher_is_better: bool = True
    unit: str = ""


class PinnedTiming(_Part):
    """Training and prediction time of one cell in multiples of the reference workload's.

    Attributes:
        ratios: One ratio per timed run.
        tolerance: How much longer the median may take, relative to the baseline's median.
    """

    ratios: tuple[float, ...] = Field(min_length=1)
    tolerance: float = Field(ge=0)


class PinnedCell(_Part):
    """One method with its options on one task, over several seeds, and what it showed.

    Attributes:
        method: Registry name, or a direct target ``package.module:Class``.
        task: Registry name, or a direct target.
        config: Options of the method that differ from its defaults.
        task_config: Options of the task that differ from its defaults.
        preset: Name of a preset of the method.
        backbone: Pretrained model, for methods that take one.
        device: Where the method runs.
        seeds: The seeds.
        data: Fingerprint of the data files.
        metrics: Metric name to what it showed; empty in a suite that was never run.
        timing: What was timed, or None.
        untimed: Why ``timing`` is None, else ``""``.
    """

    method: str
    task: str
    config: dict[str, Any] = Field(default_factory=dict)
    task_config: dict[str, Any] = Field(default_factory=dict)
    preset: str | None = None
    backbone: str | None = None
    device: Device = "cpu"
    seeds: tuple[int, ...] = Field(min_length=1)
    data: str = ""
    metrics: dict[str, PinnedMetric] = Field(default_factory=dict)
    timing: PinnedTiming | None = None
    untimed: str = ""

    @model_validator(mode="after")
    def _one_value_per_seed(self) -> PinnedCell:
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError(f"{self.label}: a seed is listed twice")
        for name, metric in self.metrics.items():
            if len(metric.values) != len(self.seeds):
                raise ValueError(
                    f"{self.label}: {name} has {len(metric.values)} values for "
                    f"{len(self.seeds)} seeds"
                )
        return self

    @property
    def label(self) -> str:
        """The cell in one line for people, the same on every machine."""
        extras = [("preset", self.preset), ("backbone", self.backbone)]
        named = {key: value for key, value in extras if value is not None}
        if self.device != "cpu":
            named["device"] = self.device
        return (
            f"{self.method}{_in_brackets({**self.config, **named})} × "
            f"{self.task}{_in_brackets(self.task_config)}"
        )

    def request(self, folder: Path) -> Request:
        """Return what to run; relative paths are taken from ``folder``, the baseline file's."""
        return Request(
            method=self.method,
            task=self.task,
            overrides=_rooted(self.config, folder),
            task_overrides=_rooted(self.task_config, folder),
            preset=self.preset,
            backbone=self.backbone,
            device=self.device,
        )


class MadeWith(_Part):
    """Where a baseline was made, for people and for telling whether times can be compared."""

    harness_version: str = ""
    commit: str | None = None
    python: str = ""
    platform: str = ""
    cpu: str = ""
    reference: str = ""


class Baseline(_Part):
    """A pinned suite and what it showed.

    Attributes:
        schema_version: Version of this layout.
        rules: How tolerances are learned and verdicts given.
        made_with: Where it was made.
        cells: The suite.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    rules: Rules = Rules()
    made_with: MadeWith = MadeWith()
    cells: tuple[PinnedCell, ...] = ()

    @model_validator(mode="after")
    def _no_cell_twice(self) -> Baseline:
        labels = [cell.label for cell in self.cells]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ValueError(f"{twice[0]}: the cell is listed twice")
        return self


def suite_of(cells: Sequence[Cell], folder: Path) -> tuple[PinnedCell, ...]:
    """Return a suite that was never run: the cells of a sweep, seeds of one request together.

    Args:
        cells: The sweep's cells, with absolute paths.
        folder: The baseline file's folder, which written paths are relative to.
    """
    grouped: dict[str, PinnedCell] = {}
    for cell in cells:
        request = cell.request
        key = request.model_dump_json()
        before = grouped[key].seeds if key in grouped else ()
        grouped[key] = PinnedCell(
            method=request.method,
            task=request.task,
            config=_relative(request.overrides, folder),
            task_config=_relative(request.task_overrides, folder),
            preset=request.preset,
            backbone=request.backbone,
            device=request.device,
            seeds=tuple(dict.fromkeys((*before, cell.seed))),
        )
    return tuple(grouped.values())


def read(path: Path) -> Baseline:
    """Read a baseline file.

    Raises:
        BadInput: The file is missing, cannot be read, or is no baseline; the message says where.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadInput(
            f"{path}: no such baseline; make one with "
            f"`harness check --baseline {path} --update --suite SWEEP.yaml`"
        ) from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return Baseline.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"{path}: not a baseline ({where + ': ' if where else ''}{first['msg']}); restore it, or "
            "make it anew with --update --suite SWEEP.yaml"
        ) from None


def write(path: Path, baseline: Baseline) -> None:
    """Write a baseline file, whole or not at all.

    Raises:
        BadInput: The file cannot be written; an older one is untouched.
    """
    from harness.paths import write_atomically

    try:
        write_atomically(path, baseline.model_dump_json(indent=1).encode() + b"\n")
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from None


def _in_brackets(options: dict[str, Any]) -> str:
    inside = ", ".join(f"{key}={value}" for key, value in options.items())
    return f"({inside})" if inside else ""


def _relative(options: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Write absolute paths of existing files and folders relative to ``folder``."""

    def written(value: Any) -> Any:
        if not (isinstance(value, str) and os.path.isabs(value) and os.path.exists(value)):
            return value
        relative = Path(os.path.relpath(value, folder.absolute())).as_posix()
        return relative if relative.startswith("../") else f"./{relative}"

    return {key: written(value) for key, value in options.items()}


def _rooted(options: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make values that begin with ``./`` or ``../`` absolute, taken from ``folder``."""

    def rooted(value: Any) -> Any:
        if not (isinstance(value, str) and value.startswith(("./", "../"))):
            return value
        return os.path.normpath(folder.absolute() / value)

    return {key: rooted(value) for key, value in options.items()}
