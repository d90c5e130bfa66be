"""The pretraining corpus is stable, and tells nothing of what the tasks test."""

from __future__ import annotations

import json
import random
import re
from typing import Any, get_args

import pytest

from harness.tasks.mini import corpus
from harness.tasks.mini.corpus_words import FRAME_WORDS
from harness.tasks.mini.text_facts import ACTS, CATEGORY, KINDS, part_of
from harness.tasks.mini.text_pairings import actions_told
from harness.tasks.mini.text_words import ACTIONS, MATERIALS
from harness.tasks.mini.text_world import TASKS

DOCUMENTS = 20_000
PHASES = get_args(corpus.Phase)
VERBS = {form: act for act, words in ACTS.items() for word in words for form in word}
THINGS = {**CATEGORY, **{category: category for category in KINDS}}


@pytest.fixture(scope="module")
def documents() -> list[str]:
    rng = random.Random("test")
    made = []
    for number in range(DOCUMENTS):
        phase = PHASES[number % 4 - 1]
        text = corpus.question(rng, phase) if number % 4 else corpus.plain(rng)
        made.append(text.prompt + text.answer)
    return made


def sentences(text: str) -> list[str]:
    return [s.strip().lower() for s in re.split(r"[.?\n]|@highlight", text) if len(s.split()) > 3]


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [s for each in value.values() for s in strings(each)]
    return [s for each in value for s in strings(each)] if isinstance(value, list) else []


def test_the_corpus_is_a_function_of_its_seed() -> None:
    first, second = (
        [corpus.question(rng, "mixed") for _ in range(50)]
        for rng in (random.Random("same"), random.Random("same"))
    )
    assert first == second


def test_no_fact_of_a_task_is_in_the_corpus(documents: list[str]) -> None:
    """Every sentence about a thing of the world states an act on a category of the corpus."""
    seen = 0
    for document in documents:
        if "means" in document or "is to say" in document:
            continue
        for sentence in sentences(document):
            words = re.findall(r"[a-z]+", sentence)
            acts = {VERBS[w] for w in words if w in VERBS}
            things = {THINGS[w] for w in words if w in THINGS}
            if len(acts) == 1 and len(things) == 1:
                seen += 1
                assert part_of(f"{acts.pop()} {things.pop()}") == "corpus", sentence
    assert seen > DOCUMENTS / 2


@pytest.mark.parametrize("name", sorted(set(TASKS) - {"COPA"}))
def test_no_sentence_of_a_test_split_is_in_the_corpus(name: str, documents: list[str]) -> None:
    known = {sentence for document in documents for sentence in sentences(document)}
    tested = {s for item in TASKS[name]("val") for text in strings(item) for s in sentences(text)}
    assert tested
    assert not tested & known


def test_no_cause_of_a_test_split_is_in_the_corpus(documents: list[str]) -> None:
    """Its effects are: they may come of other things done to the same thing."""
    told = "\n".join(documents).lower()
    causes = [
        wording.format(thing)
        for things in MATERIALS.values()
        for thing in things
        for action in actions_told(thing, "val")
        for wording in ACTIONS[action]
    ]
    assert len(causes) > 20
    assert not [cause for cause in causes if cause in told]


def test_frames_of_the_prompts_hold_no_fact(documents: list[str]) -> None:
    frames = [frame for frame in FRAME_WORDS if frame.endswith(":")]
    for document in documents:
        if any(frame in document for frame in frames):
            assert not set(re.findall(r"[a-z]+", document)) & set(CATEGORY), document


def test_splits_share_no_item() -> None:
    for make in TASKS.values():
        parts = [
            {json.dumps(dict(r, idx=0), sort_keys=True) for r in make(p)} for p in ("train", "val")
        ]
        assert not parts[0] & parts[1]
