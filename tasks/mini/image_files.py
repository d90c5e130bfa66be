"""The mini CIFAR-10, CIFAR-100, MNIST and Fashion-MNIST, in the official files.

Nothing is shipped: the files are rendered in some seconds into the cache when they are first asked
for. A picture is a function of (data set, part, place), so the files are the same wherever they are
made, and their folder is named after the sources and the NumPy that make them.

    python -m harness.tasks.mini.image_files                    # make all four, say where
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click
import numpy as np
from numpy.typing import NDArray

from harness.errors import StoreError
from harness.paths import cache_root, write_atomically
from harness.tasks.mini import digits, garments, pictures, python2_pickle

Name = Literal["cifar10", "cifar100", "mnist", "fashion_mnist"]
Files = dict[str, bytes]
Draw = Callable[[int, np.random.Generator], NDArray[np.uint8]]

SEED = 2009
TRAIN, TEST = 1, 2
BATCHES = 5


@dataclass(frozen=True, slots=True)
class _Recipe:
    """How one mini data set is made."""

    code: int
    draw: Draw
    classes: int
    train: int
    test: int
    write: Callable[[_Recipe], Files]
    files: tuple[str, ...]

    def part(self, part: int) -> tuple[NDArray[np.uint8], list[int]]:
        """Return the pictures of a part and their labels, as balanced as can be, shuffled."""
        count = self.train if part == TRAIN else self.test
        order = np.random.default_rng([SEED, self.code, part])
        labels = order.permutation(np.arange(count) % self.classes).tolist()
        drawn = [
            self.draw(label, np.random.default_rng([SEED, self.code, part, place]))
            for place, label in enumerate(labels)
        ]
        return np.stack(drawn), labels


def folder(name: str) -> Path:
    """Return the folder with the official files of a mini data set, made now if they are not there.

    Raises:
        StoreError: The cache cannot be written.
    """
    recipe = _RECIPES[name]
    place = cache_root() / "mini" / f"{name}-{_version()}"
    if not all((place / file).is_file() for file in recipe.files):
        try:
            for file, content in recipe.write(recipe).items():
                write_atomically(place / file, content)
        except OSError as error:
            raise StoreError(
                f"{place}: the mini {name} cannot be written ({error.strerror}); "
                "set HARNESS_CACHE to a folder that can"
            ) from None
    return place


@functools.cache
def _version() -> str:
    """Return a digest of everything that the pictures depend on."""
    from harness.sources import closure

    digest = hashlib.sha256(np.__version__.encode())
    for name, source in closure(__name__).items():
        if name.startswith("harness.tasks.mini"):
            digest.update(source.encode())
    return digest.hexdigest()[:12]


def _cifar10(recipe: _Recipe) -> Files:
    pixels, labels = recipe.part(TRAIN)
    files = {}
    for number, rows in enumerate(np.array_split(np.arange(len(labels)), BATCHES), start=1):
        label = f"training batch {number} of {BATCHES}"
        files[f"data_batch_{number}"] = _batch(
            label, pixels[rows], {"labels": [labels[row] for row in rows]}
        )
    pixels, labels = recipe.part(TEST)
    files["test_batch"] = _batch("testing batch 1 of 1", pixels, {"labels": labels})
    about = {"num_cases_per_batch": recipe.train // BATCHES, "num_vis": 3072}
    files["batches.meta"] = python2_pickle.dumps({"label_names": pictures.CLASSES_10, **about})
    return files


def _cifar100(recipe: _Recipe) -> Files:
    files = {}
    for part, name, label in (
        (TRAIN, "train", "training batch 1 of 1"),
        (TEST, "test", "testing batch 1 of 1"),
    ):
        pixels, labels = recipe.part(part)
        coarse = [pictures.coarse_of(fine) for fine in labels]
        files[name] = _batch(label, pixels, {"fine_labels": labels, "coarse_labels": coarse})
    files["meta"] = python2_pickle.dumps(
        {"fine_label_names": pictures.CLASSES_100, "coarse_label_names": pictures.COARSE}
    )
    return files


def _batch(label: str, pixels: NDArray[np.uint8], labels: dict[str, list[int]]) -> bytes:
    """Return a CIFAR batch: planes of red, green and blue, one image a row."""
    rows = pixels.transpose(0, 3, 1, 2).reshape(len(pixels), -1)
    names = [f"mini_s_{place:06d}.png" for place in range(len(pixels))]
    return python2_pickle.dumps({"batch_label": label, **labels, "data": rows, "filenames": names})


def _idx_files(recipe: _Recipe) -> Files:
    files = {}
    for part, prefix in ((TRAIN, "train"), (TEST, "t10k")):
        pixels, labels = recipe.part(part)
        files[f"{prefix}-images-idx3-ubyte.gz"] = _idx(pixels)
        files[f"{prefix}-labels-idx1-ubyte.gz"] = _idx(np.array(labels, np.uint8))
    return files


def _idx(array: NDArray[np.uint8]) -> bytes:
    """Return a gzipped idx file of unsigned bytes, without a time stamp."""
    header = struct.pack(f">{1 + array.ndim}I", 0x800 | array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes(), mtime=0)


_CIFAR10_FILES = (*(f"data_batch_{n + 1}" for n in range(BATCHES)), "test_batch", "batches.meta")
_IDX_FILES = tuple(
    f"{prefix}-{what}-ubyte.gz"
    for prefix in ("train", "t10k")
    for what in ("images-idx3", "labels-idx1")
)
_RECIPES: dict[str, _Recipe] = {
    "cifar10": _Recipe(1, pictures.draw_10, 10, 3000, 1000, _cifar10, _CIFAR10_FILES),
    "cifar100": _Recipe(
        2, pictures.draw_100, 100, 5000, 1000, _cifar100, ("train", "test", "meta")
    ),
    "mnist": _Recipe(3, digits.draw, 10, 2000, 1000, _idx_files, _IDX_FILES),
    "fashion_mnist": _Recipe(4, garments.draw, 10, 2000, 1000, _idx_files, _IDX_FILES),
}


def make_all(names: Iterable[str] = tuple(_RECIPES)) -> list[Path]:
    """Make what is not there yet; return the folders."""
    return [folder(name) for name in names]


@click.command()
def main() -> None:
    """Make the mini image data sets, or say where they are."""
    for place in make_all():
        click.echo(place)


if __name__ == "__main__":
    main()
