"""What the mini GLUE tasks are made of: labelled texts, in sets that cancel every shortcut."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.tasks.mini.text_facts import Part


@dataclass(frozen=True, slots=True)
class Item:
    """An example before it has a place in a file.

    Attributes:
        texts: The sentence, or the two texts compared.
        gold: 1 for what is acceptable, positive, entailed, equivalent or answered, 0 otherwise;
            the annotators' mean rating for STS-B.
    """

    texts: tuple[str, ...]
    gold: int | float


Sets = Callable[[random.Random, Part], Iterator[list[Item]]]
"""Yields without end the sets of a split, the items of each ordered from gold 1 to gold 0."""


def capital(text: str) -> str:
    """Return ``text`` as a sentence: first letter in upper case, a full stop at the end."""
    return f"{text[0].upper()}{text[1:]}."
