"""Clocks for CPU and GPU work, with warm or emptied caches."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STRAGGLING_NS = 100_000
"""A GPU still busy this long after the timed stream finished is running the callable's own work."""

DEFAULT_CACHE_BYTES = 64 << 20
"""Assumed size of the last-level cache where the system does not tell."""


def nothing() -> None:
    """Do nothing: the synchronisation of synchronous work, the flush of warm caches."""


@dataclass(frozen=True, slots=True)
class HostStopwatch:
    """The host's monotonic clock around synchronised work.

    Attributes:
        synchronize: Returns when all work handed out so far is finished. CPU code that returns
            its result needs none; a callable that starts threads must wait for them itself.
        flush: Empties the caches, or None to leave them warm.
        now: The clock, in nanoseconds.
        resolution_ns: Its smallest step.
    """

    synchronize: Callable[[], None] = nothing
    flush: Callable[[], None] | None = None
    now: Callable[[], float] = time.perf_counter_ns
    resolution_ns: float = time.get_clock_info("perf_counter").resolution * 1e9

    @property
    def cold(self) -> bool:
        """Whether caches are emptied before each call."""
        return self.flush is not None

    def now_ns(self) -> float:
        """Return the time, for budgets."""
        return self.now()

    def time(self, call: Callable[[], Any], loops: int) -> float:
        """Return the nanoseconds that ``loops`` calls take, flushes excluded."""
        if self.flush is None:
            return self._time(call, loops)
        total = 0.0
        for _ in range(loops):
            self.flush()
            total += self._time(call, 1)
        return total

    def _time(self, call: Callable[[], Any], loops: int) -> float:
        self.synchronize()
        begin = self.now()
        for _ in range(loops):
            call()
        self.synchronize()
        return self.now() - begin


class CudaStopwatch:
    """CUDA events around the calls, and a check that nothing outlives them.

    Events time the device alone: the flush before a cold call keeps the device busy while the host
    enqueues the call, so launch latency stays out. Warm calls are enqueued back to back. Events see
    one stream only; a callable could hide work on another. So the whole device is synchronised
    afterwards, and if that takes noticeable time, the time is added to the sample.
    """

    resolution_ns = 500.0  # of CUDA events, as the runtime's documentation of elapsed time gives it

    def __init__(self, *, cold: bool, now: Callable[[], float] = time.perf_counter_ns) -> None:
        """Allocate the flush buffer, four times the L2 cache, if calls are to be cold.

        Args:
            cold: Whether caches are emptied before each call.
            now: The host's clock, in nanoseconds.
        """
        import torch

        self._torch = torch
        self._now = now
        self.cold = cold
        l2_bytes = torch.cuda.get_device_properties().L2_cache_size
        self._buffer = torch.empty(4 * l2_bytes, dtype=torch.int8, device="cuda") if cold else None

    def now_ns(self) -> float:
        """Return the host's time, for budgets."""
        return self._now()

    def time(self, call: Callable[[], Any], loops: int) -> float:
        """Return the nanoseconds that ``loops`` calls keep the device busy, flushes excluded."""
        self._torch.cuda.synchronize()
        if self._buffer is None:
            return self._time(call, loops) + self._stragglers()
        total = 0.0
        for _ in range(loops):
            self._buffer.zero_()
            total += self._time(call, 1) + self._stragglers()
        return total

    def _time(self, call: Callable[[], Any], loops: int) -> float:
        event: Any = self._torch.cuda.Event
        begin, end = event(enable_timing=True), event(enable_timing=True)
        begin.record()
        for _ in range(loops):
            call()
        end.record()
        end.synchronize()
        return float(begin.elapsed_time(end)) * 1e6  # milliseconds to nanoseconds

    def _stragglers(self) -> float:
        """Return how long the device works on after the timed stream, 0 if not noticeably."""
        begin = self._now()
        self._torch.cuda.synchronize()
        waited = self._now() - begin
        return waited if waited > STRAGGLING_NS else 0.0


def host_flush() -> Callable[[], None]:
    """Return a function that pushes everything else out of the CPU's caches.

    It writes a buffer of twice the last-level cache.
    """
    import numpy as np

    buffer = np.zeros(2 * last_level_cache_bytes(), np.uint8)

    def flush() -> None:
        np.add(buffer, 1, out=buffer)

    return flush


def last_level_cache_bytes() -> int:
    """Return the size of the largest cache of CPU 0 in bytes, or a usual one if unknown."""
    return max(cache_sizes().values(), default=DEFAULT_CACHE_BYTES)


def cache_sizes(root: Path = Path("/sys/devices/system/cpu/cpu0/cache")) -> dict[int, int]:
    """Return level to size in bytes of CPU 0's data and unified caches; empty if unknown."""
    sizes: dict[int, int] = {}
    for index in sorted(root.glob("index*")):
        try:
            kind = (index / "type").read_text().strip()
            level = int((index / "level").read_text())
            size = (index / "size").read_text().strip()
            in_bytes = int(size.rstrip("KMG")) * {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(
                size[-1], 1
            )
        except (OSError, ValueError, IndexError):
            continue
        if kind != "Instruction":
            sizes[level] = in_bytes
    return sizes


def stopwatch_for(device: str, *, cold: bool) -> HostStopwatch | CudaStopwatch:
    """Return the clock for ``device`` (``"cpu"`` or ``"cuda"``)."""
    if device == "cuda":
        return CudaStopwatch(cold=cold)
    return HostStopwatch(flush=host_flush() if cold else None)
