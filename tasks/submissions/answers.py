"""Answers by the id of their example: none twice, none missing, none of another data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from harness.errors import BadInput

T = TypeVar("T")


@dataclass(slots=True)
class Answers(Generic[T]):
    """What a submission answers, collected line by line in any order.

    Attributes:
        path: The submission, for messages.
        ids: Ids of the examples that are scored, in the order of the data set.
        origin: Where these come from, for messages.
        what: What one answer is called, for messages.
    """

    path: Path
    ids: Sequence[str]
    origin: str
    what: str = "prediction"
    _found: dict[str, tuple[str, T]] = field(default_factory=dict)
    _known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Index the ids."""
        self._known = frozenset(self.ids)

    def add(self, name: str, answer: T, where: str) -> None:
        """Take one answer.

        Args:
            name: The id of its example.
            answer: The answer.
            where: File and line, for messages.

        Raises:
            BadInput: The id is unknown, or was answered before.
        """
        self.check_known(name, where)
        if name in self._found:
            raise BadInput(
                f"{where}: a second {self.what} for {name}, after {_place(self._found[name][0])}; "
                "keep one of the two"
            )
        self._found[name] = (where, answer)

    def check_known(self, name: str, where: str) -> None:
        """Raise :class:`BadInput` unless ``name`` is an example's id."""
        if name not in self._known:
            first = self.ids[0] if self.ids else "none"
            raise BadInput(
                f"{where}: no example {name[:60]!r} in {self.origin} (its first id is {first}); is this "
                "the submission for that file?"
            )

    def in_order(self, remedy: str = "add them: every example needs one") -> list[T]:
        """Return one answer per id, in the order of the ids.

        Args:
            remedy: What to do where some are missing.

        Raises:
            BadInput: Some are missing; says how many and names the first.
        """
        missing = [name for name in self.ids if name not in self._found]
        if missing:
            raise BadInput(
                f"{self.path}: {len(missing)} of {len(self.ids)} {self.what}s missing, first that "
                f"for {missing[0]}; {remedy}"
            )
        return [self._found[name][1] for name in self.ids]


def small_index(text: str, count: int) -> int | None:
    """Return the integer from 0 to ``count - 1`` that ``text`` writes in digits, None if none."""
    if not (text.isascii() and text.isdecimal()):
        return None
    # Leading zeros are harmless; thousands of digits are more than int() takes.
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) <= len(str(count)) and int(digits) < count else None


def _place(where: str) -> str:
    """Return the part of ``where`` behind the file's name."""
    return where.rpartition(", ")[2]
