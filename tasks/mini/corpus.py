"""The pretraining corpus of the mini backbones: an endless seeded stream of texts.

The mixture is the finding of a study of small worlds: yes-or-no labels alone leave tiny models at
chance; analyses that answer with several words, each of which needs the same matching, are what
makes them learn it, so these come first and judgements later.
"""

from __future__ import annotations

import random
from typing import Literal

from harness.tasks.mini import corpus_drill, corpus_facts, corpus_words
from harness.tasks.mini.corpus_facts import Text

Phase = Literal["dense", "mixed", "drill"]
"""Dense texts and short stories come first, then judgements in every phrasing, drill at the end."""


def question(rng: random.Random, phase: Phase) -> Text:
    """Return a text with an answer, of the mixture of ``phase``."""
    if phase == "drill":
        return _late(rng)
    early = phase == "dense"
    draw = rng.random()
    others = rng.choice((0, 1, 1) if early else (0, 1, 2, 2))
    if draw < (0.5 if early else 0.25):
        return corpus_facts.compared(rng, others)
    if draw < (0.75 if early else 0.37):
        return corpus_facts.extracted(rng, rng.choice((2, 2, 3) if early else (2, 3, 4)))
    unnamed = 0.0 if early else 0.25
    draw = rng.random()
    if draw < 0.28:
        return corpus_facts.judged_alone(rng, unnamed)
    if draw < 0.62:
        return corpus_facts.judged(rng, rng.choice((0, 0, 1, 2)), unnamed)
    if draw < 0.84:
        return corpus_words.sensed(rng, unnamed)
    return corpus_words.caused(rng) if draw < 0.88 else corpus_words.resolved(rng)


def _late(rng: random.Random) -> Text:
    draw = rng.random()
    if draw < 0.42:
        return corpus_drill.drilled(rng, rng.choice((0, 1, 1, 2)))
    if draw < 0.70:
        return corpus_facts.judged(rng, rng.choice((0, 0, 1, 2)), 0.25)
    if draw < 0.80:
        return corpus_facts.judged_alone(rng, 0.25)
    if draw < 0.86:
        return corpus_facts.extracted(rng, rng.choice((2, 3, 4)))
    if draw < 0.93:
        return corpus_words.sensed(rng, 0.25)
    return corpus_words.caused(rng) if draw < 0.95 else corpus_words.resolved(rng)


def plain(rng: random.Random) -> Text:
    """Return a text without a question."""
    draw = rng.random()
    if draw < 0.55:
        made = corpus_facts.restated(rng)
    elif draw < 0.61:
        made = corpus_words.cause_told(rng)
    elif draw < 0.82:
        made = corpus_words.sense_told(rng)
    elif draw < 0.96:
        made = corpus_words.defined(rng)
    else:
        made = corpus_words.filler(rng)
    return Text("", made)
