"""Texts about facts for pretraining: comparing two of them, finding one, judging what follows.

The relations are those of the tasks, the wording is not: the frames of the tasks' prompts never hold
a fact here, lead words and label words vary, and a quarter of the judgements does not say which
relation is asked for. One rule is left out on purpose: no denied fact is ever compared or judged,
though denied facts are told. So a frozen model half knows the tasks, a prompt can say which
relation is meant, and only changed weights can supply the rule.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from harness.tasks.mini.text_facts import (
    ACTS,
    PEOPLE,
    Predicate,
    draw,
    edited,
    narrowed,
    relation,
    widened,
)
from harness.tasks.mini.text_inferences import contrast, passage

LEADS = ("", "", "Story: ", "Text: ", "Read this: ", "It is said: ")
CLAIM_LEADS = ("", "Claim: ", "Statement: ", "Consider: ", "And: ")
GAPS = (" ", "\n", " / ", "\n\n")
LABELS = (("yes", "no", "unclear"), ("True", "False", "Neither"), ("right", "wrong", "open"))
ENDS = ("", " {0} or {1}?", " {0}, {1}:", " Say {0} or {1}.")
WIDE_ENDS = (" {0}, {1} or {2}?", " {0}, {1}, {2}:", " Say {0}, {1} or {2}.")
RELATIONS = {
    "implied": ("Implied?", "Does it follow?", "Is that so?"),
    "person": ("Same person?", "The same name?"),
    "place": ("Same place?", "Also there?"),
    "act": ("Same act?", "The same deed?"),
    "kind": ("Same kind?", "Related?"),
}


@dataclass(frozen=True, slots=True)
class Text:
    """One document.

    Attributes:
        prompt: What is given; empty for plain text.
        answer: What is to be told, with its leading blank; the whole of a plain text.
    """

    prompt: str
    answer: str


def compared(rng: random.Random, others: int) -> Text:
    """Return an analysis: each part of a claim against the fact about the same person."""
    known = draw(rng, "corpus", positive=True).worded(rng)
    claimed = _claim(rng, known).worded(rng)
    people = rng.sample(PEOPLE, others + 1)
    story = told(rng, [known, *others_of(rng, known, others)], people)
    parts = (
        ("act", ACTS[known.act][0][1], "same" if claimed.act == known.act else "other"),
        ("thing", known.thing, thing_compared(known, claimed)),
        ("how", known.quality or "none", modifier_compared(known.quality, claimed.quality)),
        ("where", known.place or "none", modifier_compared(known.place, claimed.place)),
    )
    whole = rng.random() < 0.5
    words = [f"{name} {own} {verdict}" if whole else verdict for name, own, verdict in parts]
    asked = f"{claimed.done_by(people[0])}."
    lead = rng.choice(("Explain", "In detail")) if whole else rng.choice(("Compare", "In short"))
    return Text(
        f"{rng.choice(LEADS)}{story}{rng.choice(GAPS)}{lead}: {asked}", f" {' '.join(words)}"
    )


def extracted(rng: random.Random, facts: int) -> Text:
    """Return a question about one of several facts, answered by a word or two."""
    known = draw(rng, "corpus", positive=True).worded(rng)
    people = rng.sample(PEOPLE, facts)
    story = told(rng, [known, *others_of(rng, known, facts - 1)], people)
    who, usual = people[0], ACTS[known.act][0]
    questions = [
        (f"Who {usual[1]} {known.noun()}?", who),
        (f"What did {who} {usual[0]}?", known.thing),
        (f"{who} did what?", usual[1]),
    ]
    if known.place:
        questions.append((f"Where was {who}?", known.place))
    if known.quality:
        questions.append((f"Which {known.thing} of {who}?", known.quality))
    asked, answer = rng.choice(questions)
    return Text(f"{rng.choice(LEADS)}{story}{rng.choice(GAPS)}{asked}", f" {answer}")


def judged(rng: random.Random, others: int, unnamed: float) -> Text:
    """Return whether a claim follows from a story, in one of many phrasings."""
    claimed = draw(rng, "corpus", positive=True).worded(rng)
    sure, other = contrast(rng, "corpus", claimed)
    other = other.worded(rng) if other.positive or others else sure
    label = rng.choice((0, 1))
    people = rng.sample(PEOPLE, 2 + others)
    beside = [p.worded(rng) for p in others_of(rng, claimed, others)]
    if other.positive:
        facts = [sure, other] if label == 0 else [other, sure]
    else:
        facts = [sure if label == 0 else _unlike(rng, claimed), other]
    story = told(rng, [*facts, *beside], people)
    phrasing = rng.random()
    if phrasing < 0.3:
        claim = f"{claimed.question(people[0])}?".capitalize().replace(people[0].lower(), people[0])
        return _asked(rng, story, claim, "", label)
    named = "" if rng.random() < unnamed else " " + rng.choice(RELATIONS["implied"])
    return _asked(rng, story, f"{claimed.done_by(people[0])}.", named, label)


def judged_alone(rng: random.Random, unnamed: float) -> Text:
    """Return a judgement of one fact against a claim: follows, contradicted or open; or akin."""
    known = draw(rng, "corpus", positive=True).worded(rng)
    who, another = rng.sample(PEOPLE, 2)
    asked = rng.choice(("implied", "implied", "wide", "person", "place", "act", "kind"))
    if asked == "wide":
        return _three_way(rng, known, who)
    claimed = (widened(rng, known) if rng.random() < 0.5 else _claim(rng, known)).worded(rng)
    teller = another if rng.random() < (0.5 if asked == "person" else 0.1) else who
    same = {
        "implied": relation(known, claimed) == "entailment" and teller == who,
        "person": teller == who,
        "place": claimed.place is not None and claimed.place == known.place,
        "act": claimed.act == known.act,
        "kind": claimed.category == known.category,
    }[asked]
    named = "" if rng.random() < unnamed else " " + rng.choice(RELATIONS[asked])
    story = told(rng, [known], [who])
    return _asked(rng, story, f"{claimed.done_by(teller)}.", named, int(not same))


def restated(rng: random.Random) -> str:
    """Return a story of up to three facts and what follows from one of them, as plain text."""
    known = draw(rng, "corpus").worded(rng)
    others = rng.choice((0, 1, 1, 2))
    people = rng.sample(PEOPLE, others + 1)
    story = told(rng, [known, *others_of(rng, known, others)], people)
    follows = (widened if known.positive else narrowed)(rng, known).worded(rng)
    link = rng.choice((" So ", " In short, ", " That is, ", "\n- ", "\n\n"))
    return f"{story}{link}{follows.sentence(people[0])}."


def _three_way(rng: random.Random, known: Predicate, who: str) -> Text:
    wanted = rng.choice(("entailment", "contradiction", "neutral"))
    while True:
        claimed = widened(rng, known) if wanted == "entailment" else _claim(rng, known)
        if wanted == "contradiction":
            claimed = replace(claimed, positive=False)
        claimed = claimed.worded(rng)
        if relation(known, claimed) == wanted:
            break
    labels = rng.choice(LABELS)
    place = ("entailment", "contradiction", "neutral").index(wanted)
    ends = rng.choice(WIDE_ENDS).format(*labels)
    claim = f"{rng.choice(CLAIM_LEADS)}{claimed.sentence(who)}."
    story = f"{rng.choice(LEADS)}{told(rng, [known], [who])}{rng.choice(GAPS)}"
    return Text(f"{story}{claim}{ends}", f" {labels[place]}")


def _asked(rng: random.Random, story: str, claim: str, named: str, label: int) -> Text:
    labels = rng.choice(LABELS)
    end = rng.choice(ENDS if labels[0] == "yes" else ENDS[1:]).format(*labels)
    lead = f"{rng.choice(LEADS)}{story}{rng.choice(GAPS)}{rng.choice(CLAIM_LEADS)}"
    return Text(f"{lead}{claim}{named}{end}", f" {labels[label]}")


def _claim(rng: random.Random, known: Predicate) -> Predicate:
    """Return a positive predicate of the corpus near ``known``: wider, narrower or changed."""
    while True:
        made = rng.choice((widened, narrowed, edited, edited))(rng, known)
        if rng.random() < 0.3:
            made = rng.choice((widened, narrowed, edited))(rng, made)
        if made.part == "corpus" and made.positive:
            return made


def _unlike(rng: random.Random, claimed: Predicate) -> Predicate:
    while True:
        made = _claim(rng, claimed)
        if relation(made, claimed) != "entailment":
            return made.worded(rng)


def others_of(rng: random.Random, known: Predicate, n: int) -> list[Predicate]:
    """Return ``n`` facts about other people, half of them near-duplicates, some denied."""
    found: list[Predicate] = []
    while len(found) < n:
        made = edited(rng, known) if rng.random() < 0.5 else draw(rng, "corpus")
        if made.part == "corpus":
            found.append(made.worded(rng))
    return found


def told(rng: random.Random, facts: list[Predicate], people: list[str]) -> str:
    """Return the facts as a story in random order, each about the person at its place."""
    order = rng.sample(range(len(facts)), len(facts))
    return passage(order, [f.sentence(p) for f, p in zip(facts, people, strict=False)])


def thing_compared(known: Predicate, claimed: Predicate) -> str:
    """Return how the claimed thing relates to the known one."""
    if known.thing == claimed.thing:
        return "same"
    if claimed.thing == known.category:
        return "wider"
    return "narrower" if claimed.category == known.thing else "other"


def modifier_compared(known: str | None, claimed: str | None) -> str:
    """Return how a claimed quality or place relates to the known one."""
    if known == claimed:
        return "same"
    if claimed is None:
        return "less"
    return "more" if known is None else "other"
