"""What a task is: a reader of official files and a caller of the official scorer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from harness.config import Config as BaseConfig
from harness.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

Split = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure a task reports.

    Attributes:
        name: As the field writes it (``AP50``, ``nDCG@10``).
        unit: ``""`` for a fraction between 0 and 1, else ``%``, ``s``, ``bits/byte``, ...
        higher_is_better: The direction in which a method improves.
        primary: Whether leaderboards sort by it; exactly one metric of a task is primary.
    """

    name: str
    unit: str = ""
    higher_is_better: bool = True
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Dataset:
    """One split, read. ``inputs`` go to the method, ``targets`` never leave the task.

    Attributes:
        inputs: One item per example, of the kind's input type.
        ids: A unique string per example, in the order of ``inputs``.
        targets: Whatever :meth:`Task.score` needs; no method ever receives it.
        origin: Where the data came from, for a person: ``"embedded mini COCO"`` or a path.
        mini: Whether this is embedded synthetic data; figures on it never stand beside real ones.
    """

    inputs: Sequence[Any]
    ids: Sequence[str]
    targets: Any = field(repr=False)
    origin: str
    mini: bool


@dataclass(frozen=True, slots=True)
class TrainSplit:
    """What ``Method.train`` receives: the training inputs WITH their labels, or nothing.

    Attributes:
        inputs: Training inputs of the kind's input type; empty where a task has no training split.
        labels: One label per input, in the form the task's documentation gives.
    """

    inputs: Sequence[Any] = ()
    labels: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Download:
    """One file of a full data set, as its owners serve it; see :mod:`harness.download`.

    Attributes:
        url: Where it is (http or https).
        name: The file's name here; a zip or tar archive (by its suffix) is unpacked.
        sha256: Digest of the file in hexadecimal, or None where nobody published one.
        size: Bytes, or None if not known.
        gives: Paths, relative to the folder it goes to, that are there once it is unpacked;
            empty for a file that is kept as it is.
        md5: MD5 of the file in hexadecimal, or None where nobody published one.
        into: Folder inside the task's data folder that it goes to, and the name by which
            ``harness data prepare --only`` asks for all files of it; ``""`` for the data folder.
        pick: Whether only the files named in ``gives`` are unpacked.
        licence: Under which terms its owners give it.
    """

    url: str
    name: str
    sha256: str | None = None
    size: int | None = None
    gives: tuple[str, ...] = ()
    md5: str | None = None
    into: str = ""
    pick: bool = False
    licence: str = ""


@dataclass(frozen=True, slots=True)
class ByHand:
    """The full data set of a task whose owners serve it at no plain address.

    Attributes:
        reason: Why it is not downloaded here, as the end of a sentence on the task.
        commands: Shell commands that bring it, run in the task's data folder.
        gives: Files that are there afterwards, relative to that folder.
    """

    reason: str
    commands: tuple[str, ...]
    gives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """A metric without a value, and why: never 0, never NaN."""

    reason: str


@dataclass(frozen=True, slots=True)
class Scores:
    """What :meth:`Task.score` returns.

    Attributes:
        values: Metric name to value, or to :class:`Absent` with its reason.
        examples: An Arrow table with a first column ``id`` (string). For metrics that are means
            over examples it has one row per example and one float column per such metric, named
            as the metric; a resampling task may store its sufficient statistics instead.
        details: Further figures worth keeping, by name (per-category AP, ...).
    """

    values: Mapping[str, float | Absent]
    examples: pa.Table | None = None
    details: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


class Resampler(Protocol):
    """Recomputes a corpus metric under example weights; see :meth:`Task.resampler`."""

    units: int
    """Number of exchangeable units (images, queries, episodes)."""

    def __call__(self, weights: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ``(r,)`` metric values for ``(r, units)`` non-negative integer weights."""
        ...


class PairedResampler(Protocol):
    """Recomputes a metric with each unit taken from one of two runs."""

    units: int

    def __call__(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ``(r,)`` values of the metric for ``(r, units)`` weights of either run's units.

        A unit counts ``first + second`` times: ``first`` times with the predictions of the first
        run and ``second`` times with those of the second.
        """
        ...


class Task(ABC):
    """One benchmark. Subclass it in one file and register it under ``harness.tasks``.

    Class attributes:
        name: The registry name.
        title: One line for people.
        kind: Name of the contract in :mod:`harness.kinds`.
        metrics: What :meth:`score` reports, the primary one marked.
        requires: Extras of this package the adapter needs (``("vision",)``).
        source: Where the full data set comes from and under which licence, for people.
        downloads: The full data set's files, for ``harness data prepare``.
        by_hand: How people get a full data set that has no ``downloads``.
        home: Name of the folder of downloaded files, where tasks share one; ``""``: ``name``.
        reads: Options of ``harness run`` that read the full set, one text per set that can be run;
            ``{folder}`` stands for the folder of downloaded files.
        submission_format: The benchmark's official format of predictions, for people; ``""`` for
            a task that reads none (see :meth:`read_predictions`).
    """

    name: ClassVar[str]
    title: ClassVar[str]
    kind: ClassVar[str]
    metrics: ClassVar[tuple[Metric, ...]]
    requires: ClassVar[tuple[str, ...]] = ()
    source: ClassVar[str] = ""
    downloads: ClassVar[tuple[Download, ...]] = ()
    by_hand: ClassVar[ByHand | None] = None
    home: ClassVar[str] = ""
    reads: ClassVar[tuple[str, ...]] = ("--data {folder}",)
    submission_format: ClassVar[str] = ""

    class Config(BaseConfig):
        """Options of the task, settable with ``--task-set``; tasks extend it."""

    def __init__(self, config: BaseConfig | None = None) -> None:
        """Keep ``config``, a validated instance of this class's ``Config`` (its defaults if None)."""
        self.config: Any = self.Config() if config is None else config

    @abstractmethod
    def files(self) -> Sequence[Path]:
        """Return every file the figures depend on; their contents are the data's fingerprint.

        Raises:
            BadInput: A file or folder is missing, or it is not clear which file is meant.
        """

    @abstractmethod
    def load(self, split: Split = "test") -> Dataset:
        """Read one split from official files.

        Raises:
            BadInput: A file is missing, broken or inconsistent; the message names it.
        """

    def labels(self, dataset: Dataset) -> Sequence[Any]:
        """Return one label per input of ``dataset``, in the form of ``TrainSplit.labels``.

        Only upper bounds are shown them (``Method.upper_bound``).

        Raises:
            BadInput: The task has none to show.
        """
        raise BadInput(f"task {self.name} reveals no labels, so no upper bound runs on it")

    def train_split(self) -> TrainSplit:
        """Return the training data; empty for tasks without any."""
        return TrainSplit()

    @abstractmethod
    def score(self, predictions: Sequence[Any], dataset: Dataset) -> Scores:
        """Score predictions (one per input, in order) with the benchmark's official scorer."""

    def target_files(self) -> Sequence[Path]:
        """Return those of :meth:`files` that scoring needs, whoever made the predictions.

        A task whose inputs lie in files of their own (candidate boxes, passages to rank) overrides
        this together with :meth:`load_targets`.

        Raises:
            BadInput: As for :meth:`files`.
        """
        return self.files()

    def load_targets(self) -> Dataset:
        """Read the test split for scoring alone; its inputs may be empty of content.

        Raises:
            BadInput: As for :meth:`load`.
        """
        return self.load("test")

    def read_predictions(self, path: Path, dataset: Dataset) -> Sequence[Any]:
        """Read a submission in the format that ``submission_format`` names.

        Args:
            path: The file.
            dataset: What :meth:`load_targets` returned.

        Returns:
            One prediction of the kind per example of ``dataset``, in order.

        Raises:
            BadInput: The task reads no submissions, or the file is missing, broken, breaks the
                format or names examples that ``dataset`` lacks.
        """
        raise BadInput(f"{path}: task {self.name} reads no submissions")

    @classmethod
    def remarks(cls, details: Mapping[str, Mapping[str, float]]) -> Sequence[str]:
        """Return one-line remarks that a reader of a submission's figures should see with them.

        Args:
            details: The further figures that :meth:`score` returned.
        """
        return ()

    def resampler(self, examples: pa.Table, metric: str) -> Resampler | None:
        """Return a resampler of ``metric`` over the units in ``examples``, or None.

        None means that the metric is the mean of its column in ``examples``; the harness then
        resamples that column itself.
        """
        return None

    def paired_resampler(
        self, first: pa.Table, second: pa.Table, metric: str
    ) -> PairedResampler | None:
        """Return a resampler over two runs on the same units, or None for means of columns.

        Raises:
            BadInput: The two runs were not scored on the same examples.
        """
        return None

    @classmethod
    def primary(cls) -> Metric:
        """Return the metric that leaderboards sort by."""
        return next(m for m in cls.metrics if m.primary)
