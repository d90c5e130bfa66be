"""Drill texts for pretraining: parts of a comparison on request, the verdict among or without them.

A verdict that follows its parts is easy, a verdict alone is what the tasks ask; between the two lies
every subset of the parts, so that one leads to the other.
"""

from __future__ import annotations

import random

from harness.tasks.mini import corpus_facts
from harness.tasks.mini.corpus_facts import GAPS, LEADS, Text
from harness.tasks.mini.text_facts import PEOPLE, Predicate, draw, relation
from harness.tasks.mini.text_inferences import contrast

PARTS = ("person", "act", "thing", "how", "where", "so")
ABSENT = 0.2
"""How often a claim is about somebody of whom nothing is told."""


def drilled(rng: random.Random, others: int) -> Text:
    """Return some parts of the comparison of a claim with the fact about the same person."""
    known, claimed = _pair(rng)
    people = rng.sample(PEOPLE, others + 2)
    facts = [known, *corpus_facts.others_of(rng, claimed, others)]
    told = corpus_facts.told(rng, facts, people[:-1])
    absent = rng.random() < ABSENT
    follows = relation(known, claimed) == "entailment" and not absent
    values = {
        "person": "other" if absent else "same",
        "act": "same" if claimed.act == known.act else "other",
        "thing": corpus_facts.thing_compared(known, claimed),
        "how": corpus_facts.modifier_compared(known.quality, claimed.quality),
        "where": corpus_facts.modifier_compared(known.place, claimed.place),
        "so": "yes" if follows else "no",
    }
    # Of several people, there is no fact to compare with what is said of another.
    open_ = ("person", "so") if absent and others else PARTS
    keep = rng.random()
    parts = [part for part in open_ if part == "so" or rng.random() < keep]
    if len(parts) > 1 and rng.random() < 0.2:
        parts.remove("so")
    claim = f"{claimed.done_by(people[-1] if absent else people[0])}."
    asked = f"{rng.choice(LEADS)}{told}{rng.choice(GAPS)}{claim} Say {', '.join(parts)}."
    return Text(asked, " " + " ".join(values[part] for part in parts))


def _pair(rng: random.Random) -> tuple[Predicate, Predicate]:
    """Return a told fact and a claim that follows from it in half of the cases."""
    while True:
        claimed = draw(rng, "corpus", positive=True).worded(rng)
        pair = contrast(rng, "corpus", claimed)
        if all(known.positive for known in pair):
            return rng.choice(pair).worded(rng), claimed
