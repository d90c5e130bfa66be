"""What a run leaves behind: one immutable record, complete or absent."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.specs import KeyParts, Limits, Request, RunSpec

SCHEMA_VERSION = 1

Status = Literal["ok", "failed", "skipped", "timeout", "out_of_memory", "unavailable", "stale"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Interval(_Part):
    """A confidence interval.

    Attributes:
        low: Lower end.
        high: Upper end.
        level: Coverage aimed at, such as 0.95.
        method: How it was computed, for people.
    """

    low: float
    high: float
    level: float
    method: str


class Score(_Part):
    """One metric's value, or the reason why there is none.

    Attributes:
        metric: The metric's name.
        value: Its value, or None.
        reason: Why ``value`` is None, else ``""``.
        interval: Confidence interval over examples, where the task can resample.
        unit: As in :class:`harness.task.Metric`.
        higher_is_better: As in :class:`harness.task.Metric`.
        primary: As in :class:`harness.task.Metric`.
    """

    metric: str
    value: float | None
    reason: str = ""
    interval: Interval | None = None
    unit: str = ""
    higher_is_better: bool = True
    primary: bool = False


class Timings(_Part):
    """Where the time went, in seconds of wall clock unless said otherwise.

    Attributes:
        load_s: Reading the data.
        train_s: ``Method.train``.
        predict_s: ``Method.predict``.
        score_s: The official scorer and the intervals.
        wall_s: The whole run.
        cpu_s: User and system time of the run's process and its children.
        examples: Number of inputs predicted.
        throughput_per_s: Inputs predicted a second.
        peak_memory_bytes: Largest resident set of the run's process.
    """

    load_s: float = 0.0
    train_s: float = 0.0
    predict_s: float = 0.0
    score_s: float = 0.0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    examples: int = 0
    throughput_per_s: float | None = None
    peak_memory_bytes: int = 0


class Provenance(_Part):
    """Where and with what a run was made.

    Attributes:
        harness_version: This package's version.
        commit: Commit of the checkout it ran from, or None outside one.
        dirty: Whether that checkout had uncommitted changes, or None outside one.
        python: Version of the interpreter.
        platform: Operating system and architecture.
        cpu: Processor model.
        cores: Processors this process may use.
        gpu: GPU model and driver, or None.
        threads: Threads given to numerical libraries.
        environment: Variables that change results or timings, where set.
        data_origin: Where the data came from, for people.
        mini: Whether the data are the embedded mini world's; None if the run never got to them.
        command: The command line.
    """

    harness_version: str
    commit: str | None
    dirty: bool | None
    python: str
    platform: str
    cpu: str
    cores: int
    gpu: str | None
    threads: int
    environment: dict[str, str]
    data_origin: str = ""
    mini: bool | None = None
    command: str = ""


class Failure(_Part):
    """Why a run is not ok.

    Attributes:
        kind: ``bad_input``, ``unavailable``, ``error``, ``crash``, ``interrupted``, ``timeout``,
            ``out_of_memory``, ``incompatible``, ``never_run``, ``edited``, ``stale``.
        message: One line for people.
        traceback: The traceback, where there is one.
        log: The last lines the run printed.
    """

    kind: str
    message: str
    traceback: str = ""
    log: str = ""


class RunRecord(_Part):
    """One run: what was asked, what came out, where and with what.

    Attributes:
        schema_version: Version of this layout.
        key: The run's key.
        spec: The run, completely.
        request: What was asked for; planning it again tells whether the record is stale.
        key_parts: What the key was made of.
        status: Exactly one; only ``ok`` records have scores.
        failure: Why the status is not ok.
        scores: One per metric of the task.
        details: Further figures by name.
        examples_sha256: Digest of the per-example table beside the record, or ``""``.
        timings: Where the time went.
        limits: What the run was allowed.
        provenance: Where and with what.
        started_at: ISO 8601, UTC.
        submission: Name of the file that holds the predictions, if they were made elsewhere and
            only scored here (see :mod:`harness.external`); its digest is in ``spec.config``.
    """

    schema_version: int = SCHEMA_VERSION
    key: str
    spec: RunSpec
    request: Request
    key_parts: KeyParts
    status: Status
    failure: Failure | None = None
    scores: tuple[Score, ...] = ()
    details: dict[str, dict[str, float]] = Field(default_factory=dict)
    examples_sha256: str = ""
    timings: Timings = Timings()
    limits: Limits = Limits()
    provenance: Provenance | None = None
    started_at: str = ""
    submission: str = ""

    @property
    def external(self) -> bool:
        """Whether the predictions were made elsewhere: nothing is known of their cost."""
        return bool(self.submission)

    def on_same_data(self, other: RunRecord) -> bool:
        """Tell whether figures of this run and ``other`` may stand side by side.

        Two runs of ours must have read the same files. Predictions made elsewhere need only have
        been scored against the same targets: what they were made from is not ours to know.
        """
        mine, theirs = self.key_parts, other.key_parts
        if self.external or other.external:
            return bool(mine.targets) and mine.targets == theirs.targets
        return mine.data == theirs.data

    def score(self, metric: str | None = None) -> Score | None:
        """Return the score called ``metric`` (the primary one if None), or None."""
        for score in self.scores:
            if score.metric == metric or (metric is None and score.primary):
                return score
        return None

    def values(self) -> dict[str, float]:
        """Return metric name to value, absent ones left out."""
        return {s.metric: s.value for s in self.scores if s.value is not None}

    def as_stale(self, why: str) -> RunRecord:
        """Return this record as a stale one: its scores withheld, with the reason."""
        failure = Failure(kind="stale", message=f"stale: {why}")
        return self.model_copy(
            update={"status": "stale", "failure": failure, "scores": (), "details": {}}
        )

    def summary(self) -> dict[str, Any]:
        """Return what scripts read: ``run``, ``status``, ``scores`` and what identifies the run."""
        return {
            "run": self.key,
            "status": self.status,
            "method": self.spec.method,
            "task": self.spec.task,
            "seed": self.spec.seed,
            "config": self.spec.config,
            "external": self.external,
            "scores": self.values(),
            "intervals": {
                s.metric: [s.interval.low, s.interval.high] for s in self.scores if s.interval
            },
            "absent": {s.metric: s.reason for s in self.scores if s.value is None},
            "reason": self.failure.message if self.failure else "",
            "data": self.provenance.data_origin if self.provenance else "",
            "wall_s": self.timings.wall_s,
        }
