"""What ``harness data`` says of a task's files: facts for JSON, and the same as lines of text."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError, UnknownName

if TYPE_CHECKING:
    from harness.task import Download, Task

_INDENT = " " * 11


def folder_of(cls: type[Task], into: Path | None) -> Path:
    """Return the folder of a task's downloaded files: ``into`` if given."""
    from harness.paths import data_root

    return (into or data_root() / (cls.home or cls.name)).absolute()


def label(item: Download) -> str:
    """Return what ``item`` is called among the files of its task."""
    return f"{item.into}/{item.name}" if item.into else item.name


def choose(task: str, downloads: Sequence[Download], only: Sequence[str]) -> list[Download]:
    """Return the files asked for, by name, by folder or by both; all of them if none is named.

    Raises:
        UnknownName: The full set has no such file or folder.
    """
    if not only:
        return list(downloads)
    chosen: dict[Download, None] = {}
    for name in only:
        fits = [item for item in downloads if name in (item.name, item.into, label(item))]
        if not name or not fits:
            known = {*map(label, downloads), *(item.into for item in downloads if item.into)}
            raise UnknownName(f"file of {task}", name, known)
        chosen.update(dict.fromkeys(fits))
    return list(chosen)


def read_files(
    cls: type[Task], task: str, options: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], str]:
    """Return the files that a task reads under ``options``, with their checksums.

    Without options a task that reads nothing is no error: the second value says why it does not.

    Raises:
        HarnessError: An option is wrong, or names a file that is not there.
    """
    from harness import config

    adapter = cls(config.build(cls.Config, dict(options), owner=f"task {task}"))
    try:
        return [_file(Path(path)) for path in adapter.files()], ""
    except HarnessError as error:
        if options:
            raise
        return [], str(error)


def row(item: Download, folder: Path, *, deep: bool) -> dict[str, Any]:
    """Return what is known of ``item`` and what ``folder`` holds of it; ``deep`` reads contents."""
    from harness.holdings import verify

    found = verify(item, folder, deep=deep)
    return {
        "name": label(item),
        "url": item.url,
        "bytes": item.size,
        "sha256": found.sha256 or item.sha256,
        "published": {"sha256": item.sha256, "md5": item.md5},
        "licence": item.licence,
        "state": found.state,
        "fault": found.fault,
        "paths": [str(path) for path in found.paths],
    }


def by_hand(cls: type[Task], folder: Path) -> dict[str, Any] | None:
    """Return how people get the full set of a task without downloads, and what of it is there."""
    if cls.by_hand is None:
        return None
    inside = shlex.quote(str(folder))
    paths = [folder / name for name in cls.by_hand.gives]
    return {
        "reason": cls.by_hand.reason,
        "commands": [f"mkdir -p {inside} && cd {inside}", *cls.by_hand.commands],
        "files": [
            {**_file(path), "name": path.name, "state": "present"}
            if path.is_file()
            else {"path": str(path), "name": path.name, "state": "absent"}
            for path in paths
        ],
    }


def commands(cls: type[Task], task: str, folder: Path, *, there: bool = False) -> list[str]:
    """Return the commands that run on the full set; with ``there`` those whose data is there."""
    if not cls.downloads and cls.by_hand is None:
        return []
    texts = [text.replace("{folder}", shlex.quote(str(folder))) for text in cls.reads]
    return [
        f"harness run --method METHOD --task {task} {text}"
        for text in texts
        if not there or Path(shlex.split(text)[1]).exists()
    ]


def lines(facts: Mapping[str, Any], *, prepare: str) -> Iterator[str]:
    """Yield the status of a task's files as text."""
    for read in facts["files"]:
        yield f"  {read['path']}  {read['bytes']:,} bytes  sha256 {read['sha256']}"
    if facts["downloads"] or facts["by_hand"]:
        yield f"The full set, in {facts['folder']}:"
    for item in facts["downloads"]:
        size = f"  {item['bytes']:,} bytes" if item["bytes"] is not None else ""
        yield f"  {item['state']:<7}  {item['url']}{size}  {_checksum(item)}"
        yield f"{_INDENT}licence: {item['licence'] or 'see below'}"
        if item["fault"]:
            yield f"{_INDENT}{item['fault']}"
        if item["state"] == "present":
            yield from (f"{_INDENT}{path}" for path in item["paths"])
    if any(item["state"] != "present" for item in facts["downloads"]):
        yield f"`{prepare}` downloads what is not present."
    if facts["by_hand"]:
        yield from _by_hand_lines(facts["by_hand"])
    yield from (f"To run on it: {command}" for command in facts["run"])
    yield str(facts["source"])


def _by_hand_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    for item in facts["files"]:
        known = f"  {item['bytes']:,} bytes  sha256 {item['sha256']}" if "bytes" in item else ""
        yield f"  {item['state']:<7}  {item['path']}{known}"
    yield f"Not downloaded by this command: {facts['reason']}. These bring it:"
    yield from (f"  {command}" for command in facts["commands"])


def _checksum(item: Mapping[str, Any]) -> str:
    """Say which checksum a file is held against, or that its owners published none."""
    published = item["published"]
    for kind in ("sha256", "md5"):
        if published[kind]:
            return f"{kind} {published[kind]} (published)"
    came = f"; what came has sha256 {item['sha256']}" if item["sha256"] else ""
    checked = "the size is checked" if item["bytes"] is not None else "nothing to check against"
    return f"no checksum published, {checked}{came}"


def _file(path: Path) -> dict[str, Any]:
    with open(path, "rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    return {"path": str(path), "bytes": path.stat().st_size, "sha256": digest}
