"""What the SuperGLUE and GLUE tasks share: finding the files, loading rows, scoring choices."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from harness.errors import BadInput, UnknownName
from harness.kinds.multiple_choice import ChoiceScores, Example
from harness.task import Dataset, PairedResampler, Resampler, Scores, Split, Task, TrainSplit
from harness.tasks.understanding import files
from harness.tasks.understanding.figures import Judge
from harness.tasks.understanding.outcomes import Outcomes, PairedResampled, Resampled, joined
from harness.tasks.understanding.records import Row

if TYPE_CHECKING:
    import pyarrow as pa

AnswerReader = Callable[[Path, Sequence[Row], str], list[ChoiceScores]]
"""Reads a submission: its file, the rows answered, and where these come from, for messages."""


class UnderstandingTask(Task):
    """One task of a benchmark of language understanding, read from its official files.

    Labels of the training split are integers, an index into the example's choices (ReCoRD: the
    first accepted answer's), or a float, the rating.

    Class attributes:
        folder: The task's folder in the official zip.
        training_name: File of the training split there.
        training_patterns: What it is called elsewhere, most usual first.
        scored_name: File of the split that is scored: the development set, as the official test
            labels are hidden.
        scored_patterns: What it is called elsewhere, most usual first.
        judge: The official figures.
        read_answers: Reads the benchmark's submissions.
    """

    kind: ClassVar[str] = "multiple_choice"
    requires: ClassVar[tuple[str, ...]] = ("lm",)
    folder: ClassVar[str]
    training_name: ClassVar[str]
    training_patterns: ClassVar[tuple[str, ...]] = ("train*",)
    scored_name: ClassVar[str]
    scored_patterns: ClassVar[tuple[str, ...]]
    judge: ClassVar[Judge]
    read_answers: ClassVar[AnswerReader]

    class Config(Task.Config):
        """Options of a task of language understanding."""

        data: Path | None = Field(
            None,
            description="Folder of the unpacked official zips, or this task's folder in it; "
            "default: the embedded mini data",
        )
        split: str | None = Field(
            None,
            description="Name of the scored file, with or without its endings, as val_even; default: "
            "the official development set's, or the only one like it",
        )
        training: str | None = Field(
            None,
            description="Name of the training file; default: the official one, or the only one "
            "like it, if there is any",
        )

    @staticmethod
    @abstractmethod
    def read(path: Path) -> list[Row]:
        """Read one official file of this task.

        Raises:
            BadInput: The file is missing, broken or inconsistent; the message names the line.
        """

    def files(self) -> Sequence[Path]:
        """Return the scored file, and the training file if there is one.

        Raises:
            BadInput: A file is missing.
        """
        home = self._home()
        scored = files.pick(
            home, self.config.split, self.scored_name, self.scored_patterns, "--split NAME"
        )
        if scored is None:
            there = ", ".join(sorted(p.name for p in home.glob("*.*"))[:5]) or "nothing"
            raise BadInput(
                f"{home / self.scored_name}: no such file; {home} holds {there}: "
                "name the file with --split NAME"
            )
        training = files.pick(
            home,
            self.config.training,
            self.training_name,
            self.training_patterns,
            "--task-set training=NAME",
        )
        return [scored] if training is None else [scored, training]

    def load(self, split: Split = "test") -> Dataset:
        """Read the scored file (split ``test``) or the training file (``train``).

        Raises:
            BadInput: A file is missing, broken or inconsistent, or there is no such split.
        """
        paths = self.files()
        if split == "validation" or (split == "train" and len(paths) < 2):
            raise BadInput(
                f"{self.name} has no {split} split: {paths[0]} is scored; "
                "hold out a part of the training data to choose options"
            )
        path = paths[0] if split == "test" else paths[1]
        rows = type(self).read(path)
        mini = self.config.data is None
        return Dataset(
            inputs=[self._example(row) for row in rows],
            ids=[row.id for row in rows],
            targets=rows,
            origin=f"embedded mini world, {path.parent.name}/{path.name}" if mini else str(path),
            mini=mini,
        )

    def train_split(self) -> TrainSplit:
        """Return the training examples with their labels; empty where there is no training file."""
        paths = self.files()
        if len(paths) < 2:
            return TrainSplit()
        rows = type(self).read(paths[1])
        return TrainSplit([self._example(row) for row in rows], [self._label(row) for row in rows])

    def target_files(self) -> Sequence[Path]:
        """Return the scored file.

        Raises:
            BadInput: As for :meth:`files`.
        """
        return self.files()[:1]

    def read_predictions(self, path: Path, dataset: Dataset) -> Sequence[ChoiceScores]:
        """Read a submission to the benchmark's leaderboard: the choice made is scored 1.

        Raises:
            BadInput: The file is missing or broken, breaks the format, or does not answer each
                example of ``dataset`` once.
        """
        return type(self).read_answers(path, dataset.targets, dataset.origin)

    def score(self, predictions: Sequence[ChoiceScores], dataset: Dataset) -> Scores:
        """Return the task's official figures.

        Raises:
            BadInput: Predictions are not one per example, in order.
            Unavailable: lm-eval, whose functions score, is not installed.
        """
        import pyarrow as pa

        rows = aligned(predictions, dataset)
        predicted = [
            p.choice if r.choices else p.scores[0] for p, r in zip(predictions, rows, strict=True)
        ]
        outcomes = Outcomes(
            np.array(predicted, np.float64),
            np.array([row.gold for row in rows], np.float64),
            [row.group for row in rows],
            [row.unit for row in rows],
        )
        columns: dict[str, Any] = {"id": [row.id for row in rows]}
        columns |= dict.fromkeys(self.judge.means, outcomes.correct)
        return Scores(self.judge.official(outcomes), pa.table(columns | outcomes.columns()))

    def resampler(self, examples: pa.Table, metric: str) -> Resampler | None:
        """Return a resampler of ``metric`` over units, None where it is a mean over examples.

        Raises:
            UnknownName: ``metric`` is none of this task's.
            BadInput: ``examples`` were not scored by this task.
        """
        bind = self._bind(metric)
        if bind is None:
            return None
        outcomes = Outcomes.from_table(examples)
        return Resampled(outcomes.unit_numbers()[1], bind(outcomes))

    def paired_resampler(
        self, first: pa.Table, second: pa.Table, metric: str
    ) -> PairedResampler | None:
        """Return a resampler over two runs on the same units, None for means over examples.

        Raises:
            UnknownName: ``metric`` is none of this task's.
            BadInput: The runs were not scored by this task on the same examples.
        """
        bind = self._bind(metric)
        if bind is None:
            return None
        both = joined(Outcomes.from_table(first), Outcomes.from_table(second))
        return PairedResampled(both.unit_numbers()[1] // 2, bind(both))

    def _bind(self, metric: str) -> Any:
        known = [m.name for m in self.metrics]
        if metric not in known:
            raise UnknownName(f"metric of {self.name}", metric, known)
        return (self.judge.resampled or {}).get(metric)

    def _example(self, row: Row) -> Example:
        # A copy: what a method does to its inputs must not reach the targets.
        return Example(row.id, self.name, dict(row.fields), row.choices)

    def _label(self, row: Row) -> Any:
        return row.choices.index(row.gold[0]) if isinstance(row.gold, tuple) else row.gold

    def _home(self) -> Path:
        """Return the folder of this task's files."""
        if self.config.data is None:
            return self._embedded() / self.folder
        root = Path(self.config.data)
        if not root.is_dir():
            raise BadInput(f"{root}: no such folder; --data names the unpacked official files")
        return files.subfolder(root, self.folder)

    @abstractmethod
    def _embedded(self) -> Path:
        """Return the folder of the benchmark's embedded data."""


def aligned(predictions: Sequence[ChoiceScores], dataset: Dataset) -> Sequence[Row]:
    """Return the rows of ``dataset``, which ``predictions`` answer one by one.

    Raises:
        BadInput: A prediction is missing, too many, or for another example.
    """
    rows: Sequence[Row] = dataset.targets
    if len(predictions) != len(rows):
        raise BadInput(
            f"{len(predictions)} predictions for {len(rows)} examples of {dataset.origin}; "
            "answer every example once"
        )
    for prediction, row in zip(predictions, rows, strict=True):
        if prediction.id != row.id:
            raise BadInput(
                f"example {row.id}: the prediction is for example {prediction.id}; keep the order"
            )
    return rows
