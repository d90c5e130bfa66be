"""A grid of runs, written down: methods × tasks × options × seeds.

.. code-block:: yaml

    methods:
      - nms
      - name: soft_nms
        config: {decay: gaussian}
        grid: {sigma: [0.3, 0.5, 0.7]}
    tasks:
      - coco
      - {name: coco, config: {data: ../coco/val2017}}
    seeds: 0..4

Relative paths in a task's options are taken from the sweep file's folder.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from harness import api
from harness.config import read_config_file
from harness.errors import BadInput
from harness.runner import Cell
from harness.specs import Device, Request


class _Axis(BaseModel):
    """One method or task with options fixed in ``config`` and varied in ``grid``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    config: dict[str, Any] = Field(default_factory=dict)
    grid: dict[str, list[Any]] = Field(default_factory=dict)

    def points(self) -> Iterator[dict[str, Any]]:
        """Yield the options of every point of the grid, in the order written."""
        for values in itertools.product(*self.grid.values()):
            yield {**self.config, **dict(zip(self.grid, values, strict=True))}


class Sweep(BaseModel):
    """What a sweep file says.

    Attributes:
        methods: Methods, each by name or with options.
        tasks: Tasks, each by name or with options.
        seeds: A number of seeds, a list, or a range as in ``0..4``.
        preset: Preset for all methods.
        backbone: Pretrained model for methods that take one.
        device: Where the runs happen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    methods: list[_Axis] = Field(min_length=1)
    tasks: list[_Axis] = Field(min_length=1)
    seeds: list[int] = [0]
    preset: str | None = None
    backbone: str | None = None
    device: Device = "cpu"

    @field_validator("methods", "tasks", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        """Accept a plain name for an axis."""
        if isinstance(value, str):
            value = [value]
        if isinstance(value, list):
            return [{"name": item} if isinstance(item, str) else item for item in value]
        return value

    @field_validator("seeds", mode="before")
    @classmethod
    def _seeds(cls, value: Any) -> Any:
        """Accept a count or a range for the seeds."""
        if isinstance(value, int):
            return list(range(value))
        if isinstance(value, str):
            try:
                return api.seeds(value)
            except BadInput as error:
                raise ValueError(str(error)) from None
        return value

    def cells(self, folder: Path) -> Sequence[Cell]:
        """Return every cell of the grid, suites expanded; relative paths start from ``folder``."""
        from harness import suite

        return [
            Cell(
                Request(
                    method=method.name,
                    task=name,
                    overrides=options,
                    task_overrides=_rooted(task_options, folder),
                    preset=self.preset,
                    backbone=self.backbone,
                    device=self.device,
                ),
                seed,
                whole,
            )
            for method in self.methods
            for options in method.points()
            for task in self.tasks
            for name, whole in suite.expand([task.name])
            for task_options in task.points()
            for seed in self.seeds
        ]


def read(path: Path) -> Sequence[Cell]:
    """Read a sweep file and return its cells.

    Raises:
        BadInput: The file is missing, does not parse, or says something a sweep does not know.
    """
    data = read_config_file(path)
    try:
        sweep = Sweep.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{path}: {where}: {first['msg']}") from None
    return sweep.cells(path.absolute().parent)


def _rooted(options: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make values that name an existing file or folder beside the sweep file absolute."""
    rooted = {}
    for key, value in options.items():
        beside = os.path.join(folder, value) if isinstance(value, str) else ""
        rooted[key] = beside if os.path.exists(beside) else value
    return rooted
