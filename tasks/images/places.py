"""Where a benchmark's files are: a folder, that folder's parent, or the archive as downloaded."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

from harness.errors import BadInput

_LARGEST_MEMBER = 1 << 30
"""CIFAR's largest file has 155 MB; an archive that claims more than this is none of its."""


def folder_of(data: Path, name: str) -> Path:
    """Return ``data`` if it is an archive file, else the folder ``name`` in it, else ``data``.

    That folder may lie one deeper, if there is only one.

    Raises:
        BadInput: There is nothing at ``data``, or several such folders in it.
    """
    if not data.exists():
        raise BadInput(f"{data}: no such file or folder; check the path")
    inner = data / name
    if inner.is_dir():
        return inner
    deeper = sorted(path for path in data.glob(f"*/{name}") if path.is_dir())
    if len(deeper) > 1:
        shown = ", ".join(path.parent.name for path in deeper)
        raise BadInput(f"{data}: {name} is in several folders ({shown}); name one with --data")
    return deeper[0] if deeper else data


def names_in(place: Path) -> set[str]:
    """Return the names of the files in a folder or, without their folders, in a tar archive.

    Raises:
        BadInput: It is a file and no readable tar archive.
    """
    if place.is_dir():
        return {path.name for path in place.iterdir() if path.is_file()}
    return set(_members(place, lambda name: False))


def read_all(place: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Return the contents of files in a folder or a tar archive, in the order of ``names``.

    Raises:
        BadInput: One is missing or cannot be read.
    """
    wanted = list(names)
    if place.is_dir():
        found = {name: read(place / name) for name in wanted}
    else:
        found = {name: data for name, data in _members(place, wanted.__contains__).items() if data}
    for name in wanted:
        if name not in found:
            raise BadInput(f"{place}: there is no {name} in it; get the archive again")
    return {name: found[name] for name in wanted}


def read(path: Path) -> bytes:
    """Return a file's content.

    Raises:
        BadInput: It is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; expected the official files there") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None


def _members(archive: Path, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Return the files in a tar archive by their last name; those not wanted come without content."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = member.name.rpartition("/")[2]
                if not member.isfile() or member.size > _LARGEST_MEMBER:
                    continue
                handle = tar.extractfile(member) if wanted(name) else None
                found[name] = handle.read() if handle is not None else b""
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise BadInput(
            f"{archive}: no readable tar archive ({error}); get it again, or unpack it and name the "
            "folder"
        ) from None
    return found
