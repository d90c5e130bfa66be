"""The mini SuperGLUE is stable, and no shortcut solves it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.kinds.multiple_choice import Example
from harness.tasks.mini.text_facts import Predicate, relation
from harness.tasks.mini.text_world import TASKS, embedded
from harness.tasks.superglue import CB, COPA, RTE, WSC, BoolQ, MultiRC, ReCoRD, SuperGLUETask, WiC
from harness.tasks.understanding.records import Row

TEXTS: dict[type[SuperGLUETask], tuple[str, ...]] = {
    BoolQ: ("passage", "question"),
    CB: ("premise", "hypothesis"),
    COPA: ("premise", "choice1", "choice2"),
    MultiRC: ("paragraph", "question", "answer"),
    RTE: ("premise", "hypothesis"),
    WiC: ("sentence1", "sentence2"),
    WSC: ("text", "span1_text"),
}
"""The text fields of each task, what is judged last."""


def rows(task: type[SuperGLUETask]) -> tuple[list[Row], list[Row]]:
    scored, training = task().files()
    return task.read(training), task.read(scored)


def words(text: str) -> list[str]:
    return text.lower().replace(".", " ").replace("?", " ").split()


def bags(made: list[Row], fields: tuple[str, ...], known: dict[str, int]) -> NDArray[np.float64]:
    out = np.zeros((len(made), len(known) + 1))
    out[:, -1] = 1
    for i, row in enumerate(made):
        for field in fields:
            for word in words(row.fields[field]):
                if f"{field} {word}" in known:
                    out[i, known[f"{field} {word}"]] += 1
    return out


def overlaps(made: list[Row], fields: tuple[str, ...], known: Any) -> NDArray[np.float64]:
    """Return each pair of fields' shared share of words, its square, and the lengths."""
    table = []
    for row in made:
        sets = [set(words(row.fields[field])) for field in fields]
        share = [len(a & b) / len(a | b) for i, a in enumerate(sets) for b in sets[:i]]
        table.append([*share, *np.square(share), *map(len, sets), 1.0])
    return np.array(table, float)


def accuracy(task: type[SuperGLUETask], features: Any, fields: tuple[str, ...]) -> float:
    """Return the accuracy of ridge regression on the features of ``fields``, one class a column."""
    train, scored = rows(task)
    vocabulary = {f"{f} {w}" for row in train for f in fields for w in words(row.fields[f])}
    known = {word: number for number, word in enumerate(sorted(vocabulary))}
    x, y = (
        features(train, fields, known),
        np.eye(len(train[0].choices))[[int(r.gold) for r in train]],
    )  # type: ignore[arg-type]
    weights = np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ y)
    guess = (features(scored, fields, known) @ weights).argmax(axis=1)
    return float(np.mean(guess == [row.gold for row in scored]))


@pytest.mark.parametrize("task", TEXTS, ids=lambda t: t.name)
def test_no_shortcut_beats_chance(task: type[SuperGLUETask]) -> None:
    """Chance plus five: 55 where it is 50, 38.3 in CB."""
    fields = TEXTS[task]
    chance = 1 / 3 if task is CB else 1 / 2
    found = {
        "bag of words": accuracy(task, bags, fields),
        "last text alone": accuracy(task, bags, fields[-1:]),
        "first text alone": accuracy(task, bags, fields[:1]),
        "word overlap": accuracy(task, overlaps, fields),
    }
    assert max(found.values()) <= chance + 0.05, found


def test_the_probe_finds_a_planted_shortcut(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(task: type[SuperGLUETask]) -> list[list[Row]]:
        return [
            [replace(row, gold=int("did not" in row.fields["hypothesis"])) for row in part]
            for part in plain
        ]

    plain = rows(RTE)
    monkeypatch.setitem(globals(), "rows", leaking)
    assert accuracy(RTE, bags, ("hypothesis",)) > 0.9


def test_no_entity_stands_out_in_record() -> None:
    _, scored = rows(ReCoRD)
    assert {len(row.choices) for row in scored} == {4}
    position: Counter[int] = Counter()
    place: Counter[int] = Counter()
    frequent = 0
    for row in scored:
        assert isinstance(row.gold, tuple)
        answer, passage = row.gold[0], row.fields["passage"]
        position[row.choices.index(answer)] += 1
        place[sorted(row.choices, key=passage.index).index(answer)] += 1
        counts = [passage.count(name) for name in row.choices]
        frequent += row.choices[int(np.argmax(counts))] == answer
    for shortcut in (max(position.values()), max(place.values()), frequent):
        assert shortcut / len(scored) <= 0.30


def test_the_files_are_always_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = embedded()
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "other"))
    second = embedded()
    names = sorted(p.relative_to(first) for p in first.rglob("*.jsonl"))
    assert len(names) == 16
    assert all((first / n).read_bytes() == (second / n).read_bytes() for n in names)
    assert sum((first / n).stat().st_size for n in names) < 3_000_000


def test_a_cache_of_another_version_is_replaced() -> None:
    path = embedded() / "RTE" / "val.jsonl"
    sound = path.read_bytes()
    path.write_text("{}\n")
    embedded()
    assert path.read_bytes() == sound


@pytest.mark.parametrize("name", TASKS)
def test_nothing_is_in_both_splits(name: str) -> None:
    texts = []
    for part in ("train", "val"):
        records = [dict(record, idx=0) for record in TASKS[name](part)]
        texts.append({json.dumps(record, sort_keys=True) for record in records})
    assert not texts[0] & texts[1]
    assert texts[0]
    assert texts[1]


def test_labels_are_balanced() -> None:
    for task in TEXTS:
        for part in rows(task):
            assert len(set(Counter(row.gold for row in part).values())) == 1


@pytest.mark.parametrize(
    ("known", "claimed", "expected"),
    [
        (("dog", None, True), ("animal", None, True), "entailment"),
        (("animal", None, True), ("dog", None, True), "neutral"),
        (("animal", None, False), ("dog", None, False), "entailment"),
        (("dog", None, False), ("animal", None, False), "neutral"),
        (("dog", "big", True), ("dog", None, True), "entailment"),
        (("dog", None, False), ("dog", "big", False), "entailment"),
        (("dog", None, True), ("animal", None, False), "contradiction"),
        (("animal", None, False), ("dog", None, True), "contradiction"),
        (("dog", None, False), ("animal", None, True), "neutral"),
    ],
)
def test_what_follows_from_what(known: Any, claimed: Any, expected: str) -> None:
    def predicate(thing: str, quality: str | None, positive: bool) -> Predicate:
        return Predicate("buy", thing, quality, None, positive)

    assert relation(predicate(*known), predicate(*claimed)) == expected


def test_wordings() -> None:
    plain = Predicate("find", "apple", "old", "market")
    assert plain.sentence("Ann") == "Ann found an old apple in the market"
    assert plain.question("Ann") == "did Ann find an old apple in the market"
    denied = Predicate(
        "find", "apple", None, None, False, synonym=True, passive=True, operator="did not"
    )
    assert denied.sentence("Ann") == "an apple was not discovered by Ann"


def test_inputs_are_examples() -> None:
    assert all(isinstance(item, Example) for task in TEXTS for item in task().load().inputs)
