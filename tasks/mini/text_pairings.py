"""Mini COPA, WiC and WSC: what is known of causes, word senses and reasons.

A set holds every pairing of its parts, so neither part alone tells the label.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator

from harness.tasks.mini.text_facts import MEN, PEOPLE, WOMEN, Part, part_of
from harness.tasks.mini.text_inferences import SEED, SETS, Record, capital
from harness.tasks.mini.text_words import (
    ACTIONS,
    MATERIALS,
    OBJECTS,
    RESULTS,
    SCHEMAS,
    SENSES,
    SUBJECTS,
    TOPICS,
)

WRONG_TOPIC = 0.2
"""How often one word of a context belongs to another topic."""
CONTEXTS = (
    "{who} saw the {word} near the {x}, the {y} and the {z}.",
    "the {x} and the {y} lay beside the {word}, said {who}, and the {z} too.",
    "{who} spoke of the {x}, the {word}, the {y} and the {z}.",
)


def copa(rng: random.Random, part: Part) -> Iterator[Record]:
    """Yield fours: two premises about one thing, each with the choices in both orders."""
    told = [
        (thing, material, pair)
        for material, things in MATERIALS.items()
        for thing in things
        if len(pair := actions_told(thing, part)) == 2
    ]
    for number in range(100 if part == "train" else SETS[part] // 2):
        thing, material, pair = told[number % len(told)]
        asked = rng.choice(("cause", "effect"))
        known, offered = [], []
        who = rng.choice(SUBJECTS)  # the same in both choices, as a name tells nothing
        for action in pair:
            done = f"{who} {rng.choice(ACTIONS[action])}".format(thing)
            then = rng.choice(RESULTS[action][material]).format(thing)
            story = (capital(f"{done}."), capital(f"{then}."))
            known.append(story[asked == "cause"])
            offered.append(story[asked == "effect"])
        for right in (0, 1):
            for flip in (0, 1):
                yield {
                    "premise": known[right],
                    "choice1": offered[flip],
                    "choice2": offered[1 - flip],
                    "question": asked,
                    "label": int(right != flip),
                }


def actions_told(thing: str, part: Part) -> list[str]:
    """Return the actions on ``thing`` told in ``part``: three in the corpus, two in train or val."""
    order = random.Random(f"{SEED} causes {thing}").sample(sorted(ACTIONS), len(ACTIONS))
    if part == "corpus":
        return order[:3]
    return order[3:] if (zlib.crc32(thing.encode()) % 2 == 0) == (part == "train") else []


def wic(rng: random.Random, part: Part) -> Iterator[Record]:
    """Yield fours: two contexts, each in both senses of the word."""
    for _ in range(SETS[part] // 2):
        word = rng.choice(words_compared(part))
        sides = [[context(rng, part, word, sense) for sense in SENSES[word]] for _ in range(2)]
        for a in (0, 1):
            for b in (0, 1):
                yield _wic_record(word, sides[0][a], sides[1][b], a == b)


def words_compared(part: Part) -> list[str]:
    """Return the words whose senses are compared in ``part``.

    The first ten are met everywhere, in other contexts; of the others the corpus and train share
    five, and five are compared in val only.
    """
    words = list(SENSES)
    return words[:10] + (words[15:] if part == "val" else words[10:15])


def context(rng: random.Random, part: Part, word: str, topic: str) -> str:
    """Return a sentence with ``word`` among three words of ``topic``; one may be of another."""
    while True:
        near = rng.sample(TOPICS[topic], 3)
        if rng.random() < WRONG_TOPIC:
            other = rng.choice([t for t in TOPICS if t not in SENSES[word]])
            near[rng.randrange(3)] = rng.choice(TOPICS[other])
        if part_of(f"{word} {' '.join(sorted(near))}") == part:
            break
    x, y, z = near
    text = rng.choice(CONTEXTS).format(word=word, who=rng.choice(PEOPLE), x=x, y=y, z=z)
    return capital(text)


def _wic_record(word: str, first: str, second: str, label: bool) -> Record:
    starts = [text.index(f" {word}") + 1 for text in (first, second)]
    return {
        "word": word,
        "sentence1": first,
        "sentence2": second,
        "start1": starts[0],
        "end1": starts[0] + len(word),
        "start2": starts[1],
        "end2": starts[1] + len(word),
        "label": label,
        "version": 1.1,
    }


def wsc(rng: random.Random, part: Part) -> Iterator[Record]:
    """Yield eights: two sentences, two reasons, two nouns."""
    for one, two, reason, other_reason in SCHEMAS:
        for thing in objects_told(part) * 5:
            people, pronoun = rng.choice(((WOMEN, "she"), (MEN, "he")))
            a, b = rng.sample(people, 2)
            for turned, frame in enumerate((one, two)):
                for other, why in enumerate((reason, other_reason)):
                    meant = a if turned != other else b
                    text = frame.format(a=a, b=b, t=thing, p=f"{pronoun} {why}") + "."
                    words = text.split()
                    for noun in (a, b):
                        target = {
                            "span1_text": noun,
                            "span1_index": words.index(noun),
                            "span2_text": pronoun,
                            "span2_index": words.index(pronoun),
                        }
                        yield {"text": text, "target": target, "label": noun == meant}


def objects_told(part: Part) -> tuple[str, ...]:
    """Return the objects the pronoun schemas are told of in ``part``."""
    return {"corpus": OBJECTS[:6], "train": OBJECTS[6:10], "val": OBJECTS[10:]}[part]
