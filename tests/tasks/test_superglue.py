"""SuperGLUE on its embedded data, on the official development sets, and on broken files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import BadInput
from harness.kinds.multiple_choice import ChoiceScores
from harness.method import Run
from harness.methods.majority import Majority
from harness.task import Dataset, Scores, TrainSplit
from harness.tasks.suites import SUPERGLUE
from harness.tasks.superglue import CB, COPA, RTE, WSC, BoolQ, MultiRC, ReCoRD, SuperGLUETask, WiC
from harness.tasks.understanding import superglue_files as files
from harness.testing import check_method, check_task

pytest.importorskip("lm_eval")
TASKS: tuple[type[SuperGLUETask], ...] = (BoolQ, CB, COPA, MultiRC, ReCoRD, RTE, WiC, WSC)


def one_hot(dataset: Dataset, chosen: Iterable[int]) -> list[ChoiceScores]:
    return [
        ChoiceScores(item.id, (np.arange(len(item.choices)) == k).astype(float))
        for item, k in zip(dataset.inputs, chosen, strict=True)
    ]


def truth(dataset: Dataset) -> list[int]:
    return [
        row.choices.index(row.gold[0]) if isinstance(row.gold, tuple) else row.gold
        for row in dataset.targets
    ]


def constant(task: SuperGLUETask, label: int) -> Scores:
    dataset = task.load()
    return task.score(one_hot(dataset, [label] * len(dataset.ids)), dataset)


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_the_contract(task: type[SuperGLUETask]) -> None:
    check_task(task)


def test_majority_class_keeps_the_contract() -> None:
    check_method(Majority)


def test_the_average_is_of_these_tasks() -> None:
    assert tuple(task.name for task in TASKS) == SUPERGLUE.members


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_the_truth_scores_one(task: type[SuperGLUETask]) -> None:
    adapter = task()
    dataset = adapter.load()
    assert set(adapter.score(one_hot(dataset, truth(dataset)), dataset).values.values()) == {1}


@pytest.mark.parametrize(
    ("task", "label", "percent"),
    [(CB, 1, 50.0), (COPA, 0, 55.0), (RTE, 0, 52.7), (WSC, 0, 63.5)],
)
def test_the_known_floor_of_the_development_sets(
    shared_data: Path, task: type[SuperGLUETask], label: int, percent: float
) -> None:
    adapter = task(task.Config(data=shared_data / "superglue"))
    choices = adapter.load().inputs[0].choices
    found = [constant(adapter, k).values["accuracy"] for k in range(len(choices))]
    assert int(np.argmax(found)) == label
    assert round(100 * max(found), 1) == percent  # type: ignore[type-var, call-overload]


@pytest.mark.parametrize(
    ("task", "scored", "examples", "right"),
    [
        (BoolQ, "val_even.jsonl", 1635, 1012),
        (WiC, "val_even.jsonl", 319, 149),
        (MultiRC, "val_even.jsonl", 2384, 1002),
    ],
)
def test_half_development_sets(
    shared_data: Path, task: type[SuperGLUETask], scored: str, examples: int, right: int
) -> None:
    adapter = task(task.Config(data=shared_data / "superglue", split=scored))
    dataset = adapter.load()
    assert len(dataset.ids) == examples
    assert sum(truth(dataset)) == right
    assert len(adapter.train_split().inputs) >= 32


def test_record_on_real_stories(shared_data: Path) -> None:
    adapter = ReCoRD(ReCoRD.Config(data=shared_data / "superglue", split="train.jsonl"))
    dataset = adapter.load()
    assert len(dataset.ids) == 32
    assert set(adapter.score(one_hot(dataset, truth(dataset)), dataset).values.values()) == {1}
    assert all(row.choices == tuple(sorted(set(row.choices))) for row in dataset.targets)


def test_majority_class_learns_the_commonest_label(shared_data: Path) -> None:
    adapter = CB(CB.Config(data=shared_data / "superglue"))
    method, dataset = Majority(), adapter.load()
    method.train(adapter.train_split(), Run(seed=0))
    found = list(method.predict(dataset.inputs, Run(seed=0)))
    # FewGLUE's 32 examples hold entailment 19 times, contradiction 10 times.
    assert {out.choice for out in found} == {0}
    assert found[0].scores.tolist() == [19 / 32, 10 / 32, 3 / 32]
    method.train(TrainSplit(), Run(seed=0))
    assert {out.choice for out in method.predict(dataset.inputs, Run(seed=0))} == {0}


# The cards' own examples, one a task, as the official files hold them.
RECORDS: dict[str, dict[str, Any]] = {
    "BoolQ": {"question": "is rain wet", "passage": "Rain is liquid.", "idx": 0, "label": True},
    "CB": {"premise": "Ann said it rained.", "hypothesis": "it rained", "label": "neutral", "idx": 0},
    "COPA": {"premise": "The lamp fell.", "choice1": "A.", "choice2": "B.", "question": "cause", "idx": 0, "label": 0},
    "MultiRC": {"idx": 0, "version": 1.1, "passage": {"text": "Ann ate soup.", "questions": [{"question": "What?", "idx": 0, "answers": [{"text": "soup", "idx": 0, "label": 1}, {"text": "rice", "idx": 1, "label": 0}]}]}},
    "ReCoRD": {"source": "x", "idx": 0, "passage": {"text": "Ann met Bo in Rome.\n@highlight\nBo is from Oslo", "entities": [{"start": 0, "end": 2}, {"start": 8, "end": 9}]}, "qas": [{"idx": 0, "query": "@placeholder comes from Oslo", "answers": [{"start": 8, "end": 9, "text": "Bo"}]}]},
    "RTE": {"premise": "A.", "hypothesis": "B.", "label": "not_entailment", "idx": 0},
    "WiC": {"word": "bank", "sentence1": "He sat on the bank.", "sentence2": "The bank closed.", "start1": 14, "end1": 18, "start2": 4, "end2": 8, "idx": 0, "label": False},
    "WSC": {"text": "Mark told Pete about himself .", "target": {"span1_text": "Mark", "span1_index": 0, "span2_text": "himself", "span2_index": 4}, "idx": 0, "label": True},
}  # fmt: skip


def read(tmp_path: Path, name: str, *records: dict[str, Any]) -> list[Any]:
    path = tmp_path / "val.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    found: list[Any] = getattr(files, f"read_{name.lower()}")(path)
    return found


def test_labels_become_the_hubs_integers(tmp_path: Path) -> None:
    gold = {
        name: [row.gold for row in read(tmp_path, name, record)] for name, record in RECORDS.items()
    }
    assert gold == {
        "BoolQ": [1],
        "CB": [2],
        "COPA": [0],
        "MultiRC": [1, 0],
        "ReCoRD": [("Bo",)],
        "RTE": [1],
        "WiC": [0],
        "WSC": [1],
    }


def test_nested_records_are_flattened(tmp_path: Path) -> None:
    first, second = read(tmp_path, "MultiRC", RECORDS["MultiRC"])
    assert (first.id, second.id, first.group, first.unit) == ("0.0.0", "0.0.1", "0.0", "0")
    assert second.fields == {"paragraph": "Ann ate soup.", "question": "What?", "answer": "rice"}
    (story,) = read(tmp_path, "ReCoRD", RECORDS["ReCoRD"])
    assert story.choices == story.fields["entities"] == ("Ann", "Bo")


@pytest.mark.parametrize("name", RECORDS)
def test_a_missing_label_is_told(tmp_path: Path, name: str) -> None:
    record = json.loads(
        json.dumps(RECORDS[name]).replace('"label"', '"lab"').replace("answers", "gone")
    )
    with pytest.raises(BadInput, match=r"val\.jsonl, line 1.*(has no 'label'|has no 'answers')"):
        read(tmp_path, name, record)


@pytest.mark.parametrize(
    ("name", "change", "complaint"),
    [
        ("BoolQ", {"question": 3}, "'question' is 3, expected text"),
        ("CB", {"label": "maybe"}, 'label is "maybe", expected one of entailment, contradiction'),
        ("COPA", {"question": "why"}, "'question' is 'why', expected cause or effect"),
        ("RTE", {"idx": "0"}, "'idx' is \"0\", expected an integer"),
        ("WiC", {"end1": 99}, "span 14:99 lies outside sentence1"),
        ("WSC", {"text": "Mark"}, "span2_index 4 lies outside the text"),
        ("WSC", {"target": []}, r"'target' is \[\], expected an object"),
        (
            "MultiRC",
            {"passage": {"text": "a", "questions": [1]}},
            r"questions\[0\] is 1, expected an object",
        ),
        ("ReCoRD", {"qas": [{"idx": 0, "query": "no blank", "answers": []}]}, "no @placeholder"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, name: str, change: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(BadInput, match=complaint) as error:
        read(tmp_path, name, RECORDS[name] | change)
    assert "\n" not in str(error.value)


def test_an_index_may_occur_once(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="the index 0 occurs twice"):
        read(tmp_path, "RTE", RECORDS["RTE"], RECORDS["RTE"])


@pytest.mark.parametrize("text", [b"", b"[1]\n", b"{", b"\xff\xfe", b"\x1f\x8bno gzip"])
def test_broken_files(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "val.jsonl"
    path.write_bytes(text)
    with pytest.raises(BadInput, match=r"val\.jsonl"):
        files.read_rte(path)


def test_files_are_found_or_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        RTE(RTE.Config(data=tmp_path / "none")).files()
    (tmp_path / "dev.jsonl").write_text(json.dumps(RECORDS["RTE"]) + "\n")
    with pytest.raises(BadInput, match=r"val.jsonl: no such file; .* holds dev.jsonl"):
        RTE(RTE.Config(data=tmp_path)).files()
    adapter = RTE(RTE.Config(data=tmp_path, split="dev.jsonl"))
    assert adapter.train_split() == TrainSplit()
    with pytest.raises(BadInput, match="has no train split"):
        adapter.load("train")
    with pytest.raises(BadInput, match=r"no such file; .*check --task-set training"):
        RTE(RTE.Config(data=tmp_path, split="dev.jsonl", training="t.jsonl")).files()


def test_predictions_must_answer_each_example() -> None:
    adapter = RTE()
    dataset = adapter.load()
    answers = one_hot(dataset, truth(dataset))
    with pytest.raises(BadInput, match="599 predictions for 600 examples"):
        adapter.score(answers[1:], dataset)
    with pytest.raises(BadInput, match="keep the order"):
        adapter.score(answers[::-1], dataset)
