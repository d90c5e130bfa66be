from __future__ import annotations

import hashlib
import io
import os
import shutil
import socket
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from served import Served, serving

from harness import download
from harness.download import fetch, find
from harness.errors import Unavailable
from harness.task import Download

CONTENT = np.random.default_rng(0).bytes(1_000_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE_S", 0.0)
    monkeypatch.setattr(download, "TIMEOUT_S", 5.0)
    monkeypatch.delenv("HARNESS_OFFLINE", raising=False)


@pytest.fixture
def server() -> Iterator[Served]:
    with serving(CONTENT) as served:
        yield served


def item(server: Served, **changes: Any) -> Download:
    facts = {"url": server.url, "name": "file.bin", "sha256": DIGEST, "size": len(CONTENT)}
    return Download(**{**facts, **changes})


def partial(folder: Path, content: bytes, version: str = '"v1"') -> None:
    (folder / ".downloads").mkdir(parents=True)
    (folder / ".downloads" / "file.bin.part").write_bytes(content)
    (folder / ".downloads" / "file.bin.state").write_text(version)


def left_overs(folder: Path) -> list[str]:
    return sorted(p.name for p in (folder / ".downloads").iterdir() if p.suffix != ".lock")


def test_a_file_arrives_whole_and_is_not_fetched_twice(server: Served, tmp_path: Path) -> None:
    wanted = item(server)
    assert find(wanted, tmp_path).state == "absent"
    steps: list[tuple[int, int | None]] = []
    found = fetch(wanted, tmp_path, on_progress=lambda done, total: steps.append((done, total)))
    assert found.state == "present"
    assert found.sha256 == DIGEST
    assert found.paths == (tmp_path / "file.bin",)
    assert found.paths[0].read_bytes() == CONTENT
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert left_overs(tmp_path) == ["file.bin.json"]
    assert fetch(wanted, tmp_path) == found == find(wanted, tmp_path)
    assert server.asked == [None]


def test_size_and_digest_may_be_unknown(server: Served, tmp_path: Path) -> None:
    found = fetch(item(server, sha256=None, size=None), tmp_path)
    assert found.sha256 == DIGEST


def test_a_transfer_that_breaks_off_goes_on_where_it_stopped(
    server: Served, tmp_path: Path
) -> None:
    server.breaks = [300_000, 0, 500_000]
    notes: list[str] = []
    fetch(item(server), tmp_path, on_note=notes.append)
    assert (tmp_path / "file.bin").read_bytes() == CONTENT
    assert server.asked == [None, "bytes=300000-", "bytes=300000-", "bytes=800000-"]
    assert notes[0].startswith("file.bin: broke off after 300,000 of 1,000,000 bytes; trying again")


def test_a_later_call_goes_on_too(
    server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "ATTEMPTS", 1)
    server.breaks = [400_000]
    with pytest.raises(Unavailable, match="the same command goes on where it stopped"):
        fetch(item(server), tmp_path)
    assert find(item(server), tmp_path).state == "partial"
    fetch(item(server), tmp_path)
    assert server.asked == [None, "bytes=400000-"]
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_another_version_on_the_server_begins_anew(server: Served, tmp_path: Path) -> None:
    partial(tmp_path, b"x" * 1000, version='"v0"')
    fetch(item(server), tmp_path)
    assert server.asked == ["bytes=1000-"]
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_without_version_and_digest_nothing_is_resumed(server: Served, tmp_path: Path) -> None:
    partial(tmp_path, CONTENT[:1000], version="")
    fetch(item(server, sha256=None), tmp_path)
    assert server.asked == [None]
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_server_without_ranges_begins_anew(server: Served, tmp_path: Path) -> None:
    server.ranges = False
    server.tag = ""
    server.breaks = [700_000]
    fetch(item(server), tmp_path)
    assert server.asked == [None, "bytes=700000-"]
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_server_that_always_breaks_off_is_given_up(server: Served, tmp_path: Path) -> None:
    server.ranges = False
    server.breaks = [500, 400, 600, 500] * 10
    with pytest.raises(Unavailable, match="broke off after") as caught:
        fetch(item(server), tmp_path, remedy="Copy it.")
    assert str(caught.value).endswith("goes on where it stopped. Copy it.")
    assert len(server.asked) < 12
    assert not (tmp_path / "file.bin").exists()


def test_a_complete_partial_file_is_only_checked(server: Served, tmp_path: Path) -> None:
    partial(tmp_path, CONTENT)
    fetch(item(server), tmp_path)
    assert server.asked == []
    other = tmp_path / "other"
    partial(other, CONTENT)
    fetch(item(server, size=None), other)
    assert server.asked == [f"bytes={len(CONTENT)}-"]


def test_a_partial_file_longer_than_the_file_begins_anew(server: Served, tmp_path: Path) -> None:
    partial(tmp_path, CONTENT + b"more")
    fetch(item(server), tmp_path)
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_server_error_passes(server: Served, tmp_path: Path) -> None:
    server.refusals = [500, 503]
    notes: list[str] = []
    fetch(item(server), tmp_path, on_note=notes.append)
    assert len(server.asked) == 3
    assert "the server answers 500" in notes[0]


def test_a_server_error_that_stays_is_told(server: Served, tmp_path: Path) -> None:
    server.refusals = [500] * 50
    with pytest.raises(Unavailable, match="the server answers 500"):
        fetch(item(server), tmp_path)
    assert len(server.asked) == download.ATTEMPTS


def test_a_missing_file_is_not_asked_for_again(server: Served, tmp_path: Path) -> None:
    server.missing = True
    with pytest.raises(Unavailable, match=r"answers 404 .*has the file moved"):
        fetch(item(server), tmp_path)
    assert len(server.asked) == 1


def test_a_wrong_checksum_leaves_nothing(server: Served, tmp_path: Path) -> None:
    wrong = item(server, sha256="0" * 64)
    with pytest.raises(Unavailable, match=f"sha256 is {DIGEST}, expected 0000"):
        fetch(wrong, tmp_path)
    assert find(wrong, tmp_path).state == "absent"
    assert not (tmp_path / "file.bin").exists()


def test_a_wrong_size_is_told_before_the_transfer(server: Served, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="has 1,000,000 bytes, expected 999"):
        fetch(item(server, size=999), tmp_path)
    assert not (tmp_path / "file.bin").exists()


def test_nobody_there(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/file.bin"
        with pytest.raises(Unavailable, match="refused"):
            fetch(Download(url, "file.bin"), tmp_path)


def test_a_name_that_nobody_has_is_given_up_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    notes: list[str] = []
    with pytest.raises(Unavailable, match="not known; given up"):
        fetch(Download("http://example.invalid/x", "x"), tmp_path, on_note=notes.append)
    assert notes == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/x", "x"])
def test_only_http(url: str, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="only http and https"):
        fetch(Download(url, "x"), tmp_path)


def test_offline_opens_no_socket(
    server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_OFFLINE", "1")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    with monkeypatch.context() as patch:
        patch.setattr(socket, "socket", refuse)
        patch.setattr(socket, "create_connection", refuse)
        with pytest.raises(Unavailable, match=r"HARNESS_OFFLINE is set.*Copy it\."):
            fetch(item(server), tmp_path, remedy="Copy it.")
    assert server.asked == []
    monkeypatch.setenv("HARNESS_OFFLINE", "0")
    assert fetch(item(server), tmp_path).state == "present"
    monkeypatch.setenv("HARNESS_OFFLINE", "1")
    assert fetch(item(server), tmp_path).state == "present"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(server: Served, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Unavailable, match="cannot be written"):
        fetch(item(server), tmp_path)


def test_a_folder_that_is_a_file(server: Served, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(Unavailable, match=r"cannot be written.*--into"):
        fetch(item(server), tmp_path / "taken")


def test_a_damaged_marker_counts_as_absent(server: Served, tmp_path: Path) -> None:
    fetch(item(server), tmp_path)
    for text in ("{", "[]", "{}", "null"):
        (tmp_path / ".downloads" / "file.bin.json").write_text(text)
        assert find(item(server), tmp_path).state == "absent"
    assert fetch(item(server), tmp_path).state == "present"
    (tmp_path / "file.bin").unlink()
    assert find(item(server), tmp_path).state == "absent"


def test_an_archive_is_unpacked(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("annotations/instances.json", "{}")
    with serving(buffer.getvalue(), "set.zip") as server:
        wanted = Download(server.url, "set.zip", gives=("annotations/instances.json",))
        found = fetch(wanted, tmp_path)
        assert found.paths[0].read_text() == "{}"
        assert not list(tmp_path.rglob("*.zip"))
        found.paths[0].unlink()
        assert find(wanted, tmp_path).state == "absent"
        other = Download(server.url, "set.zip", gives=("images",))
        with pytest.raises(Unavailable, match="holds no images"):
            fetch(other, tmp_path / "other")
        assert fetch(Download(server.url, "set.zip"), tmp_path / "third").state == "present"


def test_an_archive_that_does_not_fit_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("a.txt", "text")
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    full = namedtuple("full", "free")(1)
    with serving(buffer.getvalue(), "set.zip") as server:
        wanted = Download(
            server.url, "set.zip", sha256=digest, size=len(buffer.getvalue()), gives=("a.txt",)
        )
        with monkeypatch.context() as patch:
            patch.setattr(shutil, "disk_usage", lambda path: full)
            with pytest.raises(Unavailable, match="free space"):
                fetch(wanted, tmp_path)
        assert find(wanted, tmp_path).state == "partial"
        assert fetch(wanted, tmp_path).paths[0].read_text() == "text"
        assert server.asked == [None]


@settings(max_examples=15, deadline=None)
@given(breaks=st.lists(st.integers(0, 5000), max_size=6), ranges=st.booleans(), tag=st.booleans())
def test_whatever_breaks_the_file_is_right_or_absent(
    breaks: list[int], ranges: bool, tag: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("property")
    content = CONTENT[:9000]
    wanted_digest = hashlib.sha256(content).hexdigest()
    with serving(content) as server:
        server.breaks, server.ranges, server.tag = list(breaks), ranges, '"v1"' if tag else ""
        wanted = Download(server.url, "file.bin", sha256=wanted_digest)
        try:
            fetch(wanted, folder)
        except Unavailable:
            assert not (folder / "file.bin").exists()
        else:
            assert (folder / "file.bin").read_bytes() == content
