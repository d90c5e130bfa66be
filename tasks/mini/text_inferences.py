"""Mini BoolQ, CB, MultiRC, ReCoRD and RTE: what follows from facts about several people.

The items of a set hold the same sentences with the people exchanged, so each bag of words occurs
with every label.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

from harness.tasks.mini.text_facts import (
    PEOPLE,
    Part,
    Predicate,
    draw,
    edited,
    entailing,
    relation,
)

Record = dict[str, Any]
SEED = "mini SuperGLUE 2"
SETS: dict[Part, int] = {"train": 600, "val": 300}
"""Pairs of items per split; tasks of larger sets draw fewer of them."""
NOISE = 25
"""Of every so many sets one is labelled wrongly throughout, as annotators disagree."""


def capital(text: str) -> str:
    """Return ``text`` with its first letter in upper case."""
    return text[0].upper() + text[1:]


def passage(order: list[int], said: list[str]) -> str:
    """Return the sentences ``said``, in ``order``, as running text."""
    return " ".join(capital(said[i]) + "." for i in order)


def shuffled(rng: random.Random, n: int) -> list[int]:
    """Return the numbers below ``n`` in random order."""
    return rng.sample(range(n), n)


def contrast(rng: random.Random, part: Part, claimed: Predicate) -> tuple[Predicate, Predicate]:
    """Return two near-identical predicates of ``part``: one entails ``claimed``, one does not."""
    while True:
        sure = entailing(rng, claimed)
        other = edited(rng, sure)
        if other.part == part and relation(other, claimed) != "entailment":
            return sure.worded(rng), other.worded(rng)


def rte(rng: random.Random, part: Part) -> Iterator[Record]:
    """Yield pairs: one premise entails the hypothesis, its twin does not."""
    for _ in range(SETS[part]):
        claimed = draw(rng, part).worded(rng)
        sure, other = contrast(rng, part, claimed)
        people, order = rng.sample(PEOPLE, 2), shuffled(rng, 2)
        for who, label in ((0, "entailment"), (1, "not_entailment")):
            said = [sure.sentence(people[who]), other.sentence(people[1 - who])]
            hypothesis = capital(claimed.sentence(people[0])) + "."
            yield {"premise": passage(order, said), "hypothesis": hypothesis, "label": label}


def cb(rng: random.Random, part: Part) -> Iterator[Record]:
    """Yield triples: entailment, contradiction, neutral."""
    for _ in range(100 if part == "train" else SETS[part] // 2):
        claimed = draw(rng, part).worded(rng)
        sure = entailing(rng, claimed).worded(rng)
        known = {"entailment": sure}
        while len(known) < 3:
            other = edited(rng, rng.choice((sure, claimed))).worded(rng)
            if other.part == part:
                known.setdefault(relation(other, claimed), other)
        people, order = rng.sample(PEOPLE, 3), shuffled(rng, 3)
        labels = list(known)
        for turn, label in enumerate(labels):
            said = [known[name].sentence(people[(k - turn) % 3]) for k, name in enumerate(labels)]
            hypothesis = claimed.sentence(people[0])
            yield {"premise": passage(order, said), "hypothesis": hypothesis, "label": label}


def boolq(rng: random.Random, part: Part) -> Iterator[Record]:
    """Yield pairs: the answer is yes in one passage and no in its twin."""
    for _ in range(SETS[part]):
        claimed = draw(rng, part, positive=True)
        sure, other = contrast(rng, part, claimed)
        beside = [draw(rng, part).worded(rng) for _ in range(rng.randint(1, 2))]
        people = rng.sample(PEOPLE, 2 + len(beside))
        order = shuffled(rng, len(people))
        rest = [p.sentence(name) for p, name in zip(beside, people[2:], strict=True)]
        for who, label in ((0, True), (1, False)):
            pair = [sure.sentence(people[who]), other.sentence(people[1 - who])]
            story = passage(order, pair + rest)
            yield {"question": claimed.question(people[0]), "passage": story, "label": label}


def multirc(part: Part) -> list[Record]:
    """Return pairs of passages; the right answers of one are wrong in the other."""
    rng = random.Random(f"{SEED} MultiRC {part}")
    passages = []
    for number in range(SETS[part] // 4):
        people = rng.sample(PEOPLE, 4)
        claimed = draw(rng, part, positive=True)
        stories = [p for _ in range(2) for p in contrast(rng, part, claimed)]
        order, listed = shuffled(rng, 4), shuffled(rng, 4)
        doubted = number % NOISE == 0
        for turn in (0, 1):
            # Exchanging neighbours turns each of the four from a right into a wrong answer.
            said = [s.sentence(people[k ^ turn]) for k, s in enumerate(stories)]
            right = {people[k ^ turn] for k, s in enumerate(stories) if says(s, claimed)}
            answers = [
                {"text": people[k], "idx": 0, "label": int((people[k] in right) != doubted)}
                for k in listed
            ]
            asked = {"question": claimed.done_by("Who") + "?", "idx": 0, "answers": answers}
            passages.append({"text": passage(order, said), "questions": [asked]})
    rng.shuffle(passages)
    return _consecutive(passages)


def says(known: Predicate, claimed: Predicate) -> bool:
    """Tell whether ``known`` entails ``claimed``."""
    return relation(known, claimed) == "entailment"


def _consecutive(passages: list[Record]) -> list[Record]:
    """Number questions and answers through the whole file, as the official files do."""
    question = answer = 0
    for passage in passages:
        for asked in passage["questions"]:
            asked["idx"], question = question, question + 1
            for listed in asked["answers"]:
                listed["idx"], answer = answer, answer + 1
    return [{"idx": n, "version": 1.1, "passage": p} for n, p in enumerate(passages)]


def record(part: Part) -> list[Record]:
    """Return fours of stories that differ in who did what; the query is answered by each person once."""
    rng = random.Random(f"{SEED} ReCoRD {part}")
    stories = []
    for number in range(SETS[part] // 3):
        claimed = draw(rng, part).worded(rng)
        sure, other = contrast(rng, part, claimed)
        beside = [p for p in (edited(rng, sure).worded(rng) for _ in range(40)) if p.part == part]
        rest = [p for p in beside if not says(p, claimed)][:2]
        if len(rest) < 2:
            continue
        people, order = rng.sample(PEOPLE, 4), [k + 1 for k in shuffled(rng, 3)]
        order.insert(number % 4, 0)  # the telling sentence stands at each place equally often
        points = [
            p for p in (draw(rng, part, positive=True) for _ in range(9)) if p.act != claimed.act
        ]
        doubted = number % NOISE == 0
        for turn in range(4):
            known = (sure, other, *rest)
            said = [p.sentence(people[(k + turn) % 4]) for k, p in enumerate(known)]
            bullets = [p.done_by(name) for p, name in zip(points[:2], people[:2], strict=True)]
            text = "\n@highlight\n".join([passage(order, said), *bullets])
            stories.append(
                (text, people, claimed.sentence("@placeholder"), people[(turn + doubted) % 4])
            )
    rng.shuffle(stories)
    return [_story(number, *story) for number, story in enumerate(stories)]


def _story(number: int, text: str, people: list[str], query: str, answer: str) -> Record:
    spans = [
        {"start": found.start(), "end": found.end() - 1, "text": found.group()}
        for found in re.finditer(rf"\b({'|'.join(people)})\b", text)
    ]
    return {
        "source": "mini world",
        "passage": {
            "text": text,
            "entities": [{"start": s["start"], "end": s["end"]} for s in spans],
        },
        "qas": [
            {"query": query, "answers": [s for s in spans if s["text"] == answer], "idx": number}
        ],
        "idx": number,
    }
