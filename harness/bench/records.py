"""The record of a bench run, and the folder it is kept in.

One run of ``harness bench KERNEL`` is one immutable JSON file,
``<store>/bench/<kernel>/<UTC time>-<first 8 of digest>.json``: what ran, in which environment,
with every raw sample.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.errors import StoreError
from harness.kernel import Device
from harness.paths import store_root, write_atomically

Status = Literal["ok", "wrong", "failed", "unavailable", "skipped"]
CacheState = Literal["warm", "cold"]


class _Model(BaseModel):
    """Immutable, closed, finite numbers only."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Summary(_Model):
    """Quantiles of the samples, nanoseconds a call."""

    median_ns: float
    p10_ns: float
    p90_ns: float
    n: int


class Ratio(_Model):
    """How many times as long another implementation takes in the same run; above 1, this is faster.

    ``low`` and ``high`` bound the 95 % interval, None where the samples were too few for one.
    """

    ratio: float
    low: float | None
    high: float | None


class Roofline(_Model):
    """The least time the machine's ceilings allow, and the share of it that was reached.

    Attributes:
        attainable_ns: That least time.
        share: ``attainable_ns`` over the measured median. Well above 1, the timing is wrong, the
            result was stored rather than computed, or the cost model counts too much.
        bound: The memory level whose bandwidth sets the limit, or ``compute``.
    """

    attainable_ns: float
    share: float
    bound: str


class Bandwidth(_Model):
    """Copy bandwidth at one level of the memory hierarchy, bytes read plus bytes written.

    Attributes:
        level: ``L1``, ``L2``, ``L3`` or ``memory``.
        holds_bytes: The most data that live there, all threads together; None for memory.
        bytes_per_s: The rate, None where it cannot be measured.
    """

    level: str
    holds_bytes: int | None
    bytes_per_s: float | None


class Ceilings(_Model):
    """Measured limits of a device.

    Attributes:
        device: ``cpu`` or ``cuda``.
        threads: CPU threads that were used.
        bandwidths: From the nearest level to memory.
        flops_per_s: Peak arithmetic rate in ``flops_dtype``, a multiply-add counted as two.
        flops_dtype: The element type of that rate.
        source: How the figures came about.
    """

    device: Device
    threads: int
    bandwidths: tuple[Bandwidth, ...]
    flops_per_s: float
    flops_dtype: str
    source: str


class Environment(_Model):
    """Where a run took place; what a system does not tell is None.

    Attributes:
        cpu: The processor's name.
        cores: Cores this process may run on.
        load: Load average of the last minute before the run; others' work disturbs timings.
        gpu: The GPU's name.
        gpu_driver: Its driver's version.
        gpu_state: Clocks, temperature, power and throttling, as far as NVML tells.
        os: System, release and architecture.
        python: Version.
        packages: Import name to version of the packages that matter.
    """

    cpu: str
    cores: int
    load: float | None
    gpu: str | None
    gpu_driver: str | None
    gpu_state: dict[str, float | str]
    os: str
    python: str
    packages: dict[str, str]


class BenchRecord(_Model):
    """One implementation on one case under one set of conditions.

    Attributes:
        case: The case's name.
        size: Its named dimensions.
        implementation: The implementation's name.
        peer: Whether it is somebody else's work.
        device: Where it ran.
        threads: CPU threads it was allowed.
        cache: Whether caches were warm or emptied before each call.
        status: ``ok``; ``wrong``: its output differs from the reference's; ``failed``: it raised;
            ``unavailable``: something it needs is missing; ``skipped``: too large for it.
        reason: Why the status is not ``ok``, or what is odd about the timing; one line.
        detail: The traceback of a failure.
        samples_ns: Every sample, nanoseconds a call, in the order of rounds.
        loops: Calls inside each sample.
        summary: Quantiles of the samples.
        ratio_to: Other implementation to its time over this one's.
        ns_per_pair: Median time per inner step of the cost model.
        bytes: Bytes that must move, by the cost model.
        flops: Operations that must be done, by the cost model.
        roofline: The time set against the ceilings.
    """

    case: str
    size: dict[str, int]
    implementation: str
    peer: bool
    device: Device
    threads: int
    cache: CacheState
    status: Status
    reason: str = ""
    detail: str = ""
    samples_ns: tuple[float, ...] = ()
    loops: int = 0
    summary: Summary | None = None
    ratio_to: dict[str, Ratio] = Field(default_factory=dict)
    ns_per_pair: float | None = None
    bytes: float | None = None
    flops: float | None = None
    roofline: Roofline | None = None

    @model_validator(mode="after")
    def _timed_exactly_if_ok(self) -> Self:
        if (self.status == "ok") != (self.summary is not None):
            raise ValueError(f"status {self.status!r} does not go with summary {self.summary!r}")
        return self


class BenchRun(_Model):
    """Everything one ``harness bench`` command measured.

    Attributes:
        schema_version: Of this layout.
        kernel: The kernel's registry name.
        baseline: The implementation that tables show ratios against.
        source_digest: Digest of every source the kernel imports; timings of other sources are
            stale.
        code_version: Version of this package.
        started_at: UTC.
        seed: From which the inputs were drawn.
        budget_s: Seconds allowed per case and number of threads.
        thread_control: Libraries that were held to the number of threads.
        environment: Machine and software.
        ceilings: Measured limits, one entry per device and number of threads.
        rows: The measurements.
    """

    schema_version: Literal[1] = 1
    kernel: str
    baseline: str
    source_digest: str
    code_version: str
    started_at: datetime
    seed: int
    budget_s: float
    thread_control: tuple[str, ...]
    environment: Environment
    ceilings: tuple[Ceilings, ...]
    rows: tuple[BenchRecord, ...]


def save_bench_run(run: BenchRun, root: Path | None = None) -> Path:
    """Write ``run`` whole or not at all and return its path.

    Raises:
        StoreError: The folder cannot be written.
    """
    data = run.model_dump_json(indent=1).encode() + b"\n"
    stamp = run.started_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(data).hexdigest()[:8]
    path = store_root(root) / "bench" / run.kernel / f"{stamp}-{digest}.json"
    try:
        write_atomically(path, data)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def committed_records() -> Path:
    """Return the folder of measured results kept with the code: ``reports/records``."""
    return Path(__file__).resolve().parents[1] / "reports" / "records"


def default_folders() -> tuple[Path, ...]:
    """Return where bench runs are looked for: the store, then the committed records."""
    return store_root(), committed_records()


def load_bench_runs(kernel: str, folders: Iterable[Path] | None = None) -> Sequence[BenchRun]:
    """Return the runs of ``kernel`` in ``folders`` (see :func:`default_folders`), newest first.

    Each folder is searched at ``bench/<kernel>/*.json``. A file that does not parse is named in a
    warning and left out.
    """
    runs: list[BenchRun] = []
    for folder in default_folders() if folders is None else folders:
        for path in sorted((folder / "bench" / kernel).glob("*.json")):
            try:
                runs.append(BenchRun.model_validate_json(path.read_bytes()))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in first["loc"]) or "the file"
                warnings.warn(f"{path}: left out: {where}: {first['msg']}", stacklevel=2)
            except OSError as error:
                warnings.warn(f"{path}: left out: {error.strerror or error}", stacklevel=2)
    return sorted(runs, key=lambda run: run.started_at, reverse=True)
