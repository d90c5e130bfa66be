from __future__ import annotations

import gzip
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.errors import BadInput
from harness.tasks.mini import image_files
from harness.tasks.mnist import MNIST, FashionMNIST
from harness.testing import check_task


@pytest.fixture(autouse=True)
def _small_mini(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("mnist", "fashion_mnist"):
        recipe = image_files._RECIPES[name]
        monkeypatch.setitem(image_files._RECIPES, name, replace(recipe, train=50, test=30))


def test_the_official_test_set(shared_data: Path) -> None:
    folder = shared_data / "mnist"
    dataset = MNIST(MNIST.Config(data=folder, train=False)).load()
    assert dataset.origin == f"{folder / 't10k-images-idx3-ubyte.gz'}, official test set"
    assert dataset.inputs[0].pixels.shape == (28, 28, 1)
    assert np.bincount(dataset.targets)[:3].tolist() == [980, 1135, 1032]


def test_real_images_of_fashion_mnist(shared_data: Path, tmp_path: Path) -> None:
    for what in ("images-idx3", "labels-idx1"):
        source = shared_data / "fashion_mnist" / f"sprite600-{what}-ubyte.gz"
        shutil.copy(source, tmp_path / f"t10k-{what}-ubyte.gz")
    dataset = FashionMNIST(FashionMNIST.Config(data=tmp_path, train=False)).load()
    assert np.bincount(dataset.targets).tolist() == [60] * 10
    assert dataset.origin.endswith(", 600 test images")
    assert dataset.inputs[0].class_names[-1] == "Ankle boot"


def test_unzipped_files_are_read_too(tmp_path: Path) -> None:
    expected = MNIST().load()
    for path in MNIST().files():
        (tmp_path / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    dataset = MNIST(MNIST.Config(data=tmp_path)).load()
    assert dataset.targets.tolist() == expected.targets.tolist()
    np.testing.assert_array_equal(dataset.inputs[3].pixels, expected.inputs[3].pixels)


def test_images_and_labels_of_two_releases_are_refused(tmp_path: Path) -> None:
    for path in MNIST().files():
        shutil.copy(path, tmp_path)
    shutil.copy(tmp_path / "train-labels-idx1-ubyte.gz", tmp_path / "t10k-labels-idx1-ubyte.gz")
    with pytest.raises(BadInput, match=r"t10k-images.*: 30 images but 50 labels"):
        MNIST(MNIST.Config(data=tmp_path)).load()


@pytest.mark.parametrize("cls", [MNIST, FashionMNIST])
def test_the_contract(cls: type[MNIST]) -> None:
    check_task(cls)
