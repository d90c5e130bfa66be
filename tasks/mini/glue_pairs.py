"""Mini MRPC, QNLI, RTE and STS-B: pairs of texts about who did what, from the small world's facts.

Each sentence tells of two people. Items of a set have the same words and differ in which of the two
each part is told of, so that nothing but the binding of parts to people tells the labels apart.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from harness.tasks.mini import text_inferences
from harness.tasks.mini.glue_items import Item, capital
from harness.tasks.mini.text_facts import (
    ACTS,
    KINDS,
    OPPOSITE,
    PEOPLE,
    PLACES,
    Part,
    Predicate,
    covers,
    draw,
    edited,
)

JOINTS = (", and ", ", while ", "; ")
PARTS = ("act", "quality", "thing", "place", "positive")
"""What STS-B compares: each part told of another person costs a point of five."""
ANNOTATORS = 5
"""As many as rated a pair officially (Cer et al., 2017, arXiv:1708.00055, section 4)."""
ERRORS = (-2, -1, -1, 0, 0, 0, 0, 1, 1, 2)
"""What an annotator's rating may be off by, each as likely."""


def rte(rng: random.Random, part: Part) -> Iterator[list[Item]]:
    """Yield twins as mini SuperGLUE's RTE, which officially is the same task, has them."""
    while True:
        records = text_inferences.rte(rng, part)
        for sure, other in zip(records, records, strict=True):
            yield [
                Item((made["premise"], made["hypothesis"]), gold)
                for made, gold in ((sure, 1), (other, 0))
            ]


def mrpc(rng: random.Random, part: Part) -> Iterator[list[Item]]:
    """Yield threes: a sentence with two rewordings and with one whose people are exchanged.

    Two thirds are paraphrases, as officially (Dolan and Brockett, 2005: 67 %).
    """
    while True:
        facts = _similar(rng, part)
        people = rng.sample(PEOPLE, 2)
        first = _said(rng, facts)(people)
        again, differently = _said(rng, facts), _said(rng, facts)
        if first in (again(people), differently(people)):
            continue  # the same wording
        yield [
            Item((first, again(people)), 1),
            Item((first, differently(people)), 1),
            Item((first, again(people[::-1])), 0),
        ]


def qnli(rng: random.Random, part: Part) -> Iterator[list[Item]]:
    """Yield twins: a question with a sentence that answers it and with one that does not."""
    while True:
        sure = replace(draw(rng, part, positive=True), place=rng.choice(PLACES))
        ask = rng.choice((_who, _what, _what, _where, _where))
        yield from ask(rng, sure)


def _who(rng: random.Random, sure: Predicate) -> Iterator[list[Item]]:
    """Yield twins in which the things are exchanged, so that nobody did it in the second."""
    if sure.thing == sure.category:
        return  # who did it to a thing of another kind would answer, too
    others = [kind for kind in KINDS[sure.category] if kind != sure.thing]
    denied = replace(sure, thing=rng.choice(others), positive=False)
    exchanged = (replace(sure, thing=denied.thing), replace(denied, thing=sure.thing))
    wording, people = rng.getrandbits(32), rng.sample(PEOPLE, 2)
    yield [
        Item((f"{sure.done_by('Who')}?", _said(random.Random(wording), facts)(people)), gold)
        for facts, gold in (((sure, denied), 1), (exchanged, 0))
    ]


def _what(rng: random.Random, sure: Predicate) -> Iterator[list[Item]]:
    """Yield twins on what somebody did something to, or on which thing of a category."""
    category = rng.random() < 0.5
    word = f"Which {sure.category}" if category else "What"
    base = ACTS[sure.act][rng.random() < 0.2][0]

    def answers(known: Predicate) -> bool:
        told = known.positive and (known.act, known.place) == (sure.act, sure.place)
        return told and (not category or known.thing in KINDS[sure.category])

    yield from _asked(
        rng, sure, answers, lambda who: f"{word} did {who} {base} in the {sure.place}?"
    )


def _where(rng: random.Random, sure: Predicate) -> Iterator[list[Item]]:
    """Yield twins on where somebody did something."""
    asked = replace(sure, place=None, synonym=rng.random() < 0.2)

    def answers(known: Predicate) -> bool:
        return known.positive and covers(known, asked) and known.place is not None

    yield from _asked(rng, sure, answers, lambda who: f"Where {asked.question(who)}?")


def _asked(
    rng: random.Random,
    sure: Predicate,
    answers: Callable[[Predicate], bool],
    question: Callable[[str], str],
) -> Iterator[list[Item]]:
    """Yield twins that tell of the person asked about what answers, or a near-duplicate."""
    other = replace(sure, place=None) if rng.random() < 0.2 else edited(rng, sure)
    if other.part != sure.part or not answers(sure) or answers(other):
        return
    people = rng.sample(PEOPLE, 2)
    sentence = _said(rng, (sure, other))
    yield [
        Item((question(people[0]), sentence(people)), 1),
        Item((question(people[0]), sentence(people[::-1])), 0),
    ]


def stsb(rng: random.Random, part: Part) -> Iterator[list[Item]]:
    """Yield sixes: a sentence with one that tells 0, 1, ... 5 parts of the other person.

    Ratings are means of annotators who err; both sentences of all six have the same parts.
    """
    while True:
        facts = _unlike(rng, part)
        people = rng.sample(PEOPLE, 2)
        made = []
        for agreeing in range(len(PARTS), -1, -1):
            moved = rng.sample(PARTS, len(PARTS) - agreeing)
            texts = (_said(rng, facts)(people), _said(rng, _exchanged(facts, moved))(people))
            made.append(Item(texts, rating(rng, agreeing)))
        yield made


def rating(rng: random.Random, agreeing: int) -> float:
    """Return the mean of the annotators' whole ratings, 0 to 5, of ``agreeing`` equal parts."""
    given = [min(5, max(0, agreeing + rng.choice(ERRORS))) for _ in range(ANNOTATORS)]
    return sum(given) / ANNOTATORS


def _similar(rng: random.Random, part: Part) -> tuple[Predicate, Predicate]:
    """Return a fact and a near-duplicate that says something else."""
    while True:
        known = draw(rng, part)
        other = edited(rng, known)
        if other.part == part:
            return known, other


def _unlike(rng: random.Random, part: Part) -> tuple[Predicate, Predicate]:
    """Return two facts that differ in every part.

    Their things are of one category, so that an act exchanged stays in ``part``.
    """
    while True:
        drawn = draw(rng, part)
        acts = [act for act in ACTS if replace(drawn, act=act).part == part]
        if len(acts) > 1:
            break
    choices: dict[str, Sequence[Any]] = {
        "act": acts,
        "quality": tuple(OPPOSITE),
        "thing": KINDS[drawn.category],
        "place": PLACES,
        "positive": (True, False),
    }
    pairs = {name: rng.sample(choices[name], 2) for name in PARTS}
    one, two = (replace(drawn, **{name: pairs[name][k] for name in PARTS}) for k in (0, 1))
    return one, two


def _exchanged(facts: tuple[Predicate, Predicate], moved: list[str]) -> tuple[Predicate, Predicate]:
    one, two = facts
    return (
        replace(one, **{name: getattr(two, name) for name in moved}),
        replace(two, **{name: getattr(one, name) for name in moved}),
    )


def _said(rng: random.Random, facts: tuple[Predicate, Predicate]) -> Callable[[list[str]], str]:
    """Return a wording of ``facts`` as one sentence about whichever two people."""
    worded = [fact.worded(rng) for fact in facts]
    joint, order = rng.choice(JOINTS), rng.sample((0, 1), 2)

    def sentence(people: list[str]) -> str:
        return capital(joint.join(worded[k].sentence(people[k]) for k in order))

    return sentence
