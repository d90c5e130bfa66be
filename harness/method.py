"""What a method is: one paper, one class, ``train`` and ``predict``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from harness.config import Config as BaseConfig
from harness.task import TrainSplit

T = TypeVar("T")


def _no_progress(done: int, total: int | None) -> None:
    """Ignore progress; the default outside a command."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a method may use of its surroundings; there are no globals.

    Attributes:
        seed: The run's seed. Derive every random number from it (see :meth:`rng`).
        device: ``"cpu"`` or ``"cuda"``.
        cache: A folder of this run alone that outlives an interruption: put checkpoints there.
        budget_s: Seconds the run may take in all, or None.
        backbone: Pretrained model asked for with ``--backbone`` (a hub name or a path), or None.
        on_progress: Called with items done and items in all.
    """

    seed: int
    device: str = "cpu"
    cache: Path | None = None
    budget_s: float | None = None
    backbone: str | None = None
    on_progress: Callable[[int, int | None], None] = field(default=_no_progress, repr=False)

    def rng(self, purpose: str) -> Any:
        """Return a ``numpy.random.Generator`` that depends on the seed and ``purpose`` only."""
        import hashlib

        import numpy as np

        digest = hashlib.blake2b(purpose.encode(), digest_size=8).digest()
        return np.random.default_rng([self.seed, int.from_bytes(digest, "big")])

    def track(self, items: Sequence[T]) -> Iterator[T]:
        """Yield ``items`` while reporting progress."""
        total = len(items)
        for done, item in enumerate(items):
            self.on_progress(done, total)
            yield item
        self.on_progress(total, total)


class Method(ABC):
    """One paper's method. Subclass it in one file and register it under ``harness.methods``.

    Class attributes (written as literals, so that ``harness list`` reads them without importing):
        name: The registry name.
        title: One line for people.
        kinds: Names of the kinds of task it takes.
        paper: Citation: authors, title, venue, year, identifier.
        requires: Extras of this package it needs (``("lm",)``).
        kernels: Names of the kernels it spends its time in, for timing columns.
        presets: Preset name to the options that differ from the defaults.
        upper_bound: Whether it is no method but the best there can be: it alone is shown the labels
            of the test inputs (:meth:`reveal`), and leaderboards list it without a rank.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]]
    paper: ClassVar[str] = ""
    requires: ClassVar[tuple[str, ...]] = ()
    kernels: ClassVar[tuple[str, ...]] = ()
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    upper_bound: ClassVar[bool] = False

    class Config(BaseConfig):
        """Options of the method; methods extend it with documented fields."""

    def __init__(self, config: BaseConfig | None = None) -> None:
        """Keep ``config``, a validated instance of this class's ``Config`` (its defaults if None)."""
        self.config: Any = self.Config() if config is None else config

    def train(self, split: TrainSplit, run: Run) -> None:  # noqa: B027 - nothing to learn is common
        """Learn from ``split``; a method with nothing to learn inherits this empty step."""

    def reveal(self, labels: Sequence[Any]) -> None:  # noqa: B027 - for upper bounds only
        """Take the labels of the test inputs, one each in the form of ``TrainSplit.labels``.

        Called before :meth:`predict`, and only where ``upper_bound`` is true.
        """

    @abstractmethod
    def predict(self, inputs: Sequence[Any], run: Run) -> Iterable[Any]:
        """Return one prediction per input, in order; see :mod:`harness.kinds` for the types."""
