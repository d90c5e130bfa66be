"""Mini CoLA and SST-2: single sentences whose label lies in how their words go together.

CoLA's sets cross two choices that must agree ("a" or "an" before "apple" or "pear") or exchange two
neighbouring words; SST-2's cross an assertion or denial with praise or blame, or exchange what is
said of two things. So no word is more frequent under either label.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.tasks.mini.glue_items import Item, capital
from harness.tasks.mini.text_facts import (
    ACTS,
    AFFIRMING,
    DENYING,
    KINDS,
    MEN,
    OPPOSITE,
    PEOPLE,
    WOMEN,
    Part,
    Predicate,
    draw,
    part_of,
)

ASPECTS = (
    *("plot", "acting", "music", "ending", "dialogue", "pace"),
    *("cast", "humour", "scenery", "opening", "script", "editing"),
)
FILMS = ("comedy", "western", "thriller", "romance", "musical", "cartoon", "remake", "sequel")
PRAISE = ("moving", "charming", "clever", "funny", "gripping", "fresh", "graceful", "warm")
BLAME = ("dull", "clumsy", "stale", "tedious", "shallow", "noisy", "bland", "silly")
ASSERTED = ("is", "is", "is truly", "is very", "is rather", "is always", "proves to be")
DENIED = ("is not", "is not very", "is hardly", "is never", "failed to be", "is anything but")
FRAMES = (
    ("{} , although {}", "even though {} , {}"),
    ("{} , even if {}", "{} , but {}"),
    ("{} , though {}", "although {} , {}"),
)
"""Frames whose first clause is what the reviewer holds, beside frames whose second is."""
_MOVABLE = (
    "a",
    "an",
    "in",
    "by",
    "was",
    "did",
    "failed",
    "refused",
    "forgot",
    "managed",
    "happened",
)
"""Words that may not stand after the word they precede."""

Crossed = tuple[list[str], list[str]]
"""Sentences that are right, and as many that are wrong."""


def cola(rng: random.Random, part: Part) -> Iterator[list[Item]]:
    """Yield fours: two acceptable sentences, two that break one rule of grammar."""
    rules: tuple[Callable[[random.Random, Part], Crossed], ...]
    rules = (_agreement, _article, _verb_form, _reflexive, _word_order)
    while True:
        for rule in rules:
            right, wrong = rule(rng, part)
            yield _labelled([capital(text) for text in right], [capital(text) for text in wrong])


def sst2(rng: random.Random, part: Part) -> Iterator[list[Item]]:
    """Yield fours: two sentences that praise, two that blame; lower case and spaced, as officially."""
    while True:
        for kind in (_one_clause, _two_clauses):
            right, wrong = kind(rng, part)
            yield _labelled([f"{text} " for text in right], [f"{text} " for text in wrong])


def _labelled(right: list[str], wrong: list[str]) -> list[Item]:
    return [Item((text,), 1) for text in right] + [Item((text,), 0) for text in wrong]


def _agreement(rng: random.Random, part: Part) -> Crossed:
    """Cross the numbers of subject and verb; another noun between them may mislead."""
    told = draw(rng, part)
    _, _, participle = ACTS[told.act][rng.random() < 0.2]
    near = rng.choice([kind for kind in KINDS[told.category] if kind != told.thing])
    near = rng.choice(("", f" near the {near}", f" near the {plural(near)}"))
    quality = f"{told.quality} " if told.quality else ""
    rest = f"{'' if told.positive else 'not '}{participle} by {rng.choice(PEOPLE)}"
    rest += f" in the {told.place}" if told.place else ""
    nouns, verbs = (told.thing, plural(told.thing)), ("was", "were")

    def say(noun: str, verb: str) -> str:
        return f"the {quality}{noun}{near} {verb} {rest}"

    return _crossed(say, nouns, verbs)


def _article(rng: random.Random, part: Part) -> Crossed:
    """Cross the article with a word that begins with a vowel and one that does not."""
    told, who = draw(rng, part).worded(rng), rng.choice(PEOPLE)
    things = (told.category, *KINDS[told.category])
    vowels = [thing for thing in things if thing[0] in "aeiou"]
    if vowels and rng.random() < 0.5:
        others = [thing for thing in things if thing not in vowels]
        pair = [replace(told, thing=rng.choice(k), quality=None) for k in (vowels, others)]
    else:
        others = [quality for quality in OPPOSITE if quality[0] not in "aeiou"]
        pair = [replace(told, quality=quality) for quality in ("old", rng.choice(others))]
    right = [fact.sentence(who) for fact in pair]
    return right, [_with_other_article(fact, who) for fact in pair]


def _with_other_article(fact: Predicate, who: str) -> str:
    article, _, phrase = fact.noun().partition(" ")
    other = {"a": "an", "an": "a"}[article]
    return fact.sentence(who).replace(fact.noun(), f"{other} {phrase}")


def _verb_form(rng: random.Random, part: Part) -> Crossed:
    """Cross a plain or auxiliary construction with past tense and base form."""
    told = replace(draw(rng, part, positive=True), synonym=rng.random() < 0.2)
    who = rng.choice(PEOPLE)
    base, past, _ = ACTS[told.act][told.synonym]
    rest = told.done_by(who).removeprefix(f"{who} {past} ")
    operator = rng.choice([word for word in (*AFFIRMING, *DENYING) if word])

    def say(before: str, verb: str) -> str:
        return f"{who} {before}{verb} {rest}"

    return _crossed(say, ("", f"{operator} "), (past, base))


def _reflexive(rng: random.Random, part: Part) -> Crossed:
    """Cross the subject's with the pronoun's gender."""
    told = replace(draw(rng, part, positive=True), synonym=rng.random() < 0.2)

    def say(who: str, pronoun: str) -> str:
        return f"{told.done_by(who)} by {pronoun}"

    return _crossed(say, (rng.choice(WOMEN), rng.choice(MEN)), ("herself", "himself"))


def _word_order(rng: random.Random, part: Part) -> Crossed:
    """Exchange two neighbouring words, in two sentences."""
    right, wrong = [], []
    for who in rng.sample(PEOPLE, 2):
        words = draw(rng, part).worded(rng).sentence(who).split()
        right.append(" ".join(words))
        at = rng.choice([i for i, word in enumerate(words[:-1]) if word in _MOVABLE])
        words[at], words[at + 1] = words[at + 1], words[at]
        wrong.append(" ".join(words))
    return right, wrong


def _crossed(
    say: Callable[[str, str], str], ones: tuple[str, str], others: tuple[str, str]
) -> Crossed:
    """Return what is said with those of ``ones`` and ``others`` that match, and with the rest."""
    right = [say(one, other) for one, other in zip(ones, others, strict=True)]
    return right, [say(one, other) for one, other in zip(ones, others[::-1], strict=True)]


def plural(noun: str) -> str:
    """Return the plural of a noun of the small world."""
    if noun.endswith("y"):
        return f"{noun[:-1]}ies"
    if noun.endswith("f"):
        return f"{noun[:-1]}ves"
    return f"{noun}es" if noun.endswith("ch") else f"{noun}s"


def aspects_told(film: str, part: Part) -> list[str]:
    """Return what may be said something of in ``part`` in reviews of such a film."""
    return [aspect for aspect in ASPECTS if part_of(f"{aspect} of the {film}") == part]


def _one_clause(rng: random.Random, part: Part) -> Crossed:
    """Cross an assertion and a denial with praise and blame."""
    film = rng.choice([film for film in FILMS if aspects_told(film, part)])
    subject = f"the {rng.choice(aspects_told(film, part))} of the {film}"

    def say(verb: str, word: str) -> str:
        return f"{subject} {verb} {word}"

    verbs = (rng.choice(ASSERTED), rng.choice(DENIED))
    return _crossed(say, verbs, (rng.choice(PRAISE), rng.choice(BLAME)))


def _two_clauses(rng: random.Random, part: Part) -> Crossed:
    """Exchange praise and blame between the clause that counts and the one it outweighs."""
    film = rng.choice([film for film in FILMS if len(aspects_told(film, part)) > 1])
    one, two = rng.sample(aspects_told(film, part), 2)
    subjects = (f"the {one} of the {film}", f"its {two}")
    praise = rng.choice(_phrases(PRAISE, BLAME))
    blame = rng.choice(_phrases(BLAME, PRAISE))
    first, second = rng.choice(FRAMES)

    def say(frame: str, *phrases: str) -> str:
        clauses = [f"{who} {said}" for who, said in zip(subjects, phrases, strict=True)]
        return frame.format(*clauses)

    right = [say(first, praise, blame), say(second, blame, praise)]
    return right, [say(first, blame, praise), say(second, praise, blame)]


def _phrases(meant: tuple[str, ...], opposite: tuple[str, ...]) -> list[str]:
    """Return predicates that say ``meant``, half of them by denying the opposite."""
    asserted = [f"{verb} {word}" for verb in ASSERTED for word in meant]
    denied = [f"{verb} {word}" for verb in DENIED for word in opposite]
    return asserted + denied
