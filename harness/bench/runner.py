"""Check a kernel's implementations, time the right ones, and put the figures together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np

from harness import __version__
from harness.bench import roofline
from harness.bench.correctness import Checked, Checker, Refused, failed
from harness.bench.environment import environment
from harness.bench.ratios import paired_ratio
from harness.bench.records import BenchRecord, BenchRun, Ceilings, Ratio, Summary
from harness.bench.stopwatch import stopwatch_for
from harness.bench.threads import limited_threads
from harness.bench.timer import Samples, Side, SideError, Stopwatch, measure
from harness.errors import Unavailable
from harness.extras import how_to_install
from harness.kernel import Case, Device, Implementation, Kernel
from harness.sources import is_installed

IMPOSSIBLE_SHARE = 1.25
"""A share of the roofline above this is flagged: more than the ceilings' own error."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under what conditions a kernel is timed.

    Attributes:
        device: Only implementations for it are run.
        threads: Numbers of CPU threads, each timed on its own.
        cold: Whether caches are emptied before each call.
        budget_s: Seconds per case and number of threads, all implementations together.
        min_rounds: Fewest samples an implementation, even if they exceed the budget.
        seed: From which the inputs are drawn.
    """

    device: Device = "cpu"
    threads: tuple[int, ...] = (1,)
    cold: bool = False
    budget_s: float = 2.0
    min_rounds: int = 10
    seed: int = 0


def _no_progress(what: str, fraction: float) -> None:
    """Ignore progress."""


def bench(
    kernel: Kernel,
    conditions: Conditions,
    *,
    source_digest: str,
    cases: Sequence[Case] | None = None,
    implementations: Sequence[Implementation] | None = None,
    stopwatch: Stopwatch | None = None,
    on_progress: Progress = _no_progress,
) -> BenchRun:
    """Run every implementation for the device on every case and return all that was measured.

    An implementation that is wrong, lacks something, is too slow for the case or raises becomes a
    row that says so; the others still run.

    Args:
        kernel: What is timed.
        conditions: How.
        source_digest: Of the kernel's sources, see :func:`harness.bench.current.source_digest`.
        cases: A selection of ``kernel.cases``, all if None.
        implementations: A selection of ``kernel.implementations``, all if None.
        stopwatch: The clock, for tests; the device's own if None.
        on_progress: Called with what is being done and the fraction of it that is done.

    Raises:
        Unavailable: The device is not there.
        BadInput: More threads than cores.
    """
    require_device(conditions.device)
    started_at = datetime.now(UTC)
    chosen = kernel.implementations if implementations is None else implementations
    chosen = [one for one in chosen if one.device == conditions.device]
    needed = {name for one in chosen for name in one.requires}
    where = environment(needed, gpu=conditions.device == "cuda")
    watch = stopwatch or stopwatch_for(conditions.device, cold=conditions.cold)
    limits: dict[int, Ceilings] = {}
    controlled: set[str] = set()
    rows: list[BenchRecord] = []
    for case in kernel.cases if cases is None else cases:
        on_progress(f"{case.name}: checking", 0.0)
        checker = Checker(kernel, case, conditions.seed)
        verdicts = [checker.check(one) for one in chosen]
        for threads in conditions.threads:
            with limited_threads(threads) as told:
                controlled.update(told)
                if threads not in limits:
                    on_progress("measuring the machine's ceilings", 0.0)
                    limits[threads] = roofline.ceilings(conditions.device, threads)
                timing = _Timing(case, conditions, watch, checker, limits[threads], threads)
                doing = partial(on_progress, f"{case.name}: timing, threads {threads}")
                rows += timing.rows(verdicts, doing)
    return BenchRun(
        kernel=kernel.name,
        baseline=kernel.baseline,
        source_digest=source_digest,
        code_version=__version__,
        started_at=started_at,
        seed=conditions.seed,
        budget_s=conditions.budget_s,
        thread_control=tuple(sorted(controlled)),
        environment=where,
        ceilings=tuple(limits.values()),
        rows=tuple(rows),
    )


def require_device(device: Device) -> None:
    """Raise :class:`Unavailable` unless ``device`` is there."""
    if device == "cpu":
        return
    if not is_installed("torch"):
        raise Unavailable(f"--device cuda needs PyTorch: {how_to_install(['gpu'], 'torch')}")
    import torch

    if not torch.cuda.is_available():
        raise Unavailable(
            "--device cuda: PyTorch finds no GPU here; use --device cpu, or --compile-only to "
            "build the Triton kernels without one"
        )


@dataclass(frozen=True, slots=True)
class _Timing:
    """One case at one number of threads."""

    case: Case
    conditions: Conditions
    watch: Stopwatch
    checker: Checker
    limits: Ceilings
    threads: int

    def rows(
        self, verdicts: Sequence[Checked | Refused], on_round: Callable[[float], None]
    ) -> list[BenchRecord]:
        """Time what is right and return one row per implementation, in their order."""
        refused = {one.implementation.name: one for one in verdicts if isinstance(one, Refused)}
        sides = [one for one in verdicts if isinstance(one, Checked)]
        samples, raised = self._measure(sides, on_round)
        refused |= raised
        for side in sides:
            name = side.implementation.name
            # Once more: a call that is right only the first time is not right.
            late = None if name in refused else self.checker.verify(side.implementation, side.call)
            if late:
                reason = f"right at first, no longer after timing: {late.reason}"
                refused[name] = Refused(late.implementation, late.status, reason, late.detail)
        good = {name: taken for name, taken in samples.items() if name not in refused}
        return [
            self._refused_row(refused[one.implementation.name])
            if one.implementation.name in refused
            else self._timed_row(one.implementation, good)
            for one in verdicts
        ]

    def _measure(
        self, sides: Sequence[Checked], on_round: Callable[[float], None]
    ) -> tuple[Mapping[str, Samples], dict[str, Refused]]:
        """Return samples by name; a side that raises is returned as refused, the rest restart."""
        waiting = list(sides)
        raised: dict[str, Refused] = {}
        while waiting:
            try:
                samples = measure(
                    [Side(one.implementation.name, one.call) for one in waiting],
                    self.watch,
                    budget_s=self.conditions.budget_s,
                    min_rounds=self.conditions.min_rounds,
                    on_round=on_round,
                )
                return samples, raised
            except SideError as failure:
                broken = next(one for one in waiting if one.implementation.name == failure.name)
                waiting.remove(broken)
                raised[failure.name] = failed(broken.implementation, failure.error)
        return {}, raised

    def _timed_row(
        self, implementation: Implementation, samples: Mapping[str, Samples]
    ) -> BenchRecord:
        own = samples[implementation.name]
        p10, median, p90 = (float(q) for q in np.quantile(own.ns, [0.1, 0.5, 0.9]))
        ratios = {
            name: paired_ratio(other.ns, own.ns)
            for name, other in samples.items()
            if name != implementation.name
        }
        cost = self.checker.cost
        share = roofline.attainable(cost, self.limits, cold=self.watch.cold, median_ns=median)
        impossible = share is not None and share.share > IMPOSSIBLE_SHARE
        return BenchRecord(
            **self._identity(implementation),
            status="ok",
            reason="faster than the roofline: a stored result or a wrong cost model?"
            if impossible
            else "",
            samples_ns=own.ns,
            loops=own.loops,
            summary=Summary(median_ns=median, p10_ns=p10, p90_ns=p90, n=len(own.ns)),
            ratio_to={
                name: Ratio(ratio=r.value, low=r.low, high=r.high) for name, r in ratios.items()
            },
            ns_per_pair=median / cost.pairs if cost.pairs else None,
            bytes=cost.bytes,
            flops=cost.flops,
            roofline=share,
        )

    def _refused_row(self, refused: Refused) -> BenchRecord:
        return BenchRecord(
            **self._identity(refused.implementation),
            status=refused.status,
            reason=refused.reason,
            detail=refused.detail,
        )

    def _identity(self, implementation: Implementation) -> dict[str, Any]:
        """Return the fields that tell rows apart."""
        return {
            "case": self.case.name,
            "size": dict(self.case.size),
            "implementation": implementation.name,
            "peer": implementation.peer,
            "device": implementation.device,
            "threads": self.threads,
            "cache": "cold" if self.watch.cold else "warm",
        }
