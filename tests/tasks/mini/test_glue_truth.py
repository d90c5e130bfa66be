"""The labels of mini GLUE's pairs follow from the sentences, read back into facts.

Only the sets labelled wrongly on purpose, one of 25, are excepted.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from harness.tasks.glue import MRPC, QNLI, STSB, GLUETask
from harness.tasks.mini.text_facts import (
    ACTS,
    CATEGORY,
    KINDS,
    OPPOSITE,
    PEOPLE,
    PLACES,
    Predicate,
    covers,
)
from harness.tasks.understanding.records import Row

ACT_OF = {form: act for act, verbs in ACTS.items() for forms in verbs for form in forms}
NAME, THING = "|".join(PEOPLE), "|".join((*CATEGORY, *KINDS))
NOUN = rf"an? (?:(?P<quality>{'|'.join(OPPOSITE)}) )?(?P<thing>{THING})"
PLACE = rf"(?: in the (?P<place>{'|'.join(PLACES)}))?"
OPERATOR = r"did not|(?:failed|refused|forgot|managed|happened) to"
ACTIVE = re.compile(rf"(?P<who>{NAME}) (?:(?P<operator>{OPERATOR}) )?(?P<verb>\w+) {NOUN}{PLACE}")
PASSIVE = re.compile(
    rf"{NOUN} was (?P<operator>not )?(?P<verb>\w+) by (?P<who>{NAME}){PLACE}", re.IGNORECASE
)
AFFIRMING = ("managed to", "happened to")
Facts = dict[str, Predicate]


def facts(sentence: str) -> Facts:
    """Return who did or did not do what, of a sentence of two clauses."""
    told = {}
    for clause in re.split(r", and |, while |; ", sentence.removesuffix(".")):
        found = ACTIVE.fullmatch(clause) or PASSIVE.fullmatch(clause)
        assert found, clause
        positive = (found["operator"] or AFFIRMING[0]) in AFFIRMING
        told[found["who"]] = Predicate(
            ACT_OF[found["verb"]], found["thing"], found["quality"], found["place"], positive
        )
    assert len(told) == 2, sentence
    return told


def rows(task: type[GLUETask]) -> list[Row]:
    scored, training = task().files()
    return [*task.read(training), *task.read(scored)]


def answered(question: str, told: Facts) -> bool:
    """Tell whether ``told`` answers a question on who, what, which or where."""
    done = {who: fact for who, fact in told.items() if fact.positive}
    word, *rest = question.removesuffix("?").split()
    if word == "Who":
        asked = _fact(f"Ann {' '.join(rest)}")
        return any(covers(fact, asked) for fact in done.values())
    category, who, verb, after = re.fullmatch(  # type: ignore[union-attr]
        rf"(?:(\w+) )?did ({NAME}) (\w+)(.*)", " ".join(rest)
    ).groups()
    fact = done.get(who)
    if fact is None or fact.act != ACT_OF[verb]:
        return False
    if word == "Where":
        asked = _fact(f"{who} {verb}{after}")
        return covers(fact, asked) and fact.place is not None
    here = after.removeprefix(" in the ") == fact.place
    return here and (category is None or fact.thing in KINDS[category])


def _fact(clause: str) -> Predicate:
    """Return the positive fact of a clause, whatever the verb's form."""
    found = ACTIVE.fullmatch(clause)
    assert found, clause
    act = ACT_OF[found["verb"]]
    return Predicate(act, found["thing"], found["quality"], found["place"])


def test_paraphrases_tell_the_same_facts() -> None:
    made = rows(MRPC)
    same = [facts(r.fields["sentence1"]) == facts(r.fields["sentence2"]) for r in made]
    wrong = [truth != bool(row.gold) for truth, row in zip(same, made, strict=True)]
    assert not any(row.fields["sentence1"] == row.fields["sentence2"] for row in made)
    # In a set of three mislabelled, two labels are exchanged.
    assert np.mean(wrong) == pytest.approx(2 / 3 / 25, abs=0.01)


def test_what_answers_a_question() -> None:
    made = rows(QNLI)
    wrong = [
        answered(row.fields["question"], facts(row.fields["sentence"])) != (row.gold == 0)
        for row in made
    ]
    assert np.mean(wrong) == pytest.approx(1 / 25, abs=0.01)
    asked = {row.fields["question"].split()[0] for row in made}
    assert asked == {"Who", "What", "Which", "Where"}


def test_ratings_follow_the_parts_that_agree() -> None:
    expected, given = [], []
    for row in rows(STSB):
        one, other = facts(row.fields["sentence1"]), facts(row.fields["sentence2"])
        who = next(iter(one))
        parts = ("act", "quality", "thing", "place", "positive")
        expected.append(sum(getattr(one[who], p) == getattr(other[who], p) for p in parts))
        given.append(row.gold)
    assert set(expected) == set(range(6))
    assert 0.93 < np.corrcoef(expected, np.array(given, float))[0, 1] < 0.99
