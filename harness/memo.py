"""Answers worth remembering between commands, each valid while the files it came from are unchanged.

Reading forty plug-ins' sources, scanning installed distributions or hashing a data set costs more
than a command should take. A :class:`Memo` keeps such answers in one JSON file of the cache, with
the size, times and inode of every file and folder an answer depends on; a changed, removed or added
one makes the answer forgotten. Losing the file costs time, never correctness.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from harness.paths import cache_root, write_atomically

FORMAT = 2

UNSETTLED_NS = 50_000_000
"""A file changed more recently than this may change again without its times telling (they have the
granularity of a clock tick), so nothing that depends on it is remembered yet."""

Stamp = list[int] | None


class Memo:
    """One named set of remembered answers, read once and saved when it changed."""

    def __init__(self, name: str) -> None:
        """Open the memo called ``name``; a missing or damaged file is an empty memo."""
        self.path = cache_root() / "memo" / f"{name}.json"
        self._stamps: dict[str, Stamp] = {}
        self._changed = False
        self._answers: dict[str, list[Any]] = {}
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stored = json.loads(self.path.read_bytes())
            if stored.get("format") == FORMAT:
                self._answers = stored["answers"]

    def remember(self, question: str, compute: Callable[[], tuple[Any, Iterable[str]]]) -> Any:
        """Return the answer to ``question``, from memory while valid, else from ``compute``.

        Args:
            question: Identifies the answer; everything it depends on besides files belongs in it.
            compute: Returns the answer, as JSON can hold it, and the paths it depends on.
        """
        kept = self._answers.get(question)
        if kept is not None and all(self._stamp(path) == stamp for path, stamp in kept[1].items()):
            return kept[0]
        begun = time.time_ns()
        answer, paths = compute()
        watched = {path: self._stamp(path) for path in paths}
        changed = max((stamp[2] for stamp in watched.values() if stamp), default=0)
        if not watched or changed > begun - UNSETTLED_NS:
            # Nothing would ever make it forgotten ("there is no such module"), or a file may have
            # changed while it was read.
            return answer
        self._answers[question] = [answer, watched]
        if not self._changed:
            self._changed = True
            atexit.register(self.save)
        return answer

    def _stamp(self, path: str) -> Stamp:
        """Return size, times in ns and inode of ``path``, or None if it is not there."""
        try:
            return self._stamps[path]
        except KeyError:
            pass
        try:
            found = os.stat(path)
            stamp: Stamp = [
                found.st_size,
                found.st_mtime_ns,
                found.st_ctime_ns,
                found.st_ino,
            ]
        except OSError:
            stamp = None
        self._stamps[path] = stamp
        return stamp

    def save(self) -> None:
        """Write the memo if it changed; a cache that cannot be written is no error."""
        if not self._changed:
            return
        self._changed = False
        atexit.unregister(self.save)
        data = json.dumps({"format": FORMAT, "answers": self._answers}).encode()
        with contextlib.suppress(OSError):
            write_atomically(Path(self.path), data, durable=False)
