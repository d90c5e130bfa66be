"""Classes and logits predicted elsewhere: three forms, what a bare class leaves open, every defect."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import harness
from harness import api
from harness.errors import BadInput
from harness.kinds.image_classification import ClassScores
from harness.store import Store
from harness.tasks.images.submissions import (
    read_classes,
    write_array,
    write_classes,
    write_table,
)
from harness.tasks.mnist import MNIST

TARGET = "harness.tasks.mnist:MNIST"
NAMES = ("cat", "dog", "boat")
LABELS = np.array([0, 1, 2, 1])
IDS = [f"test/{i}" for i in range(4)]


def read(path: Path) -> list[ClassScores]:
    return read_classes(path, LABELS, NAMES, IDS, "test_batch")


def best(predictions: list[ClassScores]) -> list[int]:
    return [int(np.argmax(p.scores)) for p in predictions]


@pytest.fixture
def mnist(shared_data: Path, tmp_path: Path) -> dict[str, Any]:
    """The first 400 real test images; no training images are needed to score a submission."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    for name, head, size in (("images-idx3", 16, 784), ("labels-idx1", 8, 1)):
        packed = shared_data / "mnist" / f"t10k-{name}-ubyte.gz"
        data = gzip.decompress(packed.read_bytes())
        cut = data[:4] + (400).to_bytes(4, "big") + data[8 : head + 400 * size]
        (folder / f"t10k-{name}-ubyte").write_bytes(cut)
    return {"data": folder}


@settings(deadline=None)
@given(
    logits=st.lists(
        st.lists(st.floats(-1e300, 1e300), min_size=3, max_size=3), min_size=4, max_size=4
    )
)
def test_written_and_read_again(
    logits: list[list[float]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.getbasetemp()
    given_ = [ClassScores(np.array(row)) for row in logits]
    write_array(base / "logits.npy", given_)
    assert [p.scores.tolist() for p in read(base / "logits.npy")] == logits
    for write, name in ((write_classes, "classes.txt"), (write_table, "classes.csv")):
        write(base / name, given_)
        assert best(read(base / name)) == best(given_)


def test_rows_and_names_may_come_in_any_order_in_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id, label\n3,boat\n0,1\n2,cat\n1,2\n")
    assert best(read(path)) == [1, 2, 0, 2]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8])
def test_logits_of_any_number_type(dtype: Any, tmp_path: Path) -> None:
    """The card's example of a tie: the class that comes first is the answer."""
    np.save(tmp_path / "a.npy", np.array([[1, 3, 2], [2, 2, 0], [0, 0, 1], [0, 1, 0]], dtype))
    assert best(read(tmp_path / "a.npy")) == [1, 0, 2, 1]


def test_a_row_with_nan_is_wrong_and_infinities_are_numbers(tmp_path: Path) -> None:
    rows = np.array([[np.nan, 1, 2], [0, np.inf, 0], [-np.inf, 0, 1], [0, np.nan, 0]])
    np.save(tmp_path / "a.npy", rows)
    found = read(tmp_path / "a.npy")
    assert (np.array(best(found)) == LABELS).tolist() == [False, True, True, False]
    assert np.isfinite([p.scores for p in found]).all()


def test_true_labels_of_the_real_test_set_score_1(mnist: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("torchmetrics")
    labels = MNIST(MNIST.Config(**mnist)).load_targets().targets
    path = tmp_path / "truth.txt"
    path.write_text("".join(f"{label}\n" for label in labels))
    record = api.score(TARGET, path, task_config=mnist)
    first, fifth = record.scores
    assert first.value == 1
    assert first.interval is not None
    # One class an image leaves the order of the others open: no top-5 figure is made up.
    assert fifth.value is None
    logits = np.zeros((len(labels), 10), np.float32)
    logits[:, 1:6] = [5, 4, 3, 2, 1]
    np.save(tmp_path / "ones.npy", logits)
    ones = api.score(TARGET, tmp_path / "ones.npy", task_config=mnist)
    assert ones.scores[0].value == pytest.approx(np.mean(labels == 1))
    expected = np.mean((labels >= 1) & (labels <= 5))
    assert ones.scores[1].value == pytest.approx(expected)
    found = harness.compare(record, ones)
    assert found.difference == pytest.approx(1 - np.mean(labels == 1))


def test_only_the_scored_images_are_targets(mnist: dict[str, Any]) -> None:
    task = MNIST(MNIST.Config(**mnist))
    assert all(path.name.startswith("t10k") for path in task.target_files())
    assert list(task.files()) == list(task.target_files())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0\n1\n", "2 predictions for the 4 images of test_batch; write one class index a line"),
        ("0\n1\n3\n0\n", "line 3: '3' is no class; expected an index from 0 to 2"),
        ("0\n" + "9" * 5000 + "\n0\n0\n", "line 2: '9999"),
        ("0\n-1\n0\n0\n", "line 2: '-1' is no class"),
        ("0\n\n0\n0\n", "line 2: '' is no class"),
        ("0\ncat\n0\n0\n", "line 2: 'cat' is no class; expected an index from 0 to 2$"),
        ("id,label\n0,0\n0,1\n", "line 3: a second prediction for 0, after line 2"),
        ("id,label\n4,0\n", r"line 2: no example '4' in test_batch \(its first id is 0\)"),
        ("id,label\n0,0\n2,0\n", "2 of 4 predictions missing, first that for 1"),
        ("id,label\n0\n", "line 2: 1 cells, expected id,label"),
        (
            "id,label\n0,bird\n",
            "line 2: 'bird' is no class; expected an index .* or a class's name",
        ),
        ("", "empty"),
    ],
)
def test_a_wrong_line_is_named(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "theirs.txt"
    path.write_text(text)
    with pytest.raises(BadInput, match=said) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))


def test_wrong_arrays_are_named_and_pickles_are_not_run(tmp_path: Path) -> None:
    path = tmp_path / "theirs.npy"
    np.save(path, np.array([[{}] * 3] * 4, object), allow_pickle=True)
    with pytest.raises(BadInput, match="no readable"):
        read(path)
    for array in (np.zeros((4, 2)), np.zeros(4), np.zeros((4, 3), complex), np.zeros((4, 3), "U1")):
        np.save(path, array)
        with pytest.raises(BadInput, match=r"expected \(4, 3\) numbers for test_batch"):
            read(path)
    np.save(path, np.zeros((4, 3)))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BadInput, match="no readable"):
        read(path)
    header = b"(" * 5000
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(BadInput, match=r"no readable \.npy array"):
        read(path)
    path.write_bytes(b"PK\x03\x04abc")
    with pytest.raises(BadInput, match=r"no readable \.npy array"):
        read(path)
    path.write_bytes(gzip.compress(b""))
    with pytest.raises(BadInput, match="no readable"):
        read(path)
    assert list(Store().records()) == []
