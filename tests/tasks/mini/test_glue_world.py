"""The mini GLUE is stable and balanced, its labels follow from the rules, and no shortcut finds them."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.method import Run
from harness.methods.majority import Majority
from harness.tasks.glue import MRPC, QNLI, RTE, SST2, STSB, CoLA, GLUETask
from harness.tasks.mini import glue_pairs, glue_sentences
from harness.tasks.mini.glue_world import SIZES, TASKS, embedded, examples, file
from harness.tasks.understanding.records import Row
from harness.testing import check_task

Features = NDArray[np.float64]
PAIRS: tuple[type[GLUETask], ...] = (RTE, MRPC, QNLI, STSB)
SINGLE: tuple[type[GLUETask], ...] = (CoLA, SST2)
CLASSES = tuple(task for task in (*PAIRS, *SINGLE) if task is not STSB)
RATED = [(task, name) for task in (*PAIRS, *SINGLE) for name in SIZES]
"""Each task with each of its files."""


def rows(task: type[GLUETask]) -> tuple[list[Row], list[Row]]:
    """Return training and development set as the official reader reads them."""
    scored, training = task().files()
    return task.read(training), task.read(scored)


def words(text: str) -> list[str]:
    for mark in ".?;,":
        text = text.replace(mark, f" {mark} ")
    return text.lower().split()


def texts(row: Row) -> list[list[str]]:
    return [words(text) for text in row.fields.values()]


def bag(row: Row) -> list[str]:
    return [f"{n} {word}" for n, text in enumerate(texts(row)) for word in text]


def first(row: Row) -> list[str]:
    return texts(row)[0]


def last(row: Row) -> list[str]:
    return texts(row)[-1]


def shared(row: Row) -> list[str]:
    """Return which words are in both texts and which in one alone."""
    one, other = map(set, texts(row))
    return [f"both {word}" for word in one & other] + [f"one {word}" for word in one ^ other]


def overlap(row: Row) -> list[str]:
    """Return the share of words in common, in twentieths, and how much longer a text is."""
    one, other = map(set, texts(row))
    share = len(one & other) / len(one | other)
    return [f"share {round(20 * share)}", f"longer {len(one) - len(other)}"]


def encoded(split: tuple[list[Row], list[Row]], features: Any) -> tuple[Features, Features]:
    """Return counts of ``features``, ``(n, d)`` with a constant; of the training set's only."""
    names = sorted({name for row in split[0] for name in features(row)})
    made = []
    for part in split:
        counts = [Counter(features(row)) for row in part]
        made.append(np.array([[1.0, *(count[name] for name in names)] for count in counts]))
    return made[0], made[1]


def logistic(x: Features, y: Features) -> Features:
    """Return the weights of logistic regression with a ridge of 1, by Newton's method."""
    weights = np.zeros(x.shape[1])
    for _ in range(6):
        p = 1 / (1 + np.exp(-x @ weights))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.eye(len(weights))
        weights -= np.linalg.solve(hessian, x.T @ (p - y) + weights)
    return weights


def accuracy(split: tuple[list[Row], list[Row]], features: Any) -> float:
    x, held_out = encoded(split, features)
    weights = logistic(x, np.array([row.gold for row in split[0]], float))
    return float(np.mean((held_out @ weights > 0) == [row.gold for row in split[1]]))


@pytest.mark.parametrize("task", CLASSES, ids=lambda t: t.name)
def test_no_shortcut_beats_the_majority(task: type[GLUETask]) -> None:
    """At most 55 where half is one class; MRPC's paraphrases are two thirds."""
    split = rows(task)
    majority = max(np.mean([row.gold == label for row in split[1]]) for label in (0, 1))
    probes = (bag, first, last, shared, overlap) if task in PAIRS else (bag,)
    found = {probe.__name__: accuracy(split, probe) for probe in probes}
    assert max(found.values()) <= majority + 0.05, found


@pytest.mark.parametrize("probe", [bag, first, last, shared, overlap])
def test_no_shortcut_rates_similarity(probe: Any) -> None:
    split = rows(STSB)
    x, held_out = encoded(split, probe)
    ratings = [np.array([float(row.gold) for row in part]) for part in split]  # type: ignore[arg-type]
    weights = np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ ratings[0])
    assert abs(np.corrcoef(held_out @ weights, ratings[1])[0, 1]) < 0.2


def test_the_probe_finds_a_planted_shortcut() -> None:
    split = rows(QNLI)
    planted = [
        [replace(row, gold=int("Where" in row.fields["question"])) for row in part]
        for part in split
    ]
    assert accuracy((planted[0], planted[1]), first) > 0.95


@pytest.mark.parametrize("task", CLASSES, ids=lambda t: t.name)
def test_classes_are_balanced(task: type[GLUETask]) -> None:
    for part in rows(task):
        share = np.mean([row.gold for row in part])
        assert share == pytest.approx(2 / 3 if task is MRPC else 1 / 2)


def test_ratings_use_the_whole_scale() -> None:
    for part in rows(STSB):
        counts = Counter(min(4, int(row.gold)) for row in part)  # type: ignore[arg-type]
        assert min(counts.values()) > 0.1 * len(part)
        assert len(counts) == 5


def test_annotators_agree_on_the_mean() -> None:
    rng = random.Random(0)
    for agreeing in range(6):
        given = [glue_pairs.rating(rng, agreeing) for _ in range(400)]
        assert np.mean(given) == pytest.approx(agreeing, abs=0.6)
        assert {round(5 * value, 9) % 1 for value in given} == {0.0}
        assert min(given) >= 0
        assert max(given) <= 5


@pytest.mark.parametrize(("task", "name"), RATED, ids=lambda v: getattr(v, "name", v))
def test_sizes(task: type[GLUETask], name: str) -> None:
    found = examples(task.folder, name)
    low, high = (300, 600) if name == "train" else (240, 400)
    assert low <= len(found) <= high
    assert len({item.texts for item in found}) == len(found)


@pytest.mark.parametrize("task", [*PAIRS, *SINGLE], ids=lambda t: t.name)
def test_nothing_is_in_both_splits(task: type[GLUETask]) -> None:
    train, dev = ({tuple(row.fields.values()) for row in part} for part in rows(task))
    assert not train & dev


def digest() -> str:
    made = [file(task, name) for task in TASKS for name in SIZES]
    return hashlib.sha256(b"".join(made)).hexdigest()


def test_the_files_are_always_the_same() -> None:
    """Also in a process whose sets are ordered otherwise."""
    root = Path(__file__).parents[3]
    code = f"import runpy; print(runpy.run_path({__file__!r})['digest']())"
    other = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == digest()


def test_a_cache_of_another_version_is_replaced() -> None:
    path = embedded("QNLI") / "QNLI" / "dev.tsv"
    sound = path.read_bytes()
    path.write_text("index\n")
    embedded("QNLI")
    assert path.read_bytes() == sound


@pytest.mark.parametrize("task", [*PAIRS, *SINGLE], ids=lambda t: t.name)
def test_the_contract(task: type[GLUETask]) -> None:
    pytest.importorskip("lm_eval")
    check_task(task)


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (RTE, [0.5]),
        (MRPC, [11 / 15, 0.8, 2 / 3]),
        (CoLA, [0.0]),
        (SST2, [0.5]),
        (QNLI, [0.5]),
    ],
    ids=["rte", "mrpc", "cola", "sst2", "qnli"],
)
def test_the_majority(task: type[GLUETask], expected: list[float]) -> None:
    """MRPC: score, F1 and accuracy of calling everything a paraphrase."""
    pytest.importorskip("lm_eval")
    adapter, method, run = task(), Majority(), Run(seed=0)
    method.train(adapter.train_split(), run)
    dataset = adapter.load()
    assert dataset.mini
    scores = adapter.score(list(method.predict(dataset.inputs, run)), dataset)
    assert list(scores.values.values()) == pytest.approx(expected)


def first_set(sets: Any, seed: int) -> list[tuple[tuple[str, ...], float]]:
    return [(item.texts, item.gold) for item in next(sets(random.Random(seed), "train"))]


@pytest.mark.parametrize("sets", [glue_pairs.mrpc, glue_pairs.rte], ids=["mrpc", "rte"])
@pytest.mark.parametrize("seed", range(5))
def test_twins_have_the_same_words(sets: Any, seed: int) -> None:
    made = first_set(sets, seed)
    told = [sorted(w for text in texts for w in words(text)) for texts, _ in made]
    assert told[0] == told[-1]
    assert (made[0][1], made[-1][1]) == (1, 0)


@pytest.mark.parametrize("seed", range(5))
def test_a_clause_that_outweighs_another_decides(seed: int) -> None:
    """Of each two that differ in connective alone, the praise is in the clause that counts."""
    sets = glue_sentences.sst2(random.Random(seed), "train")
    next(sets)
    held, granted = ("but",), ("although", "though", "even")
    for item in next(sets):
        said = item.texts[0].split(" , ")
        counts = 1 if said[1].startswith(held) or said[0].startswith(granted) else 0
        clause = said[counts]
        denied = any(f" {verb} " in clause for verb in glue_sentences.DENIED)
        praised = clause.split()[-1] in glue_sentences.PRAISE
        assert item.gold == (praised != denied)


def test_plurals() -> None:
    nouns = ("dog", "cherry", "scarf", "wrench", "sledge")
    made = [glue_sentences.plural(noun) for noun in nouns]
    assert made == ["dogs", "cherries", "scarves", "wrenches", "sledges"]


def test_cola_breaks_one_rule_at_a_time() -> None:
    sets = glue_sentences.cola(random.Random(0), "train")
    for _ in range(40):
        made = [tuple(words(item.texts[0])) for item in next(sets)]
        right, wrong = set(made[:2]), set(made[2:])
        assert not right & wrong
        for sentence in wrong:
            assert any(_minimal(sentence, other) for other in right)


def _minimal(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether two sentences of one length differ in a word, or in the order of two."""
    apart = [(a, b) for a, b in zip(one, other, strict=False) if a != b]
    return len(one) == len(other) and (len(apart) == 1 or sorted(one) == sorted(other))
