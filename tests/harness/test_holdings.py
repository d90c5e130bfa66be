from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Served, serving

from harness import download
from harness.download import fetch
from harness.errors import Unavailable
from harness.holdings import find, verify
from harness.task import Download

CONTENT = b"0123456789" * 50
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE_S", 0.0)
    monkeypatch.delenv("HARNESS_OFFLINE", raising=False)


@pytest.fixture
def server() -> Iterator[Served]:
    with serving(CONTENT) as served:
        yield served


@pytest.fixture
def archive() -> Iterator[Served]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("set/wanted.txt", "wanted")
        zipped.writestr("set/other.txt", "other")
    with serving(buffer.getvalue(), "set.zip") as served:
        yield served


def test_a_changed_file_is_damaged_and_fetched_anew(server: Served, tmp_path: Path) -> None:
    item = Download(server.url, "file.bin", md5=MD5)
    fetch(item, tmp_path)
    (tmp_path / "file.bin").write_bytes(CONTENT[::-1])
    assert find(item, tmp_path).state == "present"
    assert verify(item, tmp_path, deep=False).state == "present"
    found = verify(item, tmp_path)
    assert found.state == "damaged"
    assert found.fault.startswith("the sha256 of file.bin is ")
    notes: list[str] = []
    assert fetch(item, tmp_path, on_note=notes.append).state == "present"
    assert "damaged (the sha256 of file.bin is" in notes[0]
    assert (tmp_path / "file.bin").read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_a_file_cut_short_is_told_without_reading_it(server: Served, tmp_path: Path) -> None:
    item = Download(server.url, "file.bin")
    fetch(item, tmp_path)
    (tmp_path / "file.bin").write_bytes(CONTENT[:100])
    found = verify(item, tmp_path, deep=False)
    assert (found.state, found.fault) == ("damaged", "file.bin has 100 bytes, 500 came")


def test_a_wrong_md5_is_refused_and_named(server: Served, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=f"file.bin: its md5 is {MD5}, expected 0000"):
        fetch(Download(server.url, "file.bin", md5="0" * 32), tmp_path)
    assert not (tmp_path / "file.bin").exists()


def test_an_md5_alone_allows_resuming(server: Served, tmp_path: Path) -> None:
    server.tag = ""
    server.breaks = [200]
    fetch(Download(server.url, "file.bin", md5=MD5), tmp_path)
    assert server.asked == [None, "bytes=200-"]
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_file_put_there_by_hand_is_held_against_what_is_published(
    server: Served, tmp_path: Path
) -> None:
    item = Download(server.url, "file.bin", md5=MD5, into="part")
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "file.bin").write_bytes(CONTENT)
    assert fetch(item, tmp_path).state == "present"
    assert server.asked == []
    (tmp_path / "part" / "file.bin").write_bytes(b"another edition")
    found = verify(item, tmp_path)
    assert found.state == "damaged"
    assert found.fault.startswith("its md5 is ")
    assert fetch(item, tmp_path).paths == (tmp_path / "part" / "file.bin",)
    assert (tmp_path / "part" / "file.bin").read_bytes() == CONTENT


def test_one_folder_a_part_with_files_of_the_same_name(server: Served, tmp_path: Path) -> None:
    first, second = (Download(server.url, "file.bin", into=into) for into in ("a", "b"))
    fetch(first, tmp_path)
    assert verify(second, tmp_path).state == "absent"
    fetch(second, tmp_path)
    assert sorted(p.parent.name for p in tmp_path.glob("*/file.bin")) == ["a", "b"]


def test_only_the_members_picked_are_unpacked(archive: Served, tmp_path: Path) -> None:
    item = Download(archive.url, "set.zip", gives=("set/wanted.txt",), pick=True)
    assert fetch(item, tmp_path).paths == (tmp_path / "set" / "wanted.txt",)
    assert not (tmp_path / "set" / "other.txt").exists()
    missing = Download(archive.url, "set.zip", gives=("set/absent.txt",), pick=True)
    with pytest.raises(Unavailable, match=r"holds no set/absent\.txt"):
        fetch(missing, tmp_path / "second")


def test_another_archives_files_do_not_pass_for_this_ones(archive: Served, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "third.txt").write_text("from elsewhere")
    with pytest.raises(Unavailable, match=r"holds no set/third\.txt"):
        fetch(Download(archive.url, "set.zip", gives=("set/third.txt",)), tmp_path)


def test_damage_to_what_an_archive_gave_is_seen_and_mended(archive: Served, tmp_path: Path) -> None:
    item = Download(archive.url, "set.zip")
    assert fetch(item, tmp_path).paths == (tmp_path / "set",)
    (tmp_path / "set" / "other.txt").unlink()
    found = verify(item, tmp_path)
    assert found.state == "damaged"
    assert found.fault == "set/other.txt cannot be read: No such file or directory"
    fetch(item, tmp_path)
    assert (tmp_path / "set" / "other.txt").read_text() == "other"
    (tmp_path / "set" / "wanted.txt").write_text("wanten")
    assert "the sha256 of set/wanted.txt is" in verify(item, tmp_path).fault
