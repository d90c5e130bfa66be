"""Unpack zip and tar archives that nobody vouches for: nothing leaves the folder, no links, no devices."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, NamedTuple

from harness.errors import Unavailable

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")

Member = tuple[str, IO[bytes]]


class Kept(NamedTuple):
    """What a file held when it was put in its place: bytes, and its SHA-256 in hexadecimal."""

    size: int
    sha256: str


def is_archive(name: str) -> bool:
    """Tell by its suffix whether a file is an archive that :func:`unpack` reads."""
    return name.lower().endswith(SUFFIXES)


def unpack(
    archive: Path, folder: Path, *, name: str = "", only: Collection[str] | None = None
) -> dict[str, Kept]:
    """Unpack ``archive`` into ``folder``; its files appear when all of them are unpacked.

    Files go to a folder beside, then take their places one rename each, replacing older ones. Only
    regular files and folders are accepted; owners, modes and times of the archive are not kept.

    Args:
        archive: The file.
        folder: Where its files go.
        name: What the archive is called, if not as the file; the suffix says of which format it is.
        only: Paths in the archive of the only files to unpack; None: all of them.

    Returns:
        Size and digest of every file unpacked, by its path relative to ``folder``.

    Raises:
        Unavailable: The archive is damaged, holds a link, a device or a path that leads outside
            ``folder``, or does not fit on the disk; nothing has appeared then.
    """
    name = name or archive.name
    aside = folder / f".unpacking-{name}"
    _remove(aside)
    kept: dict[str, Kept] = {}
    try:
        aside.mkdir(parents=True)
        with _members(archive, name) as members:
            for member, source in members:
                path = _inside(name, member)
                if only is not None and path.as_posix() not in only:
                    continue
                target = aside / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with open(target, "xb") as file:
                    kept[path.as_posix()] = _copy(source, file)
        _move_all(aside, folder)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise Unavailable(f"{name}: damaged archive ({error}); get it again") from None
    except FileExistsError as error:
        raise Unavailable(f"{name}: two members are called {error.filename}") from None
    except RuntimeError as error:
        # What zipfile says of encryption and of compression methods it does not know.
        raise Unavailable(f"{name}: cannot be unpacked: {error}") from None
    except OSError as error:
        raise Unavailable(
            f"{name}: cannot be unpacked into {folder}: {error.strerror or error}"
        ) from None
    finally:
        _remove(aside)
    return kept


def _copy(source: IO[bytes], file: IO[bytes]) -> Kept:
    """Copy a member's content; return its size and digest."""
    digest, size = hashlib.sha256(), 0
    while block := source.read(1 << 20):
        file.write(block)
        digest.update(block)
        size += len(block)
    return Kept(size, digest.hexdigest())


@contextmanager
def _members(archive: Path, name: str) -> Iterator[Iterator[Member]]:
    """Open an archive whose members are sound and fit on the disk; yield their names and contents."""
    free = shutil.disk_usage(archive.parent).free
    if name.lower().endswith(".zip"):
        with zipfile.ZipFile(archive) as zipped:
            yield _zip_members(name, zipped, free)
    else:
        with tarfile.open(archive) as tarred:
            yield _tar_members(name, tarred, free)


def _zip_members(name: str, zipped: zipfile.ZipFile, free: int) -> Iterator[Member]:
    infos = [info for info in zipped.infolist() if not info.is_dir()]
    for info in infos:
        _inside(name, info.filename)
        # The upper half holds the Unix mode; 0 where the archive was written elsewhere.
        kind = (info.external_attr >> 16) & 0o170000
        if kind not in (0, 0o100000):
            raise Unavailable(f"{name}: {info.filename!r} is a link or a device; not unpacked")
    _check_space(name, sum(info.file_size for info in infos), free)
    for info in infos:
        with zipped.open(info) as source:
            yield info.filename, source


def _tar_members(name: str, tarred: tarfile.TarFile, free: int) -> Iterator[Member]:
    infos = [info for info in tarred.getmembers() if not info.isdir()]
    for info in infos:
        _inside(name, info.name)
        if not info.isreg():
            raise Unavailable(f"{name}: {info.name!r} is a link or a device; not unpacked")
    _check_space(name, sum(info.size for info in infos), free)
    for info in infos:
        source = tarred.extractfile(info)
        assert source is not None
        with source:
            yield info.name, source


def _inside(archive: str, name: str) -> Path:
    """Return a member's name as a relative path.

    Raises:
        Unavailable: It leads outside the folder, on this system or another.
    """
    path = PurePosixPath(name)
    windows = PureWindowsPath(name)
    if (
        path.is_absolute()
        or windows.drive
        or windows.root
        or ".." in (*path.parts, *windows.parts)
        or not path.parts
        or "\0" in name
    ):
        raise Unavailable(f"{archive}: the member {name!r} leads outside the folder; not unpacked")
    return Path(*path.parts)


def _check_space(name: str, size: int, free: int) -> None:
    if size > free:
        raise Unavailable(
            f"{name}: unpacked it has {size:,} bytes and the disk only {free:,}; free space, or "
            "choose another folder with --into"
        )


def _move_all(source: Path, target: Path) -> None:
    """Move every file below ``source`` to the same place below ``target``."""
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, place)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
