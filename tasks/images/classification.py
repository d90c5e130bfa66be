"""The part of an image classification benchmark that does not depend on its files."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from harness.errors import BadInput
from harness.kinds.image_classification import ClassScores, Image
from harness.task import Absent, Dataset, Metric, Scores, Split, Task, TrainSplit
from harness.tasks.images.accuracy import top_k_hits
from harness.tasks.images.submissions import OneClass, read_classes

Part = Literal["train", "test"]

HELD_OUT = 10
"""The validation split is the last one in so many training images, as many as a tenth: 5,000 of
CIFAR's 50,000, the share that He et al. (2016) hold out."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labelled images, as one file or several hold them.

    Attributes:
        pixels: ``(n, h, w, c)`` uint8.
        labels: ``(n,)`` int64 indices into ``class_names``.
        class_names: The classes in the order of their labels.
        where: The file, for people.
        official: Whether the file is bit for bit the published one.
    """

    pixels: NDArray[np.uint8] = field(repr=False)
    labels: NDArray[np.int64] = field(repr=False)
    class_names: tuple[str, ...]
    where: str
    official: bool = False

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.labels)

    def verified(self) -> Labelled:
        """Return itself.

        Raises:
            BadInput: There are no images, not one label each, or a label without a class.
        """
        if len(self.pixels) != len(self.labels):
            raise BadInput(
                f"{self.where}: {len(self.pixels)} images but {len(self.labels)} labels; "
                "they must come from the same release"
            )
        if not len(self.labels):
            raise BadInput(f"{self.where}: there are no images in it")
        wrong = (self.labels < 0) | (self.labels >= len(self.class_names))
        if wrong.any():
            row = int(wrong.argmax())
            raise BadInput(
                f"{self.where}: image {row} has label {self.labels[row]}; "
                f"expected 0 to {len(self.class_names) - 1}"
            )
        return self

    def rows(self, chosen: slice) -> Labelled:
        """Return some of the images."""
        return Labelled(self.pixels[chosen], self.labels[chosen], self.class_names, self.where)

    def images(self, prefix: str) -> list[Image]:
        """Return the images without their labels, their ids being ``prefix`` and their place."""
        return [
            Image(f"{prefix}/{row}", pixels, self.class_names)
            for row, pixels in enumerate(self.pixels)
        ]


class ImageClassification(Task):
    """A benchmark of labelled images in a training and a test part, scored by accuracy.

    A subclass reads the two parts (:meth:`files`, :meth:`_read`). The labels of the training split
    are class indices (int). No such benchmark has an official validation split: the one here is the
    last tenth of the training images, which then are not trained on.
    """

    kind: ClassVar[str] = "image_classification"
    metrics: ClassVar[tuple[Metric, ...]] = (Metric("top1", primary=True), Metric("top5"))
    requires: ClassVar[tuple[str, ...]] = ("vision",)
    submission_format: ClassVar[str] = (
        "text: one class index a line, in the order of the test file; or csv: id,label, the id the "
        "image's place from 0, the label an index or name; or .npy: (n, classes) logits, a row with "
        "NaN counting as wrong"
    )

    class Config(Task.Config):
        """Options of an image classification task."""

        data: Path | None = Field(
            None, description="Where the official files are; default: the embedded mini data"
        )
        split: Literal["test", "validation", "train"] = Field(
            "test",
            description="What is scored; validation, for choosing options, is the last tenth of "
            "the training images; train, how well these are fitted",
        )
        train: bool | None = Field(
            None,
            description="false: no training images are read, as for pretrained methods; default: "
            "they are, where the data come with any",
        )

    def load(self, split: Split = "test") -> Dataset:
        """Read one split; its targets are ``(n,)`` int64 labels.

        Args:
            split: ``"test"`` is what the option ``split`` says.

        Raises:
            BadInput: A file is missing, broken or inconsistent.
        """
        which = self._scored() if split == "test" else split
        found = self._split(which)
        known = f"official {which} set" if found.official else f"{len(found):,} {which} images"
        mini = self.config.data is None
        images = found.images(which)
        return Dataset(
            inputs=images,
            ids=[image.id for image in images],
            targets=found.labels,
            origin=f"embedded mini {self._family()}, {which}"
            if mini
            else f"{found.where}, {known}",
            mini=mini,
        )

    def train_split(self) -> TrainSplit:
        """Return the training images and their class indices; empty under ``train=false``.

        Raises:
            BadInput: A file is missing, broken or inconsistent.
        """
        if not self._trains():
            return TrainSplit()
        found = self._split("train")
        return TrainSplit(found.images("train"), found.labels.tolist())

    def target_files(self) -> Sequence[Path]:
        """Return the files of the scored images: the others are for training.

        Raises:
            BadInput: As for :meth:`files`.
        """
        if self.config.split == "validation" or not self.config.train:
            return self.files()
        return type(self)(self.config.model_copy(update={"train": False})).files()

    def read_predictions(self, path: Path, dataset: Dataset) -> Sequence[ClassScores]:
        """Read classes or logits, as :mod:`harness.tasks.images.submissions` describes.

        Raises:
            BadInput: The file is missing or broken, or does not answer every image once.
        """
        names = dataset.inputs[0].class_names
        return read_classes(path, dataset.targets, names, dataset.ids, dataset.origin)

    def score(self, predictions: Sequence[ClassScores], dataset: Dataset) -> Scores:
        """Return top-1 and top-5 accuracy, one hit or miss per image, and top-1 per class.

        Raises:
            BadInput: Predictions are not one per image with one score per class.
            Unavailable: torchmetrics is not installed.
        """
        import pyarrow as pa

        labels: NDArray[np.int64] = dataset.targets
        names = dataset.inputs[0].class_names
        if len(predictions) != len(labels):
            raise BadInput(f"{len(predictions)} predictions for {len(labels)} images")
        for image, prediction in zip(dataset.inputs, predictions, strict=True):
            if prediction.scores.shape != (len(names),):
                raise BadInput(
                    f"image {image.id}: scores of shape {prediction.scores.shape}; "
                    f"expected ({len(names)},)"
                )
        scores = np.stack([prediction.scores for prediction in predictions]).astype(np.float64)
        columns: dict[str, Any] = {"id": list(dataset.ids)}
        values: dict[str, float | Absent] = {}
        for metric, k in (("top1", 1), ("top5", 5)):
            if k > 1 and any(isinstance(p, OneClass) for p in predictions):
                values[metric] = Absent("the predictions name one class an image, in no order")
                continue
            if k > len(names):
                values[metric] = Absent(f"there are only {len(names)} classes")
                continue
            columns[metric] = top_k_hits(scores, labels, k)
            values[metric] = float(columns[metric].mean())
        return Scores(
            values=values,
            examples=pa.table(columns),
            details={"top1 per class": _per_class(columns["top1"], labels, names)},
        )

    def _parts(self) -> list[Part]:
        """Return which parts the figures depend on."""
        if self._scored() != "test":
            return ["train"]
        return ["test", "train"] if self._trains() else ["test"]

    def _scored(self) -> Split:
        """Return which split is scored."""
        chosen: Split = self.config.split
        return chosen

    def _trains(self) -> bool:
        """Tell whether there are training images to read."""
        return self._has_training() if self.config.train is None else bool(self.config.train)

    def _has_training(self) -> bool:
        """Tell whether the data come with training images; by default they must."""
        return True

    def _split(self, which: Split) -> Labelled:
        """Return the labelled images of a split."""
        if which == "test":
            return self._read("test").verified()
        found = self._read("train").verified()
        end = len(found) - len(found) // HELD_OUT
        if which == "validation":
            return found.rows(slice(end, None))
        return found.rows(slice(end)) if self._scored() == "validation" else found

    @abstractmethod
    def _read(self, part: Part) -> Labelled:
        """Read all images of a part.

        Raises:
            BadInput: A file is missing, broken or inconsistent.
        """

    @classmethod
    @abstractmethod
    def _family(cls) -> str:
        """Return the benchmark's name as the field writes it."""


def _per_class(
    hits: NDArray[np.float64], labels: NDArray[np.int64], names: Sequence[str]
) -> dict[str, float]:
    """Return the share of hits among the images of each class that has any."""
    return {
        name: float(hits[labels == label].mean())
        for label, name in enumerate(names)
        if (labels == label).any()
    }


def is_official(contents: Mapping[str, bytes], published: Mapping[str, str]) -> bool:
    """Tell whether every file's MD5 is the published one.

    Args:
        contents: File name to content.
        published: File name to MD5, in hexadecimal; a name that lacks there is not official.
    """
    return all(
        hashlib.md5(content, usedforsecurity=False).hexdigest() == published.get(name)
        for name, content in contents.items()
    )
