"""The reference workload that times are divided by, so that the machine's speed cancels.

It sorts and multiplies small matrices in plain Python: nothing that a NumPy, Numba or BLAS release
could make faster, and an even mix of compiled code that waits for memory and of interpreted code. It
is a method on a task like any other, so the runner times it with the same clock, in a process forked
from the same worker, with the same thread limit as the methods it is compared with.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from harness.kinds.detection import Candidates, Detections
from harness.method import Method, Run
from harness.specs import Request
from harness.task import Dataset, Metric, Scores, Split, Task

NUMBERS = 40_000
"""Numbers sorted: some megabytes of objects, more than a core's own caches hold."""

ORDER = 48
"""Rows and columns of the matrices."""


def workload() -> int:
    """Sort, multiply, and return a checksum: the same number everywhere, after the same work."""
    numbers = _numbers(NUMBERS)
    ordered = sorted(numbers)
    shuffled = sorted(ordered, key=lambda n: n * 0x9E3779B1 & 0xFFFFFFFF)
    left = [numbers[i * ORDER : (i + 1) * ORDER] for i in range(ORDER)]
    right = [shuffled[i * ORDER : (i + 1) * ORDER] for i in range(ORDER)]
    columns = list(zip(*right, strict=True))
    product = [[sum(map(int.__mul__, row, column)) for column in columns] for row in left]
    return sum(map(sum, product)) % (1 << 31)


def identity() -> str:
    """Return what times must share to be divided by one reference: workload and interpreter."""
    version = ".".join(platform.python_version_tuple()[:2])
    return (
        f"sort {NUMBERS} and multiply {ORDER}x{ORDER}, {platform.python_implementation()} {version}"
    )


def _numbers(count: int) -> list[int]:
    """Return numbers below 2^31 from a linear congruential generator (C's ``minstd``)."""
    numbers, state = [], 1
    for _ in range(count):
        state = state * 48271 % 0x7FFFFFFF
        numbers.append(state)
    return numbers


class Nothing(Task):
    """A task of one image without candidates: a place for the reference workload to run."""

    name: ClassVar[str] = "nothing"
    title: ClassVar[str] = "One empty image"
    kind: ClassVar[str] = "detection"
    metrics: ClassVar[tuple[Metric, ...]] = (Metric("answers", primary=True),)

    def files(self) -> Sequence[Path]:
        """Return no file."""
        return ()

    def load(self, split: Split = "test") -> Dataset:
        """Return one image without candidates."""
        empty = Candidates(0, 1, 1, np.empty((0, 4)), np.empty(0), np.empty(0, np.int64))
        return Dataset([empty], ["0"], None, "none", mini=True)

    def score(self, predictions: Sequence[Detections], dataset: Dataset) -> Scores:
        """Return the number of answers."""
        return Scores({"answers": float(len(predictions))})


class Workload(Method):
    """Answers with nothing after the reference workload."""

    name: ClassVar[str] = "reference"
    title: ClassVar[str] = "Reference workload"
    kinds: ClassVar[tuple[str, ...]] = ("detection",)

    def predict(self, inputs: Sequence[Candidates], run: Run) -> Iterable[Detections]:
        """Work, then return the inputs."""
        for item in inputs:
            workload()
            yield Detections(item.image_id, item.boxes, item.scores, item.labels)


REQUEST = Request(method=f"{__name__}:Workload", task=f"{__name__}:Nothing")
"""The reference as the runner takes it."""
