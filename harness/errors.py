"""Every error a user can cause, and the exit code each one ends the command with.

A :class:`HarnessError` carries one line for the person at the terminal: what is wrong, with the
name of the thing, and what to do. The command line prints that line and exits with ``exit_code``;
a traceback is for bugs only.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What the ``harness`` command's exit status says."""

    OK = 0
    CELL_FAILED = 1
    BAD_INPUT = 2
    UNAVAILABLE = 3
    REGRESSION = 4
    CANNOT_TELL = 5
    INTERRUPTED = 130


class HarnessError(Exception):
    """Base of all errors whose message is meant for the user: one line, naming the remedy."""

    exit_code: ExitCode = ExitCode.CELL_FAILED


class BadInput(HarnessError):
    """A wrong argument, a missing or broken file, data that contradict each other."""

    exit_code = ExitCode.BAD_INPUT


class UnknownName(BadInput):
    """A name that no registry, configuration or list holds; the nearest ones are offered."""

    def __init__(self, what: str, name: str, known: Iterable[str], *, hint: str = "") -> None:
        known = sorted(known)
        near = nearest(name, known)
        if near:
            remedy = "did you mean " + " or ".join(repr(n) for n in near) + "?"
        elif known:
            remedy = f"known: {', '.join(known)}."
        else:
            remedy = "none is known here."
        super().__init__(f"unknown {what} {name!r}: {remedy}" + (f" {hint}" if hint else ""))
        self.name = name
        self.nearest = near


class Incompatible(BadInput):
    """A method asked to run on a task of a kind it does not take."""


class BrokenPlugin(BadInput):
    """A plug-in that cannot be loaded through a fault of its own; the rest still work."""


class Unavailable(HarnessError):
    """A missing optional package, device or data set; the message says how to get it."""

    exit_code = ExitCode.UNAVAILABLE


class StoreError(BadInput):
    """A store that cannot be written or read: full disk, no permission, damaged record."""


def nearest(name: str, known: Iterable[str], n: int = 2) -> list[str]:
    """Return up to ``n`` known names that look like ``name``, best first."""
    pool = {k.lower(): k for k in known}
    close = difflib.get_close_matches(name.lower(), pool, n=n, cutoff=0.6)
    return [pool[c] for c in close]
