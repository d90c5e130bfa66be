"""How much two strings agree as sets of words: ``token_set_ratio`` of thefuzz 0.19.

WebShop pins that version without its optional Levenshtein package, so the ratio is that of the
standard library's ``difflib``. It measures containment: ("red wine", "red") scores 100, and
("size 10", "size 11") 86.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache

ENOUGH = 85
"""Scores above it count as a match in WebShop's reward."""

_LATIN_1 = dict.fromkeys(range(128, 256))
_NO_WORD = re.compile(r"\W")


@lru_cache(maxsize=1 << 16)
def token_set_ratio(first: str, second: str) -> int:
    """Return 0 to 100: the best agreement of the common words with either string's words.

    Case, punctuation and word order do not matter; characters 128 to 255 are dropped first, as
    thefuzz does. A string without words scores 0.
    """
    ours, theirs = _words(first), _words(second)
    if not ours or not theirs:
        return 0
    common = " ".join(sorted(ours & theirs))
    left = f"{common} {' '.join(sorted(ours - theirs))}".strip()
    right = f"{common} {' '.join(sorted(theirs - ours))}".strip()
    return max(_ratio(common, left), _ratio(common, right), _ratio(left, right))


def matches(first: str, second: str) -> bool:
    """Tell whether two strings agree as WebShop's reward demands."""
    return token_set_ratio(first, second) > ENOUGH


def _words(text: str) -> set[str]:
    return set(_NO_WORD.sub(" ", text.translate(_LATIN_1)).lower().split())


def _ratio(first: str, second: str) -> int:
    if first == second:
        return 100
    if not first or not second:
        return 0
    return round(100 * SequenceMatcher(None, first, second).ratio())
