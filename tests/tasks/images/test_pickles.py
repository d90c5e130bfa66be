from __future__ import annotations

import contextlib
import os
import pickle
import pickletools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.tasks.images.pickles import read_pickle
from harness.tasks.mini import python2_pickle

BATCH: dict[str, Any] = {
    "batch_label": "testing batch 1 of 1",
    "labels": [3, 5],
    "data": np.arange(2 * 3072, dtype=np.uint8).reshape(2, 3072),
    "filenames": ["a.png", "b.png"],
}
WRITTEN = python2_pickle.dumps(BATCH)


class _Runs:
    """Pickles as a call of a function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def same(loaded: dict[str, Any], expected: dict[str, Any]) -> bool:
    np.testing.assert_equal(loaded, expected)
    return True


def test_a_batch_is_read_as_it_was_written() -> None:
    assert same(read_pickle(WRITTEN, "test_batch"), BATCH)


def test_the_writer_writes_what_python_and_numpy_read() -> None:
    assert same(pickle.loads(WRITTEN, encoding="latin1"), BATCH)
    assert pickle.loads(WRITTEN, encoding="bytes")[b"filenames"] == [b"a.png", b"b.png"]
    opcodes = {opcode.name for opcode, _, _ in pickletools.genops(WRITTEN)}
    assert not any("UNICODE" in name for name in opcodes)


def test_official_files_are_read_as_pickle_reads_them(shared_data: Path) -> None:
    folder = shared_data / "cifar10" / "from_jpeg" / "cifar-10-batches-py"
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        assert same(read_pickle(content, str(path)), pickle.loads(content, encoding="latin1"))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_is_run(protocol: int, tmp_path: Path) -> None:
    mark = tmp_path / "was run"
    for call in (_Runs(os.system, f"touch '{mark}'"), _Runs(eval, f"open({str(mark)!r}, 'w')")):
        content = pickle.dumps({"data": call}, protocol)
        with pytest.raises(BadInput, match=r"data_batch_1: refused: .*(system|eval)") as caught:
            read_pickle(content, "data_batch_1")
        assert "\n" not in str(caught.value)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"U\x02u1", b"U\x02O8", "of type b'O8'"),
        (b"J\x00\x0c\x00\x00t", b"J\x01\x0c\x00\x00t", "out of 6144 bytes"),
        (b"J\x00\x0c\x00\x00t", b"J\xff\xff\xff\xfft", "of shape"),
        (b"cnumpy\nndarray\n", b"cnumpy\nmatrix\n", "numpy.matrix"),
        (b"cnumpy\nndarray\n", b"cnumpy\ndtype\n", "another class"),
    ],
)
def test_arrays_of_another_form_are_refused(old: bytes, new: bytes, said: str) -> None:
    assert WRITTEN.count(old) == 1
    with pytest.raises(BadInput, match="refused") as caught:
        read_pickle(WRITTEN.replace(old, new), "test_batch")
    assert said in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no pickle", b"N.", pickle.dumps([1], 2), b"\x1f\x8b12"])
def test_what_is_no_dictionary_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="meta: "):
        read_pickle(content, "meta")


@given(st.integers(0, len(WRITTEN) - 1))
def test_every_truncation_is_noticed(length: int) -> None:
    with pytest.raises(BadInput, match=r"^test_batch: "):
        read_pickle(WRITTEN[:length], "test_batch")


@settings(max_examples=300)
@given(st.integers(0, 120), st.integers(0, 255), st.booleans())
def test_damage_is_an_error_or_harmless(place: int, byte: int, at_end: bool) -> None:
    place = len(WRITTEN) - 1 - place if at_end else place
    damaged = WRITTEN[:place] + bytes([byte]) + WRITTEN[place + 1 :]
    with contextlib.suppress(BadInput):
        assert isinstance(read_pickle(damaged, "test_batch"), dict)
