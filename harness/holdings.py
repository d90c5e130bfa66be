"""What a data folder holds of a data set's files: there, in part, damaged or not there.

``.downloads/NAME.json`` beside the files, written last by :mod:`harness.download`, holds what came
with its digest, and of an archive the size and digest of every file unpacked from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from harness.paths import write_atomically
from harness.task import Download
from harness.unpack import Kept, is_archive

State = Literal["present", "partial", "damaged", "absent"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a data folder holds of one :class:`~harness.task.Download`.

    Attributes:
        state: Whether it is there, in part, in a state other than it came in, or not.
        sha256: Digest of the file as it was downloaded, or None if it is not there.
        paths: What it gave.
        fault: What is wrong with a damaged one.
    """

    state: State
    sha256: str | None
    paths: tuple[Path, ...]
    fault: str = ""


def place_of(item: Download, folder: Path) -> Path:
    """Return the folder inside ``folder`` that ``item`` goes to."""
    return folder / item.into


def beside(item: Download, folder: Path, suffix: str) -> Path:
    """Return the file beside the data that notes something of ``item``."""
    return folder / ".downloads" / item.into / f"{item.name}{suffix}"


def find(item: Download, folder: Path) -> Found:
    """Return what ``folder`` notes of ``item``, without reading the data."""
    noted = _note(item, folder)
    if noted is not None and all(path.exists() for path in noted.paths):
        return noted
    partial = beside(item, folder, ".part").exists()
    return Found("partial" if partial else "absent", None, _given(item, folder, {}))


def verify(item: Download, folder: Path, *, deep: bool = True) -> Found:
    """Return what ``folder`` holds of ``item``, compared with what came.

    A file that somebody else put there is compared with what its owners published.

    Args:
        item: The file.
        folder: The task's data folder.
        deep: Whether contents are read; otherwise only sizes are compared.
    """
    found = find(item, folder)
    if found.state == "present":
        kept = _kept(item, folder)
        faults = (_changed(path, folder, was, deep=deep) for path, was in kept.items())
        fault = next(filter(None, faults), "")
        return replace(found, state="damaged", fault=fault) if fault else found
    path = place_of(item, folder) / item.name
    if is_archive(item.name) or not path.is_file():
        return found
    try:
        digest, fault = compare(item, path)
    except OSError as error:
        return replace(found, state="damaged", fault=f"{path} cannot be read: {error.strerror}")
    return Found("damaged" if fault else "present", digest, (path,), fault)


def compare(item: Download, path: Path) -> tuple[str, str]:
    """Return the SHA-256 of the file at ``path``, and in what it is not the file published.

    The second is ``""`` where size and digests are the published ones, or none is published.

    Raises:
        OSError: The file cannot be read.
    """
    size, digest = path.stat().st_size, _sha256(path)
    if item.size is not None and size != item.size:
        return digest, f"{size:,} bytes came, expected {item.size:,}"
    if item.sha256 is not None and digest != item.sha256:
        return digest, f"its sha256 is {digest}, expected {item.sha256}"
    if item.md5 is not None and (md5 := _md5(path)) != item.md5:
        return digest, f"its md5 is {md5}, expected {item.md5}"
    return digest, ""


def note(item: Download, folder: Path, came: Kept, unpacked: Mapping[str, Kept]) -> None:
    """Note that ``item`` is there.

    Args:
        item: The file.
        folder: The task's data folder.
        came: Size and digest of the file as it came.
        unpacked: Those of every file of an archive, by path in the folder it went to.
    """
    marker = {"url": item.url, "sha256": came.sha256, "bytes": came.size, "files": dict(unpacked)}
    write_atomically(beside(item, folder, ".json"), json.dumps(marker, indent=1).encode())


def _note(item: Download, folder: Path) -> Found | None:
    """Return what is noted of ``item``; None where there is no note, or one that was cut short."""
    try:
        marker = json.loads(beside(item, folder, ".json").read_bytes())
        if marker["url"] != item.url:
            return None
        paths = _given(item, folder, marker.get("files", {}))
        return Found("present", str(marker["sha256"]), paths)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _given(item: Download, folder: Path, unpacked: Mapping[str, object]) -> tuple[Path, ...]:
    """Return the paths that ``item`` gives; of an archive that names none, what lies on its top."""
    place = place_of(item, folder)
    if not is_archive(item.name):
        return (place / item.name,)
    tops = dict.fromkeys(name.partition("/")[0] for name in unpacked)
    return tuple(place / name for name in item.gives or tops)


def _kept(item: Download, folder: Path) -> dict[Path, Kept]:
    """Return size and digest of the files of a present ``item`` when they were put there."""
    marker = json.loads(beside(item, folder, ".json").read_bytes())
    place = place_of(item, folder)
    if is_archive(item.name):
        return {place / name: Kept(*kept) for name, kept in marker.get("files", {}).items()}
    return {place / item.name: Kept(marker["bytes"], marker["sha256"])}


def _changed(path: Path, folder: Path, was: Kept, *, deep: bool) -> str:
    """Return how a file differs from what it was, ``""`` if it does not."""
    name = path.relative_to(folder)
    try:
        size = path.stat().st_size
        if size != was.size:
            return f"{name} has {size:,} bytes, {was.size:,} came"
        if deep and (digest := _sha256(path)) != was.sha256:
            return f"the sha256 of {name} is {digest}, of what came {was.sha256}"
    except OSError as error:
        return f"{name} cannot be read: {error.strerror}"
    return ""


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _md5(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
