"""MNIST (LeCun et al., Proc. IEEE 1998) and Fashion-MNIST (Xiao et al., arXiv:1708.07747).

Both are 60,000 training and 10,000 test images, 28 x 28 grey, in four idx files of the same names;
plain or gzipped, as downloaded. Scored by top-1 and top-5 accuracy over all test images with
torchmetrics; the field reports top-1, or the error 1 - top-1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field

from harness.errors import BadInput
from harness.task import Download, Split
from harness.tasks.images import places
from harness.tasks.images.classification import ImageClassification, Labelled, Part, is_official
from harness.tasks.images.idx import read_idx
from harness.tasks.mini import image_files

_PREFIX: Mapping[Part, str] = {"train": "train", "test": "t10k"}
IMAGES, LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"


class _IdxTask(ImageClassification):
    """What the two have in common; a subclass names its classes and the published MD5 sums."""

    class_names: ClassVar[tuple[str, ...]]
    md5: ClassVar[Mapping[str, str]]

    class Config(ImageClassification.Config):
        """Options of a task in idx files."""

        split: str = Field(  # type: ignore[assignment]
            "test",
            description="What is scored: test, validation (the last tenth of the training images), "
            "train, or the beginning of the names of an image and a label file, as t10k",
        )

    def files(self) -> Sequence[Path]:
        """Return the image and label files that are read.

        Raises:
            BadInput: One is missing.
        """
        return [path for part in self._parts() for path in self._paths(part)]

    def _folder(self) -> Path:
        if self.config.data is None:
            return image_files.folder(self.name)
        folder = Path(self.config.data)
        if not folder.is_dir():
            raise BadInput(f"{folder}: no such folder; expected idx files there")
        return folder

    def _scored(self) -> Split:
        named: dict[str, Split] = {"validation": "validation", "train": "train"}
        return named.get(self.config.split, "test")

    def _has_training(self) -> bool:
        return bool(_find(self._folder(), f"{_PREFIX['train']}-{IMAGES}"))

    def _paths(self, part: Part) -> tuple[Path, Path]:
        """Return the image file and the label file of a part."""
        folder = self._folder()
        prefix = self._test_prefix(folder) if part == "test" else _PREFIX[part]
        return _one(folder, f"{prefix}-{IMAGES}", part), _one(folder, f"{prefix}-{LABELS}", part)

    def _test_prefix(self, folder: Path) -> str:
        """Return how the names of the scored files begin: officially, as asked, or the only ones.

        Raises:
            BadInput: The official images are not there, and several others are.
        """
        official = _PREFIX["test"]
        if self.config.split != "test":
            return str(self.config.split)
        if _find(folder, f"{official}-{IMAGES}"):
            return official
        ending = f"-{IMAGES}"
        names = {path.name.removesuffix(".gz") for path in folder.iterdir() if path.is_file()}
        others = sorted(
            start
            for start in (n.removesuffix(ending) for n in names if n.endswith(ending))
            if start != _PREFIX["train"] and f"{start}-{LABELS}" in names
        )
        if len(others) > 1:
            raise BadInput(
                f"{folder}: no {official}{ending}, and several others could be meant "
                f"({', '.join(others)}): name one with --split NAME"
            )
        return others[0] if others else official

    def _read(self, part: Part) -> Labelled:
        paths = self._paths(part)
        contents = {path.name: places.read(path) for path in paths}
        images = read_idx(contents[paths[0].name], str(paths[0]), 3)
        labels = read_idx(contents[paths[1].name], str(paths[1]), 1)
        return Labelled(
            images[..., None],
            labels.astype(np.int64),
            self.class_names,
            str(paths[0]),
            is_official(contents, self.md5),
        )


def _one(folder: Path, name: str, part: Part) -> Path:
    """Return the file ``name``, gzipped or plain, in ``folder``.

    Raises:
        BadInput: There is neither.
    """
    found = _find(folder, name)
    if found is not None:
        return found
    hint = " or score without training images: train=false" if part == "train" else ""
    raise BadInput(f"{folder / name}.gz: no such file, nor without .gz; put it there{hint}")


def _find(folder: Path, name: str) -> Path | None:
    return next((p for p in (folder / f"{name}.gz", folder / name) if p.is_file()), None)


def _idx_downloads(
    base: str, licence: str, files: Sequence[tuple[str, int, str]]
) -> tuple[Download, ...]:
    """Return the files below ``base``, given as name, bytes and SHA-256.

    Sizes and digests are those tensorflow_datasets publishes of files whose MD5 sums are the ones
    torchvision and the owners publish (``md5`` of the tasks).
    """
    return tuple(
        Download(f"{base}{name}", name, sha256, size, licence=licence)
        for name, size, sha256 in files
    )


class MNIST(_IdxTask):
    """MNIST: handwritten digits."""

    name: ClassVar[str] = "mnist"
    title: ClassVar[str] = "MNIST handwritten digits"
    kind: ClassVar[str] = "image_classification"
    requires: ClassVar[tuple[str, ...]] = ("vision",)
    source: ClassVar[str] = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/ (mirror of yann.lecun.com/exdb/mnist): "
        "{train,t10k}-{images-idx3,labels-idx1}-ubyte.gz; LeCun, Cortes, Burges, commonly given as "
        "CC BY-SA 3.0. The embedded mini MNIST is our own, under this project's licence."
    )
    downloads: ClassVar[tuple[Download, ...]] = _idx_downloads(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "CC BY-SA 3.0, as commonly given",
        (
            (
                "train-images-idx3-ubyte.gz",
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            (
                "train-labels-idx1-ubyte.gz",
                28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            (
                "t10k-images-idx3-ubyte.gz",
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            (
                "t10k-labels-idx1-ubyte.gz",
                4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        ),
    )
    class_names: ClassVar[tuple[str, ...]] = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
    md5: ClassVar[Mapping[str, str]] = {
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    }

    @classmethod
    def _family(cls) -> str:
        return "MNIST"


class FashionMNIST(_IdxTask):
    """Fashion-MNIST: articles of clothing."""

    name: ClassVar[str] = "fashion_mnist"
    title: ClassVar[str] = "Fashion-MNIST articles of clothing"
    kind: ClassVar[str] = "image_classification"
    requires: ClassVar[tuple[str, ...]] = ("vision",)
    source: ClassVar[str] = (
        "https://github.com/zalandoresearch/fashion-mnist (data/fashion): "
        "{train,t10k}-{images-idx3,labels-idx1}-ubyte.gz; Zalando Research, MIT licence. "
        "The embedded mini Fashion-MNIST is our own, under this project's licence."
    )
    downloads: ClassVar[tuple[Download, ...]] = _idx_downloads(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "MIT (Zalando Research)",
        (
            (
                "train-images-idx3-ubyte.gz",
                26_421_880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            (
                "train-labels-idx1-ubyte.gz",
                29_515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            (
                "t10k-images-idx3-ubyte.gz",
                4_422_102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            (
                "t10k-labels-idx1-ubyte.gz",
                5_148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        ),
    )
    class_names: ClassVar[tuple[str, ...]] = (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )
    md5: ClassVar[Mapping[str, str]] = {
        "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
    }

    @classmethod
    def _family(cls) -> str:
        return "Fashion-MNIST"
