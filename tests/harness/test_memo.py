from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from harness.memo import UNSETTLED_NS, Memo


class Source:
    """Counts how often it is asked."""

    def __init__(self, *paths: Path) -> None:
        self.paths = [str(path) for path in paths]
        self.asked = 0

    def __call__(self) -> tuple[int, list[str]]:
        self.asked += 1
        return self.asked, self.paths


def settle() -> None:
    """Wait until what was just written counts as settled."""
    time.sleep(UNSETTLED_NS / 1e9 + 0.02)


def ask(source: Source, question: str = "q") -> int:
    """Ask in a fresh memo, as a command of its own would."""
    memo = Memo("test")
    answer = memo.remember(question, source)
    memo.save()
    return answer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("abc")
    settle()
    return path


def test_an_answer_is_remembered_while_its_files_are_unchanged(file: Path) -> None:
    source = Source(file)
    assert ask(source) == ask(source) == 1
    assert ask(source, "another question") == 2


def test_a_changed_file_makes_it_forgotten(file: Path) -> None:
    source = Source(file)
    assert ask(source) == 1
    file.write_text("abcd")
    settle()
    assert ask(source) == 2
    file.unlink()
    assert ask(source) == 3
    file.write_text("abcd")
    settle()
    assert ask(source) == 4
    assert ask(source) == 4


def test_a_change_that_keeps_size_and_modification_time_is_noticed(file: Path) -> None:
    """As `cp -p` and `rsync -t` make."""
    source = Source(file)
    assert ask(source) == 1
    before = file.stat()
    file.write_text("xyz")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    settle()
    assert ask(source) == 2


def test_an_answer_from_a_file_just_written_is_not_trusted_yet(tmp_path: Path) -> None:
    """A second change within one tick of the clock would leave no trace."""
    path = tmp_path / "hot"
    path.write_text("abc")
    source = Source(path)
    assert ask(source) == 1
    assert ask(source) == 2


def test_something_added_to_a_folder_makes_it_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    settle()
    source = Source(folder)
    assert ask(source) == ask(source) == 1
    (folder / "new").write_text("")
    settle()
    assert ask(source) == 2


def test_an_answer_that_depends_on_nothing_is_not_kept() -> None:
    source = Source()
    assert [ask(source), ask(source)] == [1, 2]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"3", b'{"format": 0}', b"\xff"])
def test_a_damaged_memo_is_an_empty_one(file: Path, content: bytes) -> None:
    source = Source(file)
    assert ask(source) == 1
    Memo("test").path.write_bytes(content)
    assert ask(source) == 2
    assert ask(source) == 2


def test_a_cache_that_cannot_be_written_is_no_error(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(file / "below a file"))
    source = Source(tmp_path)
    assert [ask(source), ask(source)] == [1, 2]
