"""CIFAR-10 and CIFAR-100 (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009).

Reads the official "python version": the folder ``cifar-10-batches-py`` or ``cifar-100-python``, or the
archive as downloaded. The files are Python 2 pickles; they are read without running them
(:mod:`harness.tasks.images.pickles`). A row of ``data`` is 1,024 red, then green, then blue values,
each row by row. CIFAR-100 is scored on its 100 fine classes.

Scores top-1 and top-5 accuracy over all test images with torchmetrics. Papers report the test set at
the last or at the best epoch; a method here sees the test images only once, without labels, so
figures are those of the last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.task import Download
from harness.tasks.images import places
from harness.tasks.images.classification import ImageClassification, Labelled, Part, is_official
from harness.tasks.images.pickles import read_pickle
from harness.tasks.mini import image_files

SIDE = 32


class _CIFAR(ImageClassification):
    """What the two have in common; a subclass says how its files and their entries are called."""

    folder: ClassVar[str]
    meta: ClassVar[str]
    test: ClassVar[str]
    labels_key: ClassVar[str]
    names_key: ClassVar[str]
    md5: ClassVar[Mapping[str, str]]

    def files(self) -> Sequence[Path]:
        """Return the batches read and the file of class names, or the archive.

        Raises:
            BadInput: One is missing.
        """
        place = self._place()
        if not place.is_dir():
            return [place]
        names = [self.meta]
        for part in self._parts():
            names += [self.test] if part == "test" else self._train_names(place)
        for name in names:
            if not (place / name).is_file():
                raise BadInput(
                    f"{place / name}: no such file; expected the official python version of "
                    f"{self._family()} there"
                )
        return [place / name for name in names]

    def _place(self) -> Path:
        if self.config.data is None:
            return image_files.folder(self.name)
        return places.folder_of(Path(self.config.data), self.folder)

    def _train_names(self, place: Path) -> list[str]:
        """Return the names of the files with training images, in order."""
        return ["train"]

    def _read(self, part: Part) -> Labelled:
        place = self._place()
        names = [self.test] if part == "test" else self._train_names(place)
        contents = places.read_all(place, [self.meta, *names])
        official = is_official(contents, self.md5)
        class_names = self._class_names(contents.pop(self.meta), f"{place / self.meta}")
        batches = [
            self._batch(content, str(place / name), class_names)
            for name, content in contents.items()
        ]
        return Labelled(
            np.concatenate([batch.pixels for batch in batches]),
            np.concatenate([batch.labels for batch in batches]),
            class_names,
            str(place / names[0]) if len(names) == 1 else str(place),
            official,
        )

    def _class_names(self, content: bytes, where: str) -> tuple[str, ...]:
        names = read_pickle(content, where).get(self.names_key)
        if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
            raise BadInput(f"{where}: no list of class names under {self.names_key!r}")
        return tuple(names)

    def _batch(self, content: bytes, where: str, class_names: tuple[str, ...]) -> Labelled:
        loaded = read_pickle(content, where)
        pixels = _pixels(loaded.get("data"), where)
        labels = loaded.get(self.labels_key)
        if not isinstance(labels, list) or not all(type(label) is int for label in labels):
            raise BadInput(f"{where}: no list of labels under {self.labels_key!r}")
        if any(abs(label) >= 2**31 for label in labels):
            raise BadInput(f"{where}: a label is far above the {len(class_names)} classes")
        return Labelled(pixels, np.array(labels, np.int64), class_names, where).verified()


def _pixels(data: Any, where: str) -> NDArray[np.uint8]:
    """Return ``(n, 32, 32, 3)`` from ``(n, 3072)`` in planes.

    Raises:
        BadInput: ``data`` is no such array.
    """
    if not isinstance(data, np.ndarray) or data.ndim != 2 or data.shape[1] != 3 * SIDE * SIDE:
        shape = data.shape if isinstance(data, np.ndarray) else type(data).__name__
        raise BadInput(f"{where}: 'data' is {shape}; expected (n, {3 * SIDE * SIDE}) bytes")
    planes = data.reshape(-1, 3, SIDE, SIDE)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1), np.uint8)


class CIFAR10(_CIFAR):
    """CIFAR-10: 50,000 training and 10,000 test images of 10 classes."""

    name: ClassVar[str] = "cifar10"
    title: ClassVar[str] = "CIFAR-10 image classification"
    kind: ClassVar[str] = "image_classification"
    requires: ClassVar[tuple[str, ...]] = ("vision",)
    source: ClassVar[str] = (
        "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz "
        "(MD5 c58f30108f718f92721af3b95e74349a); no formal licence, cite Krizhevsky 2009. "
        "The embedded mini CIFAR-10 is our own, under this project's licence."
    )
    # The MD5 is the owner's; Keras publishes the SHA-256 of the same file.
    downloads: ClassVar[tuple[Download, ...]] = (
        Download(
            url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
            name="cifar-10-python.tar.gz",
            sha256="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            md5="c58f30108f718f92721af3b95e74349a",
            size=170_498_071,
            gives=("cifar-10-batches-py",),
            licence="no formal licence; cite Krizhevsky 2009",
        ),
    )
    folder: ClassVar[str] = "cifar-10-batches-py"
    meta: ClassVar[str] = "batches.meta"
    test: ClassVar[str] = "test_batch"
    labels_key: ClassVar[str] = "labels"
    names_key: ClassVar[str] = "label_names"
    md5: ClassVar[Mapping[str, str]] = {
        "data_batch_1": "c99cafc152244af753f735de768cd75f",
        "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
        "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "634d18415352ddfa80567beed471001a",
        "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        "test_batch": "40351d587109b95175f43aff81a1287e",
        "batches.meta": "5ff9c542aee3614f3951f8cda6e48888",
    }

    def _train_names(self, place: Path) -> list[str]:
        """Return ``data_batch_1`` and those that follow without a gap.

        Raises:
            BadInput: There is none, or one is missing before the last.
        """
        found = [re.fullmatch(r"data_batch_([1-9]\d?)", name) for name in places.names_in(place)]
        last = max((int(match[1]) for match in found if match), default=0)
        have = sum(match is not None for match in found)
        if not last or have != last:
            raise BadInput(
                f"{place}: of data_batch_1 to data_batch_{last or 5} there are {have}; complete "
                "them, or score without training images: train=false"
            )
        return [f"data_batch_{number}" for number in range(1, last + 1)]

    @classmethod
    def _family(cls) -> str:
        return "CIFAR-10"


class CIFAR100(_CIFAR):
    """CIFAR-100: 50,000 training and 10,000 test images of 100 fine classes."""

    name: ClassVar[str] = "cifar100"
    title: ClassVar[str] = "CIFAR-100 image classification"
    kind: ClassVar[str] = "image_classification"
    requires: ClassVar[tuple[str, ...]] = ("vision",)
    source: ClassVar[str] = (
        "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz "
        "(MD5 eb9058c3a382ffc7106e4002c42a8d85); no formal licence, cite Krizhevsky 2009. "
        "The embedded mini CIFAR-100 is our own, under this project's licence."
    )
    downloads: ClassVar[tuple[Download, ...]] = (
        Download(
            url="https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
            name="cifar-100-python.tar.gz",
            sha256="85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
            md5="eb9058c3a382ffc7106e4002c42a8d85",
            size=169_001_437,
            gives=("cifar-100-python",),
            licence="no formal licence; cite Krizhevsky 2009",
        ),
    )
    folder: ClassVar[str] = "cifar-100-python"
    meta: ClassVar[str] = "meta"
    test: ClassVar[str] = "test"
    labels_key: ClassVar[str] = "fine_labels"
    names_key: ClassVar[str] = "fine_label_names"
    md5: ClassVar[Mapping[str, str]] = {
        "train": "16019d7e3df5f24257cddd939b257f8d",
        "test": "f0ef6b0ae62326f3e7ffdfab6717acfc",
        "meta": "7973b15100ade9c7d40fb424638fde48",
    }

    @classmethod
    def _family(cls) -> str:
        return "CIFAR-100"
