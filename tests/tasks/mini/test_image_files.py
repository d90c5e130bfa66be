from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.errors import StoreError
from harness.tasks.cifar import CIFAR10, CIFAR100
from harness.tasks.mini import image_files, pictures
from harness.tasks.mnist import MNIST, FashionMNIST

NAMES = ("cifar10", "cifar100", "mnist", "fashion_mnist")


@pytest.fixture(autouse=True)
def _small_mini(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        recipe = image_files._RECIPES[name]
        size = 4 * recipe.classes
        monkeypatch.setitem(image_files._RECIPES, name, replace(recipe, train=size, test=size))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_files_wherever_they_are_made(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = []
    for cache in ("one", "two"):
        monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / cache))
        place = image_files.folder(name)
        assert sorted(p.name for p in place.iterdir()) == sorted(image_files._RECIPES[name].files)
        contents.append({path.name: path.read_bytes() for path in place.iterdir()})
    assert contents[0] == contents[1]


def test_files_that_are_there_are_not_made_again() -> None:
    place = image_files.folder("mnist")
    times = [path.stat().st_mtime_ns for path in sorted(place.iterdir())]
    image_files.folder("mnist")
    assert [path.stat().st_mtime_ns for path in sorted(place.iterdir())] == times
    (place / "t10k-labels-idx1-ubyte.gz").unlink()
    assert (image_files.folder("mnist") / "t10k-labels-idx1-ubyte.gz").is_file()


def test_a_cache_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "file"))
    with pytest.raises(StoreError, match="set HARNESS_CACHE"):
        image_files.folder("mnist")


@pytest.mark.parametrize("cls", [CIFAR10, CIFAR100, MNIST, FashionMNIST])
def test_parts_are_balanced_shuffled_and_distinct(cls: type[CIFAR10]) -> None:
    task = cls()
    dataset, split = task.load(), task.train_split()
    assert dataset.mini
    assert set(np.bincount(dataset.targets)) == set(np.bincount(split.labels)) == {4}
    assert (np.diff(dataset.targets) < 0).any()
    pictures_seen = {item.pixels.tobytes() for item in (*dataset.inputs, *split.inputs)}
    assert len(pictures_seen) == len(dataset.inputs) + len(split.inputs)


def test_classes_of_the_mini_cifar_100() -> None:
    assert len(set(pictures.CLASSES_100)) == 100
    assert len(set(pictures.COARSE)) == 20
    for label, name in enumerate(pictures.CLASSES_100):
        assert name.endswith(pictures.COARSE[pictures.coarse_of(label)])
