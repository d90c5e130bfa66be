"""The nouns of a product's name, which WebShop's reward compares.

The official code asks spaCy (``en_core_web_sm``; its setup script installs ``en_core_web_lg``) for
the tokens tagged NOUN or PROPN. Those models cannot be fetched everywhere, so the default takes
every alphabetic word that is no function word for a noun; on the pairs of names in the official
tests its title scores lie within .04 of spaCy's. Rewards under different taggers must not be compared:
the tagger is an option of the task, so it is part of a run's key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from harness.errors import Unavailable
from harness.extras import how_to_install

Tagger = Literal["words", "en_core_web_sm", "en_core_web_lg"]
Nouns = Callable[[str], tuple[str, ...]]

_WORD = re.compile(r"[^\W_]+")
_FUNCTION_WORDS = (
    "a an and are as at be but by for from her his if in inch inches into is it its mm my no not of "
    "off on or our out over per pcs s so than that the their them then there these they this those "
    "to under up us very w was we were when which while who will with without x you your"
)
_NO_NOUNS = frozenset(_FUNCTION_WORDS.split())


def nouns_by(tagger: Tagger) -> Nouns:
    """Return the function from a name to its nouns, lower-cased and in order.

    Raises:
        Unavailable: spaCy or its model is not installed.
    """
    return words if tagger == "words" else _spacy(tagger)


def words(name: str) -> tuple[str, ...]:
    """Return the alphabetic words of ``name`` that are no function words, lower-cased."""
    found = _WORD.findall(name.lower())
    return tuple(word for word in found if word.isalpha() and word not in _NO_NOUNS)


def _spacy(model: str) -> Nouns:
    try:
        import spacy
    except ImportError:
        raise Unavailable(f"nouns={model} needs spaCy: {how_to_install((), 'spacy')}") from None
    try:
        parse = spacy.load(model)
    except OSError:
        raise Unavailable(
            f"spaCy has no model {model} here: python -m spacy download {model}, or nouns=words"
        ) from None

    def tagged(name: str) -> tuple[str, ...]:
        return tuple(t.text.lower() for t in parse(name) if t.pos_ in ("NOUN", "PROPN"))

    return tagged
