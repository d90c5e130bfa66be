"""Where a run's time goes: seconds by phase, processor time, peak memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.record import Timings


@dataclass
class Clock:
    """Wall-clock seconds by phase, and what else :class:`Timings` holds.

    Attributes:
        started: When the run began, on the performance counter.
        phases: Seconds by name of a field of :class:`Timings`.
        examples: Number of inputs predicted.
    """

    started: float = field(default_factory=time.perf_counter)
    phases: dict[str, float] = field(default_factory=dict)
    examples: int = 0

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time the block as the phase ``name``."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.phases[name] = time.perf_counter() - begun

    def timings(self) -> Timings:
        """Return what has been spent up to now."""
        predict = self.phases.get("predict_s", 0.0)
        own = resource.getrusage(resource.RUSAGE_SELF)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return Timings(
            **self.phases,
            wall_s=time.perf_counter() - self.started,
            cpu_s=own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
            examples=self.examples,
            throughput_per_s=self.examples / predict if predict > 0 and self.examples else None,
            peak_memory_bytes=own.ru_maxrss * 1024,
        )
