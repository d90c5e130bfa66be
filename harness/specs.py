"""What one run is: a frozen specification, and the limits it runs under."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from harness.errors import BadInput

Device = Literal["cpu", "cuda"]


class Request(BaseModel):
    """What somebody asked for, before defaults and presets are filled in; seeds aside.

    Attributes:
        method: Registry name, or a direct target ``package.module:Class``.
        task: Registry name, or a direct target.
        overrides: Options of the method that were set by hand or by a config file.
        task_overrides: Options of the task that were set, data paths among them.
        preset: Name of a preset of the method.
        backbone: A Hugging Face name or a local path, for methods that take one.
        device: Where the method runs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str
    task: str
    overrides: dict[str, Any] = Field(default_factory=dict)
    task_overrides: dict[str, Any] = Field(default_factory=dict)
    preset: str | None = None
    backbone: str | None = None
    device: Device = "cpu"

    @field_validator("overrides", "task_overrides")
    @classmethod
    def _plain(cls, options: dict[str, Any]) -> dict[str, Any]:
        """Refuse what JSON cannot hold: it would be lost on the way into a record or a key."""
        for key, value in options.items():
            try:
                json.dumps(value, allow_nan=False)
            except ValueError:
                raise BadInput(f"{key} = {value!r} is not valid: numbers must be finite") from None
            except TypeError as error:
                raise BadInput(f"{key} = {value!r} is not valid: {error}") from None
        return options


class RunSpec(BaseModel):
    """One run, completely: every option has its value.

    Attributes:
        method: The method's registry name.
        config: All its options.
        task: The task's registry name.
        task_config: All its options.
        seed: The run's seed.
        preset: The preset the options came from, if any; it does not enter the run's key.
        backbone: The pretrained model, if the method takes one.
        device: Where the method runs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str
    config: dict[str, Any]
    task: str
    task_config: dict[str, Any]
    seed: int
    preset: str | None = None
    backbone: str | None = None
    device: Device = "cpu"


class Limits(BaseModel):
    """What a run may use; reaching a limit ends the run, not the sweep.

    Attributes:
        time_s: Wall-clock seconds, or None for no limit.
        memory_bytes: Resident memory of the run's processes, or None for no limit.
        threads: Threads for numerical libraries.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    time_s: float | None = Field(default=None, gt=0)
    memory_bytes: int | None = Field(default=None, gt=0)
    threads: int = Field(default=1, ge=1)


class KeyParts(BaseModel):
    """Everything a run's key is made of, kept so that a stale record can say what changed.

    Attributes:
        data: Fingerprint of the data files.
        sources: Module name to source digest, for the method's and the task's closure.
        packages: Third-party package to version, for those in the closure.
        targets: Fingerprint of those data files that predictions are scored against. They are
            among the data, so it adds nothing to the key; it tells that two runs whose methods
            read different inputs were judged on the same examples.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: str
    sources: dict[str, str]
    packages: dict[str, str]
    targets: str = ""

    def digest(self) -> str:
        """Return one digest over all parts."""
        return _digest(self.model_dump(exclude={"targets"}))

    def difference(self, other: KeyParts) -> str:
        """Return, in words, what differs from ``other``; empty if nothing does."""
        words = ["data"] if self.data != other.data else []
        for mine, theirs in ((self.sources, other.sources), (self.packages, other.packages)):
            words += sorted(n for n in mine.keys() | theirs.keys() if mine.get(n) != theirs.get(n))
        return ", ".join(words)


def run_key(spec: RunSpec, parts_digest: str, path_options: Iterable[str] = ()) -> str:
    """Return the run's key: 16 hexadecimal digits over the specification and :class:`KeyParts`.

    Args:
        spec: The run.
        parts_digest: ``KeyParts.digest()``.
        path_options: Task options that say where data lie. Their contents are in the fingerprint,
            so the place does not enter the key: the same files elsewhere are the same run.
    """
    content = spec.model_dump(mode="json", exclude={"preset"})
    for option in path_options:
        content["task_config"].pop(option, None)
    return _digest([content, parts_digest])[:16]


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
