"""Porter's stemmer (M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980).

With the three departures of Porter's own later code, which Lucene ships: "bli" for "abli", "logi"
to "log", and words of one or two letters left alone.
"""

from __future__ import annotations

from functools import lru_cache

_RULES_2 = (
    "ational:ate tional:tion enci:ence anci:ance izer:ize bli:ble alli:al entli:ent eli:e ousli:ous "
    "ization:ize ation:ate ator:ate alism:al iveness:ive fulness:ful ousness:ous aliti:al iviti:ive "
    "biliti:ble logi:log"
)
_RULES_3 = "icate:ic ative: alize:al iciti:ic ical:ic ful: ness:"  # codespell:ignore
_RULES_4 = "al: ance: ence: er: ic: able: ible: ant: ement: ment: ent: ion: ou: ism: ate: iti: ous: ive: ize:"  # codespell:ignore


def _rules(text: str) -> dict[str, str]:
    pairs = (rule.split(":") for rule in text.split())
    return {rule[0]: rule[1] for rule in pairs}


_STEP_2, _STEP_3, _STEP_4 = _rules(_RULES_2), _rules(_RULES_3), _rules(_RULES_4)


@lru_cache(maxsize=1 << 17)
def stem(word: str) -> str:
    """Return the stem of a lower-case word."""
    if len(word) <= 2:
        return word
    word = _plurals(word)
    word = _past_and_gerund(word)
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    word = _replace(word, _STEP_2, 0)
    word = _replace(word, _STEP_3, 0)
    word = _replace(word, _STEP_4, 1)
    return _final(word)


def _shape(part: str) -> str:
    """Return ``part`` as vowels and consonants, one letter for each: "toy" is "cvc"."""
    shape = ""
    for letter in part:
        vowel = letter in "aeiou" or (letter == "y" and shape[-1:] == "c")
        shape += "v" if vowel else "c"
    return shape


def _measure(part: str) -> int:
    """Return how many times vowels are followed by consonants."""
    return _shape(part).count("vc")


def _has_vowel(part: str) -> bool:
    return "v" in _shape(part)


def _ends_cvc(part: str) -> bool:
    return _shape(part).endswith("cvc") and part[-1] not in "wxy"


def _doubled(part: str) -> bool:
    return len(part) > 1 and part[-1] == part[-2] and _shape(part)[-1] == "c"


def _plurals(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _past_and_gerund(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for suffix in ("ed", "ing"):
        stripped = word.removesuffix(suffix)
        if stripped != word:
            return _tidy(stripped) if _has_vowel(stripped) else word
    return word


def _tidy(part: str) -> str:
    if part.endswith(("at", "bl", "iz")):
        return part + "e"
    if _doubled(part):
        return part if part[-1] in "lsz" else part[:-1]
    return part + "e" if _measure(part) == 1 and _ends_cvc(part) else part


def _replace(word: str, endings: dict[str, str], above: int) -> str:
    """Replace the longest ending in ``endings`` if what precedes it measures more than ``above``."""
    ending = max((e for e in endings if word.endswith(e)), key=len, default="")
    part = word[: len(word) - len(ending)]
    if not ending or _measure(part) <= above:
        return word
    if ending == "ion" and part[-1:] not in ("s", "t"):
        return word
    return part + endings[ending]


def _final(word: str) -> str:
    if word.endswith("e"):
        part = word[:-1]
        if _measure(part) > 1 or (_measure(part) == 1 and not _ends_cvc(part)):
            word = part
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word
