from __future__ import annotations

import io
import shutil
import tarfile
import zipfile
from collections import namedtuple
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import Unavailable
from harness.unpack import SUFFIXES, is_archive, unpack


def zipped(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def tarred(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def contents(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_a_zip_merges_into_what_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "kept.txt").write_text("kept")
    (folder / "a" / "one.txt").write_text("old")
    unpack(zipped(tmp_path / "x.zip", **{"a/one.txt": "new", "two.txt": "2"}), folder)
    assert contents(folder) == {"a/kept.txt": "kept", "a/one.txt": "new", "two.txt": "2"}


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz"])
def test_a_tar(name: str, tmp_path: Path) -> None:
    folder = tarfile.TarInfo("a")
    folder.type = tarfile.DIRTYPE
    archive = tarred(tmp_path / name, (folder, b""), (tarfile.TarInfo("a/b.txt"), b"text"))
    unpack(archive, tmp_path / "data")
    assert contents(tmp_path / "data") == {"a/b.txt": "text"}


BAD_NAMES = ["../out.txt", "/etc/out.txt", "a/../../out.txt", "..\\out.txt", "C:\\out.txt", "\\x"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_no_member_leaves_the_folder(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "inner" / "data"
    for archive in (
        zipped(tmp_path / "x.zip", **{"good.txt": "good", name: "bad"}),
        tarred(
            tmp_path / "x.tar",
            (tarfile.TarInfo("good.txt"), b"good"),
            (tarfile.TarInfo(name), b"bad"),
        ),
    ):
        with pytest.raises(Unavailable, match="leads outside the folder"):
            unpack(archive, folder)
        assert contents(folder) == {}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["inner", "x.tar", "x.zip"]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_no_links_or_devices_in_a_tar(kind: bytes, tmp_path: Path) -> None:
    link = tarfile.TarInfo("link")
    link.type, link.linkname = kind, "/etc"
    inside = tarfile.TarInfo("link/file")
    with pytest.raises(Unavailable, match="'link' is a link or a device"):
        unpack(tarred(tmp_path / "x.tar", (link, b""), (inside, b"x")), tmp_path / "data")
    assert contents(tmp_path / "data") == {}


def test_no_links_in_a_zip(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(link, "/etc")
    with pytest.raises(Unavailable, match="'link' is a link or a device"):
        unpack(tmp_path / "x.zip", tmp_path / "data")


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz"])
def test_damage_is_told_and_nothing_appears(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.endswith("zip"):
        zipped(path, **{"a.txt": "a" * 5000})
    else:
        tarred(path, (tarfile.TarInfo("a.txt"), bytes(range(256)) * 200))
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(Unavailable, match=f"{name}: "):
        unpack(path, tmp_path / "data")
    assert contents(tmp_path / "data") == {}


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", **{"a.txt": "a" * 5000})
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    with pytest.raises(Unavailable, match="damaged archive"):
        unpack(path, tmp_path / "data")
    assert contents(tmp_path / "data") == {}


def test_what_does_not_fit_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 9, 1))
    with pytest.raises(Unavailable, match="the disk only 1"):
        unpack(zipped(tmp_path / "x.zip", **{"a.txt": "text"}), tmp_path / "data")


def test_which_names_are_archives() -> None:
    assert all(is_archive(f"x{suffix}") for suffix in SUFFIXES)
    assert is_archive("X.ZIP")
    assert not is_archive("instances.json.gz")


@settings(max_examples=30, deadline=None)
@given(
    files=st.dictionaries(
        st.text("ab./\\ ", min_size=1, max_size=8).filter(lambda n: not n.endswith("/")),
        st.text(max_size=5),
        max_size=4,
    )
)
def test_nothing_ever_appears_outside(
    files: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("property")
    folder = place / "data"
    archive = zipped(place / "x.zip", **files)
    try:
        unpack(archive, folder)
    except Unavailable:
        assert contents(folder) == {}
    assert {p.name for p in place.iterdir()} <= {"data", "x.zip"}
    assert not list(folder.rglob(".unpacking*"))
