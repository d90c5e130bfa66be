"""A toy kernel, the sum of numbers, whose implementations are right, wrong, broken or missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from harness.kernel import Case, Cost, Implementation, Kernel


def reference(x: Any) -> float:
    return float(np.sum(x))


def compare(output: Any, expected: Any) -> None:
    np.testing.assert_allclose(output, expected)


def cost(x: Any, output: Any) -> Cost:
    return Cost(bytes=float(x.nbytes), flops=float(x.size), pairs=float(x.size))


def loop(x: Any) -> Callable[[], float]:
    def call() -> float:
        total = 0.0
        for value in x:
            total += value
        return total

    return call


def off_by_one(x: Any) -> Callable[[], float]:
    return lambda: float(np.sum(x)) + 1


def raising(x: Any) -> Callable[[], float]:
    def call() -> float:
        raise RuntimeError("out of\nregisters")

    return call


def unprepared(x: Any) -> Callable[[], float]:
    raise MemoryError


def greedy(x: Any) -> Callable[[], float]:
    """Sum in place: right, but the inputs are gone."""

    def call() -> float:
        np.cumsum(x, out=x)
        return float(x[-1])

    return call


def forgetful(x: Any) -> Callable[[], float]:
    """Right once, then not."""
    calls = iter([0.0])
    return lambda: float(np.sum(x)) + next(calls, 1.0)


def fragile(x: Any) -> Callable[[], float]:
    """Right twice, then broken."""
    calls = iter([0.0, 0.0])
    return lambda: float(np.sum(x)) + next(calls)


def odd(x: Any) -> Callable[[], Any]:
    """Return what cannot be compared."""
    return lambda: "many"


NUMPY = Implementation("numpy", "cpu", lambda x: lambda: np.sum(x))
LOOP = Implementation("loop", "cpu", loop, peer=True, max_size={"n": 1000})
WRONG = Implementation("wrong", "cpu", off_by_one)
RAISING = Implementation("raising", "cpu", raising)
UNPREPARED = Implementation("unprepared", "cpu", unprepared)
GREEDY = Implementation("greedy", "cpu", greedy)
FORGETFUL = Implementation("forgetful", "cpu", forgetful)
FRAGILE = Implementation("fragile", "cpu", fragile)
ODD = Implementation("odd", "cpu", odd)
MISSING = Implementation("missing", "cpu", loop, requires=("no_such_package",))
GPU = Implementation("gpu", "cuda", loop)


def kernel(*implementations: Implementation) -> Kernel:
    """Return the toy kernel with these implementations, the first being the baseline."""
    return Kernel(
        name="toy",
        title="Sum of n numbers",
        reference=reference,
        implementations=implementations,
        cases=[Case(f"n{n}", {"n": n}, lambda rng, n=n: rng.random(n)) for n in (100, 10_000)],
        cost=cost,
        compare=compare,
        baseline=implementations[0].name,
    )


TOY = kernel(NUMPY, LOOP)
BAD = kernel(NUMPY, WRONG)
GONE = kernel(MISSING)
