"""Time several callables in turns, on one clock.

Comparing A and B by timing all of A and then all of B measures the machine's drift as much as the
code: frequency, temperature and neighbours change over seconds. Here one *round* times every side
once, each round starts with the next side, and a ratio is taken within rounds, where the machine
was the same for both. All samples are kept; summaries are computed later from them.

What a sample means is up to the :class:`Stopwatch`. What no stopwatch can see is a callable that
hands back a stored result: the time is then real and means nothing. ``harness bench`` therefore
flags times below what the machine can do (see :mod:`harness.bench.roofline`).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

MIN_SAMPLE_NS = 1e6
"""A sample lasts at least this long where calls may be repeated inside it: 1 ms."""

MIN_RESOLUTIONS = 1000
"""A sample lasts at least this many ticks of the clock, so that reading it costs under 0.1 %."""


@dataclass(frozen=True, slots=True)
class Side:
    """One callable to be timed; it must have been called once already, so that nothing compiles."""

    name: str
    call: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Samples:
    """Every sample of one side.

    Attributes:
        ns: Nanoseconds a call, one value a round; value ``i`` of all sides is from round ``i``.
        loops: Calls inside each sample, whose mean the sample is.
    """

    ns: tuple[float, ...]
    loops: int


class Stopwatch(Protocol):
    """A clock that knows when the work is finished, not only when it was asked for."""

    @property
    def resolution_ns(self) -> float:
        """The smallest step of the clock, in nanoseconds."""
        ...

    @property
    def cold(self) -> bool:
        """Whether caches are emptied before each call; then samples are single calls."""
        ...

    def now_ns(self) -> float:
        """Return the time, for budgets."""
        ...

    def time(self, call: Callable[[], Any], loops: int) -> float:
        """Return the nanoseconds that ``loops`` calls take until all their work is finished."""
        ...


class SideError(Exception):
    """A side raised ``error`` while it was timed."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__(name, error)
        self.name = name
        self.error = error


def measure(
    sides: Sequence[Side],
    stopwatch: Stopwatch,
    *,
    budget_s: float = 2.0,
    min_rounds: int = 10,
    max_rounds: int = 200,
    on_round: Callable[[float], None] | None = None,
) -> Mapping[str, Samples]:
    """Time ``sides`` in turns until the budget is spent.

    Args:
        sides: Callables with distinct names.
        stopwatch: The clock; see :mod:`harness.bench.stopwatch`.
        budget_s: Seconds for all sides together, calibration included.
        min_rounds: Rounds that are made even when the budget is spent.
        max_rounds: Rounds after which more would tell nothing.
        on_round: Called after each round with the fraction of the work that is done.

    Returns:
        Samples by name, equally many for every side.

    Raises:
        SideError: A callable raised.
        ValueError: Two sides share a name, or the numbers of rounds make no sense.
    """
    if len({side.name for side in sides}) != len(sides):
        raise ValueError(f"sides need distinct names, got {[side.name for side in sides]}")
    if not 1 <= min_rounds <= max_rounds:
        raise ValueError(f"expected 1 <= min_rounds <= max_rounds, got {min_rounds}, {max_rounds}")
    begin = stopwatch.now_ns()
    taken: dict[str, list[float]] = {side.name: [] for side in sides}
    with _garbage_collector_off():
        loops = {side.name: _calibrate(side, stopwatch) for side in sides}
        for number in range(max_rounds):
            spent = (stopwatch.now_ns() - begin) / (budget_s * 1e9) if budget_s > 0 else 1.0
            if number >= min_rounds and spent >= 1:
                break
            for side in _rotated(sides, number):
                taken[side.name].append(_sample(side, stopwatch, loops[side.name]))
            if on_round:
                on_round(min(1.0, max(spent, (number + 1) / max_rounds)))
    return {name: Samples(tuple(ns), loops[name]) for name, ns in taken.items()}


def _rotated(sides: Sequence[Side], number: int) -> Iterator[Side]:
    """Yield the sides, starting with another one each round, so that none always follows another."""
    for i in range(len(sides)):
        yield sides[(number + i) % len(sides)]


def _calibrate(side: Side, stopwatch: Stopwatch) -> int:
    """Return how many calls make a sample long enough to be read off the clock.

    The growing trials warm the caches and branch predictors up as well.
    """
    if stopwatch.cold:
        _sample(side, stopwatch, 1)
        return 1
    wanted = max(MIN_SAMPLE_NS, MIN_RESOLUTIONS * stopwatch.resolution_ns)
    loops = 1
    while (took := _shortest(side, stopwatch, loops) * loops) < wanted:
        # At most tenfold at a time: a first trial shorter than the clock's step says nothing.
        loops = min(10 * loops, max(2 * loops, round(1.2 * loops * wanted / max(took, 1.0))))
    return loops


def _shortest(side: Side, stopwatch: Stopwatch, loops: int) -> float:
    """Return nanoseconds a call in the best of three trials: one alone may have been interrupted."""
    return min(_sample(side, stopwatch, loops) for _ in range(3))


def _sample(side: Side, stopwatch: Stopwatch, loops: int) -> float:
    """Return nanoseconds a call."""
    try:
        return stopwatch.time(side.call, loops) / loops
    except Exception as error:
        raise SideError(side.name, error) from error


@contextmanager
def _garbage_collector_off() -> Iterator[None]:
    """Collect now, so that no collection falls into a sample."""
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
