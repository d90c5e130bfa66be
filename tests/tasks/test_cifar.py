from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import BadInput
from harness.kinds.image_classification import ClassScores
from harness.task import Absent
from harness.tasks.cifar import CIFAR10, CIFAR100
from harness.tasks.mini import image_files, python2_pickle
from harness.testing import check_task

NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


@pytest.fixture(autouse=True)
def _small_mini(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cifar10", "cifar100"):
        recipe = image_files._RECIPES[name]
        monkeypatch.setitem(image_files._RECIPES, name, replace(recipe, train=100, test=30))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the card's example, two images, the first pure red, in the official files."""
    data = np.zeros((2, 3072), np.uint8)
    data[0, :1024] = 255
    place = tmp_path / "cifar-10-batches-py"
    place.mkdir()
    for name in ("test_batch", "data_batch_1"):
        batch = {"labels": [3, 5], "data": data}
        (place / name).write_bytes(python2_pickle.dumps(batch))
    (place / "batches.meta").write_bytes(python2_pickle.dumps({"label_names": NAMES}))
    return place


def task(data: Path, **options: Any) -> CIFAR10:
    return CIFAR10(CIFAR10.Config(data=data, **options))


def test_the_worked_example(folder: Path) -> None:
    for place in (folder, folder.parent):
        adapter = task(place)
        dataset = adapter.load()
        assert dataset.ids == ["test/0", "test/1"]
        assert dataset.inputs[0].class_names == tuple(NAMES)
        assert dataset.inputs[0].pixels.shape == (32, 32, 3)
        assert (dataset.inputs[0].pixels == (255, 0, 0)).all()
        assert not dataset.inputs[1].pixels.any()
        assert dataset.targets.tolist() == [3, 5]
        assert not dataset.mini
        split = adapter.train_split()
        assert list(split.labels) == [3, 5]
        assert [path.name for path in adapter.files()] == [
            "batches.meta",
            "test_batch",
            "data_batch_1",
        ]


def test_the_archive_as_downloaded_reads_the_same(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "cifar-10-python.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, folder.name)
    adapter = task(archive)
    assert adapter.files() == [archive]
    assert (adapter.load().inputs[0].pixels == (255, 0, 0)).all()
    assert len(adapter.train_split().inputs) == 2


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\0"])
def test_another_file_is_no_archive(content: bytes, tmp_path: Path) -> None:
    archive = tmp_path / "cifar-10-python.tar.gz"
    archive.write_bytes(content)
    with pytest.raises(BadInput, match="no readable tar archive"):
        task(archive).load()


def test_an_archive_without_the_files(tmp_path: Path) -> None:
    archive = tmp_path / "other.tar"
    with tarfile.open(archive, "w") as tar:
        tar.addfile(tarfile.TarInfo("cifar-10-batches-py/readme.html"), io.BytesIO())
    with pytest.raises(BadInput, match=r"there is no batches\.meta in it"):
        task(archive).load()


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        ({"labels": [3], "data": np.zeros((2, 3072), np.uint8)}, "2 images but 1 labels"),
        ({"labels": [3, 10], "data": np.zeros((2, 3072), np.uint8)}, "image 1 has label 10"),
        ({"labels": [3, -1], "data": np.zeros((2, 3072), np.uint8)}, "image 1 has label -1"),
        ({"labels": [3, 1], "data": np.zeros((2, 1024), np.uint8)}, r"expected \(n, 3072\)"),
        ({"labels": [], "data": np.zeros((0, 3072), np.uint8)}, "no images"),
        ({"labels": ["cat"], "data": np.zeros((1, 3072), np.uint8)}, "no list of labels"),
        ({"fine_labels": [1], "data": np.zeros((1, 3072), np.uint8)}, "no list of labels"),
    ],
)
def test_inconsistent_batches_are_refused(folder: Path, batch: Any, said: str) -> None:
    (folder / "test_batch").write_bytes(python2_pickle.dumps(batch))
    with pytest.raises(BadInput, match=f"test_batch: .*{said}"):
        task(folder).load()


def test_missing_files_are_named(folder: Path) -> None:
    (folder / "data_batch_1").rename(folder / "data_batch_2")
    with pytest.raises(BadInput, match="data_batch_1 to data_batch_2 there are 1"):
        task(folder).files()
    assert len(task(folder, train=False).load().ids) == 2
    assert not task(folder, train=False).train_split().inputs
    (folder / "test_batch").unlink()
    with pytest.raises(BadInput, match="test_batch: no such file"):
        task(folder, train=False).files()
    with pytest.raises(BadInput, match="nowhere: no such file or folder"):
        task(folder / "nowhere").files()


def test_validation_is_the_last_tenth_and_is_not_trained_on() -> None:
    everything = CIFAR10().train_split()
    held_out = CIFAR10(CIFAR10.Config(split="validation"))
    dataset, rest = held_out.load(), held_out.train_split()
    assert (len(dataset.ids), len(rest.inputs)) == (10, 90)
    assert [*rest.labels, *dataset.targets.tolist()] == list(everything.labels)
    np.testing.assert_array_equal(dataset.inputs[0].pixels, everything.inputs[90].pixels)
    assert "test_batch" not in {path.name for path in held_out.files()}


@pytest.mark.parametrize("cls", [CIFAR10, CIFAR100])
def test_a_constant_answer_scores_one_over_the_classes(cls: type[CIFAR10]) -> None:
    k = 10 if cls is CIFAR10 else 100
    adapter = cls(cls.Config(split="validation"))
    dataset = adapter.load()
    dataset.targets[:] = np.arange(len(dataset.targets)) % k
    scores = adapter.score([ClassScores(np.zeros(k)) for _ in dataset.ids], dataset)
    assert scores.values["top1"] == pytest.approx(1 / min(k, len(dataset.ids)))
    assert scores.values["top5"] == pytest.approx(5 / min(k, len(dataset.ids)))


def test_scores_hold_a_hit_or_miss_per_image(folder: Path) -> None:
    adapter = task(folder)
    dataset = adapter.load()
    answers = [ClassScores(np.eye(10)[3]), ClassScores(np.eye(10)[3])]
    scores = adapter.score(answers, dataset)
    assert scores.values == {"top1": 0.5, "top5": 0.5}
    assert scores.examples is not None
    assert scores.examples.to_pydict() == {
        "id": ["test/0", "test/1"],
        "top1": [1, 0],
        "top5": [1, 0],
    }
    assert scores.details == {"top1 per class": {"cat": 1, "dog": 0}}
    with pytest.raises(BadInput, match="1 predictions for 2 images"):
        adapter.score(answers[:1], dataset)
    with pytest.raises(BadInput, match=r"image test/1: scores of shape \(9,\)"):
        adapter.score([answers[0], ClassScores(np.zeros(9))], dataset)


def test_top_5_of_fewer_classes_is_absent(folder: Path) -> None:
    (folder / "batches.meta").write_bytes(python2_pickle.dumps({"label_names": NAMES[:4]}))
    for name in ("test_batch", "data_batch_1"):
        batch = {"labels": [3, 0], "data": np.zeros((2, 3072), np.uint8)}
        (folder / name).write_bytes(python2_pickle.dumps(batch))
    adapter = task(folder)
    dataset = adapter.load()
    scores = adapter.score([ClassScores(np.zeros(4))] * 2, dataset)
    assert scores.values == {"top1": 0.5, "top5": Absent("there are only 4 classes")}


@pytest.mark.parametrize("cls", [CIFAR10, CIFAR100])
def test_the_contract(cls: type[CIFAR10]) -> None:
    check_task(cls)


def test_real_files(shared_data: Path) -> None:
    adapter = task(shared_data / "cifar10" / "from_jpeg")
    dataset, split = adapter.load(), adapter.train_split()
    assert (len(dataset.ids), len(split.inputs)) == (1000, 2000)
    assert np.bincount(dataset.targets).tolist() == [100] * 10
    assert dataset.inputs[0].class_names == tuple(NAMES)
    assert dataset.origin.endswith("test_batch, 1,000 test images")
