"""Texts about words for pretraining: definitions, senses, causes, pronouns and filler."""

from __future__ import annotations

import random

from harness.tasks.mini.corpus_facts import ENDS, GAPS, LABELS, LEADS, Text
from harness.tasks.mini.text_facts import ACTS, CATEGORY, MEN, OPPOSITE, PEOPLE, WOMEN
from harness.tasks.mini.text_inferences import capital
from harness.tasks.mini.text_pairings import actions_told, context, objects_told, words_compared
from harness.tasks.mini.text_words import (
    ACTIONS,
    MATERIALS,
    RESULTS,
    SCHEMAS,
    SENSES,
    SUBJECTS,
    TOPICS,
)

ODD_RESULTS = 0.2
"""How often a story of causes ends as another action would."""
FRAME_WORDS = (
    "Question:",
    "Answer:",
    "Sentence 1:",
    "Sentence 2:",
    "Passage:",
    "True, False, or Neither?",
    "True or False?",
    "Is the answer correct?",
    "Is the word '{word}' used in the same way in the two sentences above?",
    'In the passage above, does the pronoun "*{pronoun}*" refer to "*{name}*"?',
    "therefore",
    "because",
    "yes",
    "no",
)
"""Words of the tasks' prompts, met here only among others and never with a fact."""


def sensed(rng: random.Random, unnamed: float) -> Text:
    """Return the topic of an ambiguous word, or whether two sentences use it in one sense."""
    word = rng.choice(list(SENSES))
    if rng.random() < 0.4:
        topic = rng.choice(SENSES[word])
        asked = rng.choice((f"About what is {word}?", f"Topic of {word}:"))
        told = context(rng, "corpus", word, topic)
        return Text(f"{rng.choice(LEADS)}{told}{rng.choice(GAPS)}{asked}", f" {topic}")
    word = rng.choice(words_compared("corpus"))
    first, second = (rng.choice(SENSES[word]) for _ in range(2))
    told = rng.choice(GAPS).join(context(rng, "corpus", word, t) for t in (first, second))
    asked = rng.choice((f"One sense of {word}?", f"Is {word} the same thing twice?"))
    if rng.random() < unnamed:
        asked = f"{word}?"
    labels = rng.choice(LABELS)
    end = rng.choice(ENDS if labels[0] == "yes" else ENDS[1:]).format(*labels)
    asked = f"{rng.choice(LEADS)}{told}{rng.choice(GAPS)}{asked}{end}"
    return Text(asked, f" {labels[int(first != second)]}")


def sense_told(rng: random.Random) -> str:
    """Return a context of an ambiguous word with its topic, as plain text."""
    word = rng.choice(list(SENSES))
    topic = rng.choice(SENSES[word])
    return f"{context(rng, 'corpus', word, topic)} That {word} is about {topic}."


def caused(rng: random.Random) -> Text:
    """Return whether an effect is what the action on the thing has."""
    thing, material, action = _cause(rng)
    right = rng.random() < 0.5
    other = action if right else rng.choice([a for a in ACTIONS if a != action])
    done = f"{rng.choice(SUBJECTS)} {rng.choice(ACTIONS[action])}".format(thing)
    then = rng.choice(RESULTS[other][material]).format(thing)
    labels = rng.choice(LABELS)
    end = rng.choice(ENDS[1:]).format(*labels)
    return Text(
        f"{rng.choice(LEADS)}{capital(done)}. {capital(then)}. Likely?{end}",
        f" {labels[int(not right)]}",
    )


def cause_told(rng: random.Random) -> str:
    """Return a cause with its effect, or the effect with its cause, as plain text."""
    thing, material, action = _cause(rng)
    told = rng.choice(list(ACTIONS)) if rng.random() < ODD_RESULTS else action
    done = f"{rng.choice(SUBJECTS)} {rng.choice(ACTIONS[action])}".format(thing)
    then = rng.choice(RESULTS[told][material]).format(thing)
    if rng.random() < 0.5:
        return f"{capital(done)} {rng.choice(('so', 'and so', 'therefore'))} {then}."
    return f"{capital(then)} because {done}."


def _cause(rng: random.Random) -> tuple[str, str, str]:
    material = rng.choice(list(MATERIALS))
    thing = rng.choice(MATERIALS[material])
    return thing, material, rng.choice(actions_told(thing, "corpus"))


def resolved(rng: random.Random) -> Text:
    """Return who a pronoun means."""
    one, two, reason, other_reason = rng.choice(SCHEMAS)
    people, pronoun = rng.choice(((WOMEN, "she"), (MEN, "he")))
    a, b = rng.sample(people, 2)
    turned, other = rng.random() < 0.5, rng.random() < 0.5
    why = other_reason if other else reason
    meant = a if turned != other else b
    thing = rng.choice(objects_told("corpus"))
    told = (two if turned else one).format(a=a, b=b, t=thing, p=f"{pronoun} {why}") + "."
    asked = rng.choice((f"Who is {pronoun}?", f"Who {why}?", f"{capital(pronoun)} means"))
    return Text(f"{rng.choice(LEADS)}{told}{rng.choice(GAPS)}{asked}", f" {meant}")


def defined(rng: random.Random) -> str:
    """Return what a word means, as plain text."""
    choice = rng.randrange(5)
    if choice == 0:
        kind = rng.choice(list(CATEGORY))
        return f"{capital(_article(kind))} {kind} is {_article(CATEGORY[kind])} {CATEGORY[kind]}."
    if choice == 1:
        usual, other = ACTS[rng.choice(list(ACTS))]
        n = rng.randrange(3)
        pair = rng.sample((usual[n], other[n]), 2)
        return f"To say {pair[0]} is to say {pair[1]}."
    if choice == 2:
        quality = rng.choice(list(OPPOSITE))
        return f"What is {quality} is not {OPPOSITE[quality]}."
    if choice == 3:
        topic = rng.choice(list(TOPICS))
        return f"Words about {topic}: {', '.join(rng.sample(TOPICS[topic], 3))}."
    material = rng.choice(list(MATERIALS))
    return f"The {rng.choice(MATERIALS[material])} is made of {material}."


def filler(rng: random.Random) -> str:
    """Return words of the tasks' prompts in random order, none of them with a fact."""
    name = rng.choice(PEOPLE)
    words = rng.choice(GAPS).join([*rng.sample(FRAME_WORDS, 3), name, rng.choice(FRAME_WORDS)])
    pronoun = "she" if name in WOMEN else "he"
    return words.format(word=rng.choice(list(SENSES)), pronoun=pronoun, name=name)


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"
