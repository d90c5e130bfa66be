"""Inputs for checking plug-ins, per kind: ordinary ones, and the awkward ones reality holds.

Each kind has a module here of its name with ``inputs(seed)``, ``spoil(items)`` and ``ANSWERS``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from harness import kinds


def inputs(kind: str, seed: int = 0) -> list[Any]:
    """Return fresh inputs of ``kind``; the same seed gives the same inputs.

    Raises:
        UnknownName: There is no such kind.
    """
    made: list[Any] = _module(kind).inputs(seed)
    return made


def spoil(kind: str, items: Sequence[Any]) -> None:
    """Damage ``items`` in place in a way their kind forbids."""
    _module(kind).spoil(items)


def answers(kind: str) -> dict[str, Callable[[Any], Any]]:
    """Return functions from an input to a valid prediction, by name; one is called ``plain``."""
    found: dict[str, Callable[[Any], Any]] = _module(kind).ANSWERS
    return found


def _module(kind: str) -> Any:
    return import_module(f"harness.testing.samples.{kinds.kind(kind).name}")
