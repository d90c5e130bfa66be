"""Names to plug-ins: methods, tasks, suites, kernels, executors, ours and third parties'.

Every registry is fed by entry points, reads nothing until asked, imports nothing until a plug-in is
used, and survives broken plug-ins: each is named with its reason and the rest still work.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from harness import catalogue
from harness.errors import BrokenPlugin, Unavailable, UnknownName
from harness.extras import OWN_DISTRIBUTION, how_to_install
from harness.memo import Memo

if TYPE_CHECKING:
    from harness.executors import Executor
    from harness.kernel import Kernel
    from harness.method import Method
    from harness.suite import Suite
    from harness.task import Task

T = TypeVar("T")

GROUPS = (
    "harness.methods",
    "harness.tasks",
    "harness.suites",
    "harness.kernels",
    "harness.executors",
    "harness.backbones",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered name.

    Attributes:
        name: What users type.
        target: ``"package.module:Name"``.
        distribution: The installed distribution that registered it, ``""`` for a direct target.
        problem: Why it cannot be used as registered (a name taken twice), or ``""``.
    """

    name: str
    target: str
    distribution: str
    problem: str = ""

    @property
    def module(self) -> str:
        """The module that defines the plug-in."""
        return self.target.partition(":")[0]


class Registry(Generic[T]):
    """The plug-ins of one entry-point group."""

    def __init__(self, group: str, what: str) -> None:
        """Name the entry-point group and what its members are called in messages."""
        self.group = group
        self.what = what

    def entries(self) -> dict[str, Entry]:
        """Return every registered name, ours first, then by name."""
        return _merge(_installed_entries().get(self.group, []))

    def names(self) -> list[str]:
        """Return the names that can be asked for."""
        return list(self.entries())

    def entry(self, name: str) -> Entry:
        """Return the entry called ``name``, or made of a direct target ``package.module:Name``.

        Raises:
            UnknownName: No plug-in has that name; the nearest ones are offered.
        """
        if ":" in name:
            if "" not in sys.path:
                sys.path.insert(0, "")
            return Entry(name, name, "")
        entries = self.entries()
        if name not in entries:
            raise UnknownName(
                self.what, name, entries, hint=f"`harness list {self.what}s` shows all."
            )
        return entries[name]

    def describe(self, name: str) -> dict[str, Any]:
        """Return what the plug-in says of itself, without importing it.

        Returns:
            ``name``, ``distribution`` and the literals of its class: ``title``, ``kinds`` or
            ``kind``, ``requires``, ``paper``, ...; ``problem`` if it is known not to load.

        Raises:
            UnknownName: No plug-in has that name.
        """
        entry = self.entry(name)
        facts = memo().remember(
            f"describe {entry.target} {search_path()}", lambda: catalogue.describe(entry.target)
        )
        said = {**facts, "name": entry.name, "distribution": entry.distribution}
        return {**said, "problem": entry.problem} if entry.problem else said

    def load(self, name: str) -> T:
        """Import the plug-in called ``name`` and return its class or object.

        Raises:
            UnknownName: No plug-in has that name.
            Unavailable: It needs a package that is not installed; the message tells which.
            BrokenPlugin: It is broken; the message names it and says how.
        """
        entry = self.entry(name)
        if entry.problem:
            raise BrokenPlugin(f"{self.what} {name!r} cannot be used: {entry.problem}")
        module, _, attribute = entry.target.partition(":")
        owner = f" (from {entry.distribution})" if entry.distribution else ""
        broken = f"{self.what} {name!r}{owner} does not load"
        try:
            # What a plug-in prints while it is imported is no output of ours.
            with contextlib.redirect_stdout(sys.stderr):
                return cast(T, getattr(importlib.import_module(module), attribute))
        except ModuleNotFoundError as error:
            missing = error.name or module
            if missing.partition(".")[0] == module.partition(".")[0]:
                raise BrokenPlugin(f"{broken}: no module {missing}") from error
            raise Unavailable(
                f"{self.what} {name!r}{owner} needs the package {missing!r}: "
                + how_to_install(self.describe(name).get("requires", ()), missing)
            ) from error
        except AttributeError as error:
            raise BrokenPlugin(f"{broken}: {_first_line(error)}") from error
        except (Exception, SystemExit) as error:
            raise BrokenPlugin(f"{broken}: {type(error).__name__}: {_first_line(error)}") from error


methods: Registry[type[Method]] = Registry("harness.methods", "method")
tasks: Registry[type[Task]] = Registry("harness.tasks", "task")
suites: Registry[Suite] = Registry("harness.suites", "suite")
kernels: Registry[Kernel] = Registry("harness.kernels", "kernel")
executors: Registry[type[Executor]] = Registry("harness.executors", "executor")
backbones: Registry[Any] = Registry("harness.backbones", "backbone")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0]


def search_path() -> str:
    """Return where modules are looked for, as one string: the same name may mean others elsewhere."""
    return os.pathsep.join(path or os.getcwd() for path in sys.path)


@functools.cache
def memo() -> Memo:
    """Return this process's memo of what plug-ins say of themselves."""
    return Memo("catalogue")


@functools.cache
def _installed_entries() -> Mapping[str, list[tuple[str, str, str]]]:
    """Return (name, target, distribution) per group for everything installed."""
    # Installing or removing a distribution changes the folder it goes to, so those folders are
    # what the answer depends on.
    return cast(
        "Mapping[str, list[tuple[str, str, str]]]",
        memo().remember(f"entry points {GROUPS} {search_path()}", _scan),
    )


def _scan() -> tuple[dict[str, list[tuple[str, str, str]]], list[str]]:
    from importlib import metadata

    found: dict[str, list[tuple[str, str, str]]] = {}
    seen: set[str] = set()
    for distribution in metadata.distributions():
        try:
            name, points = distribution.name, distribution.entry_points
        except Exception:
            # Its metadata cannot be read: whatever it meant to register, the rest must work.
            continue
        if name in seen:
            # The same distribution further down the path is shadowed.
            continue
        seen.add(name)
        for point in points:
            if point.group in GROUPS:
                found.setdefault(point.group, []).append((point.name, point.value, name))
    return found, [path or os.getcwd() for path in sys.path]


def _merge(rows: Iterable[tuple[str, str, str]]) -> dict[str, Entry]:
    """Return entries by name, ours first; a name taken twice stays with its first owner."""
    ordered = sorted(rows, key=lambda row: (row[2] != OWN_DISTRIBUTION, row[0], row[2]))
    entries: dict[str, Entry] = {}
    for name, target, distribution in ordered:
        if name in entries and entries[name].target != target:
            owner = entries[name].distribution
            alias = f"{distribution}/{name}"
            entries[alias] = Entry(
                alias, target, distribution, f"the name {name!r} is already taken by {owner}"
            )
        else:
            entries.setdefault(name, Entry(name, target, distribution))
    return entries
