"""What the stored bench runs say about a kernel as it is now.

Leaderboards and ``harness show`` read kernel timings from here. A timing whose kernel has been
edited since is never passed off as current: it is marked stale.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.bench.records import BenchRecord, BenchRun, load_bench_runs
from harness.bench.units import duration, times
from harness.kernel import Device

COLUMNS: Mapping[Device, str] = {"cpu": "kernel time, CPU", "cuda": "kernel time, GPU"}
"""Device to the heading of its column in leaderboards."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest run that timed a kernel on a device.

    Attributes:
        run: All of it, with the environment.
        rows: Its rows on that device that were timed.
        stale: Whether the kernel's sources have changed since.
    """

    run: BenchRun
    rows: tuple[BenchRecord, ...]
    stale: bool


@dataclass(frozen=True, slots=True)
class Headline:
    """The one timing that stands for a kernel in a table.

    Attributes:
        kernel: Its name.
        device: ``cpu`` or ``cuda``.
        machine: The processor's or GPU's name.
        case: The one with most work by the cost model, if possible among those a peer ran too.
        implementation: Our fastest on it.
        median_ns: Its time.
        threads: CPU threads it was allowed.
        peer: The fastest of other people's implementations in the same run, or None.
        ratio: That peer's time over ours, or None.
        low: Lower end of the ratio's 95 % interval, or None.
        high: Upper end of it, or None.
        stale: Whether the kernel's sources have changed since.
    """

    kernel: str
    device: Device
    machine: str
    case: str
    implementation: str
    median_ns: float
    threads: int
    peer: str | None
    ratio: float | None
    low: float | None
    high: float | None
    stale: bool

    def __str__(self) -> str:
        """Return it as one table cell: ``soft_nms 412 µs (numba, n1000), 31.2× ensemble-boxes``."""
        cores = f", {self.threads} threads" if self.threads > 1 else ""
        where = f"({self.implementation}, {self.case}{cores})"
        text = f"{self.kernel} {duration(self.median_ns)} {where}"
        if self.ratio is not None:
            text += f", {times(self.ratio)} {self.peer}"
        return f"stale: {text}" if self.stale else text


def source_digest(kernel: str) -> str:
    """Return the digest of every source that the module of ``kernel`` imports, and its own.

    Args:
        kernel: Its registry name, or ``package.module:NAME``.

    Raises:
        UnknownName: No kernel has that name.
        BadInput: The sources cannot be read.
    """
    from harness.registry import kernels
    from harness.sources import closure

    digest = hashlib.sha256()
    for module, source in sorted(closure(kernels.entry(kernel).module).items()):
        digest.update(f"{module} {source}\n".encode())
    return digest.hexdigest()


def latest(kernel: str, device: Device, folders: Iterable[Path] | None = None) -> Latest | None:
    """Return the newest run of ``kernel`` that timed anything on ``device``, or None.

    Args:
        kernel: Its registry name.
        device: ``cpu`` or ``cuda``.
        folders: Where to look; the store and the committed records if None.

    Raises:
        UnknownName: No kernel has that name.
    """
    digest = source_digest(kernel)
    for run in load_bench_runs(kernel, folders):
        rows = tuple(row for row in run.rows if row.device == device and row.status == "ok")
        if rows:
            return Latest(run, rows, stale=run.source_digest != digest)
    return None


def headline(kernel: str, device: Device, folders: Iterable[Path] | None = None) -> Headline | None:
    """Return the timing that stands for ``kernel`` on ``device``, or None if none was measured.

    Raises:
        UnknownName: No kernel has that name.
    """
    found = latest(kernel, device, folders)
    if found is None:
        return None
    own = [row for row in found.rows if not row.peer]
    if not own:
        return None
    beside_peer = [row for row in own if _fastest_peer(row, found.rows)]
    case = max(beside_peer or own, key=lambda row: (row.flops or 0, row.bytes or 0)).case
    best = min((row for row in own if row.case == case), key=_median)
    peer = _fastest_peer(best, found.rows)
    ratio = best.ratio_to[peer.implementation] if peer else None
    environment = found.run.environment
    return Headline(
        kernel=kernel,
        device=device,
        machine=environment.gpu if device == "cuda" and environment.gpu else environment.cpu,
        case=case,
        implementation=best.implementation,
        median_ns=_median(best),
        threads=best.threads,
        peer=peer.implementation if peer else None,
        ratio=ratio.ratio if ratio else None,
        low=ratio.low if ratio else None,
        high=ratio.high if ratio else None,
        stale=found.stale,
    )


def columns(kernel: str, folders: Iterable[Path] | None = None) -> dict[str, str | None]:
    """Return the kernel's cells for leaderboards, by heading; None where nothing was measured.

    Raises:
        UnknownName: No kernel has that name.
    """
    where = None if folders is None else tuple(folders)
    found = {title: headline(kernel, device, where) for device, title in COLUMNS.items()}
    return {title: str(best) if best else None for title, best in found.items()}


def _fastest_peer(row: BenchRecord, rows: Iterable[BenchRecord]) -> BenchRecord | None:
    """Return the fastest peer that ran beside ``row``, under the same conditions."""
    rivals = [
        other
        for other in rows
        if other.peer
        and (other.case, other.threads, other.cache) == (row.case, row.threads, row.cache)
        and other.implementation in row.ratio_to
    ]
    return min(rivals, key=_median, default=None)


def _median(row: BenchRecord) -> float:
    """Return the median time in nanoseconds of a row that was timed."""
    assert row.summary is not None
    return row.summary.median_ns
