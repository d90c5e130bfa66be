"""The kinds: what one input and one prediction are, for each family of tasks.

A kind is the whole contract between a task and a method. A task of a kind yields inputs of
``Kind.input``; a method of that kind answers each with one ``Kind.prediction``, in order. The
harness checks every prediction with ``Kind.check`` before a scorer sees it. Each kind is a module
here of the kind's name that defines ``KIND``; ``harness.testing.samples`` has one of the same name.
"""

from __future__ import annotations

from importlib import import_module

from harness.errors import UnknownName
from harness.kinds.contract import Kind

NAMES = (
    "detection",
    "episodes",
    "image_classification",
    "multiple_choice",
    "preference",
    "reranking",
)


def kind(name: str) -> Kind:
    """Return the kind called ``name``; raise :class:`UnknownName` with the nearest one if none is."""
    if name not in NAMES:
        raise UnknownName("kind", name, NAMES)
    found: Kind = import_module(f"harness.kinds.{name}").KIND
    return found
