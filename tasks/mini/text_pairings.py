"""Mini COPA, WiC and WSC: what is known of causes, word senses and reasons.

A set holds every pairing of its parts, so neither part alone tells the label.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from harness.tasks.mini.text_facts import MEN, PEOPLE, WOMEN, Part
from harness.tasks.mini.text_inferences import SEED, Record, capital
from harness.tasks.mini.text_words import CAUSES, OBJECTS, SCHEMAS, SENSES


def copa(rng: random.Random, part: Part) -> Iterator[Record]:
    """Yield fours: two premises, each with the choices in both orders."""
    for thing in OBJECTS:
        for first, second in _cause_pairs(thing, part):
            asked = rng.choice(("cause", "effect"))
            people = rng.sample(PEOPLE, 2)
            known, offered = [], []
            for who, number in zip(people, (first, second), strict=True):
                done, then = (rng.choice(wordings).format(thing) for wordings in CAUSES[number])
                story = (capital(f"{who} {done}."), capital(f"{then}."))
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


def _cause_pairs(thing: str, part: Part) -> list[tuple[int, int]]:
    """Return which pairs of causes are told of ``thing`` in ``part``: disjoint pairs, few of them."""
    rng = random.Random(f"{SEED} causes {thing}")
    order = rng.sample(range(len(CAUSES)), len(CAUSES))
    train = len(CAUSES) * 3 // 5
    numbers = order[:train] if part == "train" else order[train:]
    return list(zip(numbers[::2], numbers[1::2], strict=True)) * (2 if part == "train" else 1)


def wic(rng: random.Random, part: Part) -> Iterator[Record]:
    """Yield fours: two contexts, each in both senses of the word."""
    words = list(SENSES)
    for number, word in enumerate(words):
        # Words 0 to 5 occur in both splits with different contexts, the others in one.
        shared = number < len(words) * 3 // 5
        contexts = range(5) if not shared else range(3) if part == "train" else range(3, 5)
        if not shared and (number % 2 == 0) != (part == "train"):
            continue
        pairs = [(i, j) for i in contexts for j in contexts if i != j]
        for i, j in rng.sample(pairs, min(len(pairs), 8)):
            knowing = rng.choice(("{} said that the {} {}.", "{} knew that the {} {}."))
            people = rng.sample(PEOPLE, 2)
            for a in (0, 1):
                for b in (0, 1):
                    first = knowing.format(people[0], word, SENSES[word][a][i])
                    second = knowing.format(people[1], word, SENSES[word][b][j])
                    yield _wic_record(word, first, second, a == b)


def _wic_record(word: str, first: str, second: str, label: bool) -> Record:
    starts = [text.index(f" {word} ") + 1 for text in (first, second)]
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
        for thing in OBJECTS[:7] if part == "train" else OBJECTS[7:]:
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
