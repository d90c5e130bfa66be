"""What the preference tasks share: where the files are, and how they become inputs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from harness.errors import BadInput, UnknownName
from harness.kinds.preference import LazyImage, PromptImages, Rewards
from harness.task import Dataset, Split, Task, TrainSplit
from harness.tasks.preference import pairs
from harness.tasks.preference.annotations import Floats, RankedImages, Reader
from harness.tasks.preference.submissions import read_scores

if TYPE_CHECKING:
    import pyarrow as pa

    from harness.task import PairedResampler, Resampler


@dataclass(frozen=True, slots=True)
class Ranks:
    """The targets: prompts' ids and their images' ranks, in the order shown to the method."""

    ids: tuple[str, ...]
    ranks: tuple[Floats, ...]


class PreferenceTask(Task):
    """Prompts whose images people have ranked; subclasses name the format and the scoring rule.

    Class attributes:
        readers: Split to the reader of its annotation file.
        mini_name: The format's folder in the mini world.
        positions_submitted: Whether the benchmark's own code writes positions for scores; see
            :mod:`harness.tasks.preference.submissions`.
    """

    readers: ClassVar[dict[Split, Reader]]
    mini_name: ClassVar[str]
    positions_submitted: ClassVar[bool] = False

    class Config(Task.Config):
        """Options of the preference tasks."""

        data: Path | None = Field(
            None,
            description="Folder with test.json, or that file itself; default: embedded mini images",
        )
        split: str | None = Field(
            None,
            description="Name of the scored file in the data folder, with or without .json, where "
            "there are several; default: test.json, or the only test*.json",
        )
        images: Path | None = Field(
            None,
            description="Folder the file names of images start from; default: found beside the data",
        )
        train: Path | None = Field(
            None, description="Training annotations; default: train.json in the data folder, if any"
        )
        train_images: Path | None = Field(
            None, description="Folder of the training images; default: as for the test images"
        )
        shuffle: bool = Field(
            True,
            description="Show a prompt's images in an order of our own: the listed one tells ranks",
        )

    def files(self) -> Sequence[Path]:
        """Return the annotation files and those of their images that are here.

        Raises:
            BadInput: A file or folder is missing, or holds only some of the images.
        """
        paths = []
        for split in ("test", "train"):
            path = self._annotations(split)
            if path is not None:
                paths.append(path)
                items = self.readers[split](path)
                folder = self._image_folder(split, path, items)
                if folder is not None:
                    paths += sorted({folder / name for item in items for name in item.names})
        return paths

    def load(self, split: Split = "test") -> Dataset:
        """Read one split; an input's images know whether they are here.

        Raises:
            BadInput: A file is missing or broken, or there is no such split.
        """
        path = self._annotations(split) if split in self.readers else None
        if path is None:
            raise BadInput(f"{self.name} has no {split} split here; name its file, or use test")
        return self._dataset(path, *self._read(split, path))

    def _dataset(self, path: Path, inputs: list[PromptImages], targets: Ranks) -> Dataset:
        mini = self.config.data is None
        return Dataset(
            inputs=inputs,
            ids=targets.ids,
            targets=targets,
            origin=f"embedded mini images, {self.mini_name} format" if mini else str(path),
            mini=mini,
        )

    def train_split(self) -> TrainSplit:
        """Return the training prompts; a label is the ``(n,)`` ranks of the images, lower better.

        Raises:
            BadInput: A file is missing or broken.
        """
        path = self._annotations("train")
        if path is None:
            return TrainSplit()
        inputs, targets = self._read("train", path)
        return TrainSplit(inputs, targets.ranks)

    def target_files(self) -> Sequence[Path]:
        """Return the test annotations: images are only for methods.

        Raises:
            BadInput: The file is missing, or it is not clear which one is meant.
        """
        return [self._test_annotations()]

    def load_targets(self) -> Dataset:
        """Read the test annotations without looking for the images.

        Raises:
            BadInput: As for :meth:`load`.
        """
        path = self._test_annotations()
        return self._dataset(path, *self._inputs(self.readers["test"](path), None))

    def read_predictions(self, path: Path, dataset: Dataset) -> Sequence[Rewards]:
        """Read scores of images, as :mod:`harness.tasks.preference.submissions` describes.

        Raises:
            BadInput: The file is missing or broken, or does not score every image once.
        """
        items = self.readers["test"](self._test_annotations())
        listed = read_scores(path, items, dataset.origin, positions=self.positions_submitted)
        if not self.config.shuffle:
            return listed
        return [
            Rewards(out.id, out.scores[item.order()])
            for out, item in zip(listed, items, strict=True)
        ]

    def resampler(self, examples: pa.Table, metric: str) -> Resampler | None:
        """Return a resampler of ``metric`` over prompts, or None for the mean of its column.

        Raises:
            UnknownName: ``metric`` is none of this task's.
            BadInput: ``examples`` were not scored by a preference task.
        """
        terms = self._terms(metric)
        return None if terms is None else pairs.RatioResampler(*terms(examples))

    def paired_resampler(
        self, first: pa.Table, second: pa.Table, metric: str
    ) -> PairedResampler | None:
        """Return a resampler over two runs on the same prompts, or None for means of columns.

        Raises:
            UnknownName: ``metric`` is none of this task's.
            BadInput: The runs differ in their prompts or ranks, or are none of a preference task.
        """
        terms = self._terms(metric)
        if terms is None:
            return None
        pairs.same_prompts(first, second)
        return pairs.PairedRatioResampler(terms(first), terms(second))

    @abstractmethod
    def sums(self) -> dict[str, pairs.Terms | None]:
        """Return metric name to the terms of its ratio of sums, None for a mean of its column."""

    def _terms(self, metric: str) -> pairs.Terms | None:
        known = self.sums()
        if metric not in known:
            raise UnknownName(f"metric of {self.name}", metric, known)
        return known[metric]

    def _read(self, split: Split, path: Path) -> tuple[list[PromptImages], Ranks]:
        items = self.readers[split](path)
        return self._inputs(items, self._image_folder(split, path, items))

    def _inputs(
        self, items: Sequence[RankedImages], folder: Path | None
    ) -> tuple[list[PromptImages], Ranks]:
        """Return inputs and targets; ``folder`` holds the images, if they are here."""
        if self.config.shuffle:
            items = [item.shuffled() for item in items]
        inputs = [
            PromptImages(
                item.id,
                item.prompt,
                [LazyImage(name, folder / name if folder else None) for name in item.names],
            )
            for item in items
        ]
        return inputs, Ranks(tuple(i.id for i in items), tuple(i.ranks for i in items))

    def _test_annotations(self) -> Path:
        path = self._annotations("test")
        assert path is not None, "only the training split may be absent"
        return path

    def _annotations(self, split: Split) -> Path | None:
        """Return the annotation file of ``split``, or None where there is none."""
        if split == "train" and self.config.train is not None:
            return _existing(Path(self.config.train))
        data = self.config.data
        folder = self._mini_folder() / self.mini_name if data is None else Path(data)
        if split == "train":
            beside = folder / "train.json"
            return beside if beside.is_file() else None
        return folder if folder.is_file() else _test_file(folder, self.config.split)

    def _image_folder(self, split: Split, path: Path, items: Sequence[RankedImages]) -> Path | None:
        """Return the folder that holds all images of ``items``, or None where there are none.

        Raises:
            BadInput: The folder given holds none of them, or a folder holds only some.
        """
        given = self.config.images if split == "test" else self.config.train_images
        names = [name for item in items for name in item.names]
        if given is not None:
            folder: Path | None = Path(given)
        elif self.config.data is None:
            folder = self._mini_folder() / "images"
        else:
            near = (f"{split}_images", split, "images", ".")
            folder = next(
                (d for d in map(path.parent.joinpath, near) if _holds_any(d, names)), None
            )
        if folder is None:
            return None
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise BadInput(
                f"{folder}: {len(missing)} of the {len(names)} images that {path.name} ranks are "
                f"missing, first {missing[0]}; unpack the images again or name the right folder"
            )
        return folder

    @staticmethod
    def _mini_folder() -> Path:
        from harness.tasks.mini.preference_files import mini_preference_folder

        return mini_preference_folder()


def check_count(predictions: Sequence[Rewards], targets: Ranks) -> None:
    """Make sure there is one prediction per prompt, in order, one score per image.

    Raises:
        BadInput: There is not; the first prompt concerned is named.
    """
    if len(predictions) != len(targets.ids):
        raise BadInput(f"{len(predictions)} predictions for {len(targets.ids)} prompts")
    for known, ranks, out in zip(targets.ids, targets.ranks, predictions, strict=True):
        if out.id != known or out.scores.shape != ranks.shape:
            raise BadInput(
                f"prompt {known}: the prediction is for {out.id} with scores of shape "
                f"{out.scores.shape}; expected {ranks.shape}, in the order of the inputs"
            )


def _holds_any(folder: Path, names: Sequence[str]) -> bool:
    return any((folder / name).is_file() for name in names)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise BadInput(f"{path}: no such file; check the path")
    return path


def _test_file(folder: Path, wanted: str | None) -> Path:
    """Return the file asked for, ``test.json``, or the only one there called ``test*.json``."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such file or folder; expected test.json there")
    if wanted is not None:
        named = folder / f"{wanted.removesuffix('.json')}.json"
        if named.is_file():
            return named
        there = ", ".join(sorted(path.name for path in folder.glob("*.json"))) or "none"
        raise BadInput(f"{named}: no such file; of .json files there is {there}: check --split")
    exact = folder / "test.json"
    found = [exact] if exact.is_file() else sorted(folder.glob("test*.json"))
    if len(found) == 1:
        return found[0]
    if not found:
        raise BadInput(f"{folder}: no annotation file called test.json; put one there, or name it")
    names = ", ".join(path.name for path in found)
    raise BadInput(f"{folder}: several annotation files ({names}); name one of them with --split")
