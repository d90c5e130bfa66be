"""Get a data set's files: resumed where they broke off, checked, whole or not at all.

A file grows as ``.downloads/NAME.part`` in the task's data folder and takes its name, or is unpacked,
when its size and digest are right. ``.downloads/NAME.json``, written last, says that it is there. A
transfer that breaks off goes on where it stopped, in this call or the next, as long as the server
says that the file is still the same; else it begins again.
"""

from __future__ import annotations

import http.client
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness._version import __version__
from harness.errors import Unavailable
from harness.holdings import Found, beside, compare, find, note, place_of, verify
from harness.paths import write_atomically
from harness.task import Download
from harness.unpack import Kept, is_archive, unpack

ATTEMPTS = 6
"""How often a transfer is tried before giving up; one that brought new bytes does not count."""

TIMEOUT_S = 30.0
"""Seconds without a byte after which a transfer has broken off."""

PAUSE_S = 1.0
"""Seconds before the second attempt, doubled before each further one."""

_LATER = (408, 425, 429, 500, 502, 503, 504)
"""Answers of a server after which trying again may help."""

_BLOCK = 1 << 18

Progress = Callable[[int, int | None], None]


class _BrokeOffError(Exception):
    """A transfer ended early; trying again may help."""


def offline() -> bool:
    """Tell whether the user has forbidden the network, with ``HARNESS_OFFLINE=1``."""
    return os.environ.get("HARNESS_OFFLINE", "").lower() not in ("", "0", "false", "no")


def fetch(
    item: Download,
    folder: Path,
    *,
    remedy: str = "",
    on_progress: Progress = lambda done, total: None,
    on_note: Callable[[str], None] = lambda note: None,
) -> Found:
    """Bring ``item`` into ``folder``, unpacked if it is an archive; nothing to do if it is there.

    What is there is compared with what came, and fetched anew if it is damaged.

    Several processes may ask for the same file: one of them fetches it, the others wait.

    Args:
        item: What to fetch.
        folder: The task's data folder; it is created.
        remedy: What somebody without a network can do, for messages.
        on_progress: Called with bytes done and bytes in all (None if the server does not say).
        on_note: Told one-line remarks: an attempt that failed, a file that is being unpacked.

    Raises:
        Unavailable: The network is forbidden or down, the server has no such file, what it sent
            is not the file expected, or the folder cannot be written.
    """
    import filelock

    found = verify(item, folder)
    if found.state == "present":
        return found
    if found.state == "damaged":
        on_note(f"{item.name}: damaged ({found.fault}); it is fetched anew")
    if offline():
        raise Unavailable(f"HARNESS_OFFLINE is set, so {item.url} is not fetched. {remedy}".strip())
    if urlsplit(item.url).scheme not in ("http", "https"):
        raise Unavailable(f"{item.url}: only http and https addresses are fetched")
    try:
        beside(item, folder, "").parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(beside(item, folder, ".lock")):
            if verify(item, folder).state != "present":
                _transfer(item, beside(item, folder, ".part"), remedy, on_progress, on_note)
                _install(item, folder, on_note)
    except OSError as error:
        raise Unavailable(
            f"{folder}: cannot be written: {error.strerror or error}; free space, or choose another "
            "folder with --into"
        ) from None
    return find(item, folder)


def _transfer(
    item: Download,
    partial: Path,
    remedy: str,
    on_progress: Progress,
    on_note: Callable[[str], None],
) -> None:
    """Complete the partial file, trying again after what may pass."""
    failures, most = 0, _size(partial)
    while True:
        hopeless = False
        try:
            return _attempt(item, partial, on_progress)
        except (_BrokeOffError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
            reason = str(error) or type(error).__name__
        except urllib.error.HTTPError as error:
            if error.code not in _LATER:
                raise Unavailable(
                    f"{item.url}: the server answers {error.code} ({error.reason}); "
                    "has the file moved?"
                ) from None
            reason = f"the server answers {error.code} ({error.reason})"
        except urllib.error.URLError as error:
            reason = str(error.reason)
            # There is no such name, or no network; a name server that is busy says otherwise.
            hopeless = getattr(error.reason, "errno", None) == socket.EAI_NONAME
        failures = 1 if _size(partial) > most else failures + 1
        most = max(most, _size(partial))
        if hopeless or failures >= ATTEMPTS:
            said = f"{item.url}: {reason}; given up, the same command goes on where it stopped."
            raise Unavailable(f"{said} {remedy}".strip())
        pause = PAUSE_S * 2 ** (failures - 1)
        on_note(f"{item.name}: {reason}; trying again in {pause:g} s")
        time.sleep(pause)


def _attempt(item: Download, partial: Path, on_progress: Progress) -> None:
    """Ask for what is missing of ``partial`` and append it.

    Raises:
        _BrokeOffError: The transfer ended before the file did.
        urllib.error.URLError: The server cannot be reached, or refuses.
    """
    state = partial.with_suffix(".state")
    version = _remembered(state)
    have = _size(partial) if version or item.sha256 or item.md5 else 0
    if item.size is not None and have == item.size:
        return
    request = urllib.request.Request(item.url, headers=_headers(have, version))
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code != 416:
            raise
        # There is nothing beyond what we have: it is all of the file, or not this file at all.
        if error.headers.get("Content-Range", "").rpartition("/")[2] == str(have):
            return
        partial.unlink(missing_ok=True)
        raise _BrokeOffError("the partial file does not fit the server's; starting again") from None
    with answer:
        start, total = _extent(answer, have)
        if item.size is not None and total is not None and total != item.size:
            raise Unavailable(
                f"{item.url}: the server has {total:,} bytes, expected {item.size:,}; "
                "the file is another one than this task knows"
            )
        if start == 0:
            partial.unlink(missing_ok=True)
        write_atomically(state, (_version(answer) or "").encode(), durable=False)
        done = start
        with open(partial, "ab") as file:
            while block := _read(answer):
                file.write(block)
                done += len(block)
                on_progress(done, total)
    if total is not None and done != total:
        raise _BrokeOffError(f"broke off after {done:,} of {total:,} bytes")


def _read(answer: Any) -> bytes:
    try:
        block: bytes = answer.read(_BLOCK)
    except (OSError, http.client.HTTPException) as error:
        # Told apart from a disk that cannot be written, which no further attempt would mend.
        raise _BrokeOffError(str(error) or type(error).__name__) from None
    return block


def _headers(have: int, version: str) -> dict[str, str]:
    headers = {"User-Agent": f"harness/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        # Azure's storage, behind GitHub's releases and MS MARCO, honours it from this version on.
        headers["x-ms-version"] = "2020-04-08"
        if version:
            # With another version of the file the server sends all of it.
            headers["If-Range"] = version
    return headers


def _extent(answer: Any, have: int) -> tuple[int, int | None]:
    """Return where the answer's bytes begin, and how many the whole file has if that is told.

    Raises:
        _BrokeOffError: It sends another part than was asked for.
    """
    if answer.status == 206:
        span, _, total = answer.headers.get("Content-Range", "").partition("/")
        if span.removeprefix("bytes ").partition("-")[0].strip() != str(have):
            raise _BrokeOffError("the server sent another part than was asked for")
        return have, int(total) if total.isdigit() else None
    length = answer.headers.get("Content-Length", "")
    return 0, int(length) if length.isdigit() else None


def _version(answer: Any) -> str | None:
    """Return what identifies this version of the file: a strong entity tag, or a date."""
    tag: str | None = answer.headers.get("ETag")
    if tag and not tag.startswith("W/"):
        return tag
    date: str | None = answer.headers.get("Last-Modified")
    return date


def _remembered(state: Path) -> str:
    try:
        return state.read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _install(item: Download, folder: Path, on_note: Callable[[str], None]) -> None:
    """Check the complete file, put it in its place, and note that it is there.

    Raises:
        Unavailable: It is not the file expected; it is removed, so that the next call begins anew.
    """
    partial, place = beside(item, folder, ".part"), place_of(item, folder)
    digest, wrong = compare(item, partial)
    if wrong:
        partial.unlink()
        raise Unavailable(f"{item.url}: {wrong}; what came was removed, try again later")
    came = Kept(_size(partial), digest)
    unpacked: dict[str, Kept] = {}
    if is_archive(item.name):
        on_note(f"{item.name}: unpacking")
        try:
            only = item.gives if item.pick else None
            unpacked = unpack(partial, place, name=item.name, only=only)
            missing = [g for g in item.gives if not any(_within(name, g) for name in unpacked)]
            if missing:
                raise Unavailable(f"{item.url}: the archive holds no {', '.join(missing)}")
        except Unavailable:
            if item.sha256 is None and item.md5 is None:
                # It may be damaged; one of the right digest is kept, the fault is not in it.
                partial.unlink()
            raise
    else:
        place.mkdir(parents=True, exist_ok=True)
        os.replace(partial, place / item.name)
    note(item, folder, came, unpacked)
    for left_over in (partial, partial.with_suffix(".state")):
        left_over.unlink(missing_ok=True)


def _within(name: str, given: str) -> bool:
    return name == given or name.startswith(f"{given}/")
