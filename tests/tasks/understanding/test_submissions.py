"""Submissions to the SuperGLUE and GLUE leaderboards: round trips, real files, every defect."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import harness
from harness import api
from harness.errors import BadInput
from harness.kinds.multiple_choice import ChoiceScores
from harness.tasks import glue, superglue
from harness.tasks.understanding.adapter import UnderstandingTask
from harness.tasks.understanding.records import Row
from harness.tasks.understanding.submissions import (
    answer_of,
    one_hot,
    read_labels,
    read_nested,
    read_table,
    read_texts,
    write_labels,
    write_table,
)

CB_WORDS = ("entailment", "contradiction", "neutral")


def plain(count: int, choices: tuple[str, ...] = CB_WORDS) -> list[Row]:
    return [Row(str(i), {"premise": "p"}, choices, 0, str(i), str(i)) for i in range(count)]


def record_rows() -> list[Row]:
    return [
        Row(f"{p}.{q}", {"query": "@placeholder"}, ("Bo", "Rome"), ("Bo",), f"{p}.{q}", str(p))
        for p, q in ((0, 0), (0, 1), (3, 2))
    ]


def jsonl(path: Path, *lines: Any) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def primary(task: type[UnderstandingTask], record: Any) -> float:
    return record.values()[task.primary().name]  # type: ignore[no-any-return]


FORMS = {
    "labels": (plain(5), read_labels),
    "true or false": (plain(5, ("False", "True")), read_labels),
    "sentences": (
        [
            Row(str(i), {"a": "It.", "b": "He."}, ("It.", "He."), 0, str(i), str(i))
            for i in range(5)
        ],
        read_labels,
    ),
    "nested": (
        [
            Row(f"{p}.{q}.{a}", {"answer": "x"}, ("False", "True"), 0, f"{p}.{q}", str(p))
            for p, q, a in ((0, 0, 0), (0, 0, 1), (0, 3, 0), (5, 1, 0), (5, 1, 2))
        ],
        read_nested,
    ),
    "texts": (record_rows(), read_texts),
}


@settings(deadline=None)
@given(choices=st.lists(st.integers(0, 2), min_size=5, max_size=5), backwards=st.booleans())
@pytest.mark.parametrize("form", FORMS)
def test_written_and_read_again(
    form: str, choices: list[int], backwards: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows, read = FORMS[form]
    given_ = [one_hot(row, c % len(row.choices)) for row, c in zip(rows, choices, strict=False)]
    path = tmp_path_factory.getbasetemp() / f"{form}.jsonl"
    write_labels(path, rows, given_)
    if backwards:
        path.write_text("\n".join(path.read_text().splitlines()[::-1]) + "\n")
    found = read(path, rows, "x")
    assert [(p.id, p.scores.tolist()) for p in found] == [(p.id, p.scores.tolist()) for p in given_]


@settings(deadline=None)
@given(
    choices=st.lists(st.integers(0, 2), min_size=1, max_size=30),
    ratings=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30),
)
def test_glue_tables_written_and_read_again(
    choices: list[int], ratings: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "RTE.tsv"
    rows = plain(len(choices))
    write_table(path, rows, [one_hot(r, c) for r, c in zip(rows, choices, strict=True)])
    assert [p.choice for p in read_table(path, rows, "dev.tsv")] == choices
    rows = plain(len(ratings), ())
    given_ = [ChoiceScores(r.id, np.array([v])) for r, v in zip(rows, ratings, strict=True)]
    write_table(path, rows, given_)
    assert [p.scores[0] for p in read_table(path, rows, "dev.tsv")] == ratings


@pytest.mark.parametrize(
    ("name", "file", "expected"),
    [
        ("CB", "val.jsonl", {"accuracy": 0.5}),
        ("COPA", "val.jsonl", {"accuracy": 0.55}),
        ("RTE", "val.jsonl", {"accuracy": 146 / 277}),
        ("WSC", "val.jsonl", {"accuracy": 66 / 104}),
        ("BoolQ", "val_even.jsonl", {"accuracy": 1012 / 1635}),
        ("WiC", "val_even.jsonl", {"accuracy": 170 / 319}),
    ],
)
def test_the_majority_on_real_files_has_its_known_figure(
    name: str, file: str, expected: dict[str, float], shared_data: Path, tmp_path: Path
) -> None:
    pytest.importorskip("lm_eval")
    lines = (shared_data / "superglue" / name / file).read_text().splitlines()
    records = [json.loads(line) for line in lines]
    label = Counter(r["label"] for r in records).most_common(1)[0][0]
    path = jsonl(tmp_path / "majority.jsonl", *({"idx": r["idx"], "label": label} for r in records))
    record = api.score(
        f"harness.tasks.superglue:{name}",
        path,
        name="commonest",
        task_config={"data": shared_data / "superglue", "split": file},
    )
    assert record.external
    values = record.values()
    assert {metric: values[metric] for metric in expected} == pytest.approx(expected)
    intervals = {score.metric: score.interval for score in record.scores}
    assert all(intervals[metric] is not None for metric in expected)


def test_multirc_and_mrpc_on_real_files(shared_data: Path, tmp_path: Path) -> None:
    """A truthful submission scores 1; always "paraphrase" has the figures of its counts."""
    pytest.importorskip("lm_eval")
    file = shared_data / "superglue" / "MultiRC" / "val_even.jsonl"
    record = api.score(
        "harness.tasks.superglue:MultiRC",
        file,
        task_config={"data": shared_data / "superglue", "split": file.name},
    )
    assert set(record.values().values()) == {1.0}
    path = tmp_path / "MRPC.tsv"
    path.write_text("index\tprediction\n" + "".join(f"{i}\t1\n" for i in range(863)))
    record = api.score(
        "harness.tasks.glue:MRPC",
        path,
        name="always",
        task_config={
            "data": shared_data / "glue" / "mrpc",
            "split": "msr_paraphrase_test_even.txt",
        },
    )
    share = 562 / 863
    figures = sorted(record.values().values())
    assert figures[0] == pytest.approx(share)
    assert figures[2] == pytest.approx(2 * share / (1 + share))


def test_it_is_compared_with_a_run_of_ours(shared_data: Path, tmp_path: Path) -> None:
    pytest.importorskip("lm_eval")
    target, options = "harness.tasks.superglue:CB", {"data": shared_data / "superglue"}
    method = "harness.methods.majority:Majority"
    ours = harness.run(method, target, task_config=options)
    rows = superglue.CB(superglue.CB.Config(**options)).load_targets().targets
    path = tmp_path / "truth.jsonl"
    write_labels(path, rows, [one_hot(row, row.gold) for row in rows])
    theirs = api.score(target, path, task_config=options)
    assert primary(superglue.CB, theirs) == 1.0
    found = harness.compare(theirs, ours)
    assert found.units == len(rows)
    assert found.difference == pytest.approx(1 - primary(superglue.CB, ours))


def test_label_words_as_they_are_found_in_submissions(tmp_path: Path) -> None:
    rows = plain(6, ("False", "True"))
    labels = ["true", True, 1, "False", False, 0]
    path = jsonl(tmp_path / "a", *({"idx": i, "label": v} for i, v in enumerate(labels)))
    assert [p.choice for p in read_labels(path, rows, "x")] == [1, 1, 1, 0, 0, 0]
    sentences = [Row("0", {"choice1": "1", "choice2": "0"}, ("1", "0"), 0, "0", "0")]
    path = jsonl(tmp_path / "copa", {"idx": 0, "label": 1})
    assert [p.choice for p in read_labels(path, sentences, "x")] == [1]


def test_a_text_that_is_no_entity_is_scored_as_it_stands(tmp_path: Path) -> None:
    rows = record_rows()
    path = jsonl(
        tmp_path / "a",
        {"idx": 1, "label": "the Bo"},
        {"idx": {"passage": 0, "query": 0}, "label": "Rome"},
        {"idx": 2, "label": ""},
    )
    found = read_texts(path, rows, "x")
    assert [answer_of(p, r) for p, r in zip(found, rows, strict=True)] == ["Rome", "the Bo", ""]


def test_record_counts_a_free_answer_by_its_tokens(shared_data: Path, tmp_path: Path) -> None:
    pytest.importorskip("lm_eval")
    options = {"data": shared_data / "superglue", "split": "train.jsonl"}
    task = superglue.ReCoRD(superglue.ReCoRD.Config(**options))
    rows = task.load_targets().targets
    texts = [f"{row.gold[0]} surplus" for row in rows]
    path = jsonl(
        tmp_path / "free.jsonl",
        *(
            {"idx": dict(zip(("passage", "query"), map(int, row.id.split(".")), strict=True))}
            | {"label": text}
            for row, text in zip(rows, texts, strict=True)
        ),
    )
    record = api.score("harness.tasks.superglue:ReCoRD", path, task_config=options)
    values = list(record.values().values())
    assert min(values) == 0
    assert 0.5 < max(values) < 1


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([{"idx": 0, "label": "maybe"}], r'line 1: the label is "maybe", expected one of entail'),
        ([{"idx": 0, "label": 3}], "line 1: the label is 3"),
        ([{"idx": 0, "label": None}], "line 1: the label is null"),
        ([{"idx": 0, "label": "9" * 5000}], 'line 1: the label is "9999'),
        ([{"idx": 0, "label": "\ud800"}], r"line 1: an escape of half a character \(\\ud800"),
        ([{"idx": 0}], "line 1: has no 'label'; write the prediction for 0"),
        ([{"label": 0}], "line 1: has no 'idx'"),
        ([{"idx": "0", "label": 0}], "line 1: 'idx' is \"0\", expected an integer"),
        ([{"idx": 0, "label": 0}, {"idx": 7, "label": 0}], r"line 2: no example '7' in val"),
        (
            [{"idx": 0, "label": 0}, {"idx": 0, "label": 0}],
            "line 2: a second prediction for 0, after line 1; keep one",
        ),
        ([{"idx": 1, "label": 0}], "2 of 3 predictions missing, first that for 0; add them"),
        ([[]], r"line 1: is \[\], expected an object"),
    ],
)
def test_a_wrong_line_is_named(lines: list[Any], said: str, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "theirs.jsonl", *lines)
    with pytest.raises(BadInput, match=said) as caught:
        read_labels(path, plain(3), "val.jsonl")
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_number_too_long_for_python_is_named(tmp_path: Path) -> None:
    path = tmp_path / "theirs.jsonl"
    path.write_text('{"idx": 1' + "0" * 5000 + ', "label": 0}\n')
    with pytest.raises(BadInput, match="line 1: not valid JSON: a number of too many digits"):
        read_labels(path, plain(3), "val.jsonl")


def test_wrong_nested_and_text_lines_are_named(tmp_path: Path) -> None:
    rows = [Row("0.0.0", {"answer": "x"}, ("False", "True"), 1, "0.0", "0")]
    answers = [{"idx": 0, "label": 1}, {"idx": 4, "label": 1}]
    line = {"idx": 0, "passage": {"questions": [{"idx": 0, "answers": answers}]}}
    where = r"line 1, questions\[0\], answers\[1\]: no example '0.0.4'"
    with pytest.raises(BadInput, match=where):
        read_nested(jsonl(tmp_path / "a", line), rows, "x")
    with pytest.raises(BadInput, match="has no 'passage'"):
        read_nested(jsonl(tmp_path / "a", {"idx": 0, "label": 1}), rows, "x")
    twice = [*record_rows(), Row("9.0", {}, ("Bo", "Rome"), ("Bo",), "9.0", "9")]
    with pytest.raises(BadInput, match="2 passages have a query 0; write"):
        read_texts(jsonl(tmp_path / "a", {"idx": 0, "label": "Bo"}), twice, "x")
    with pytest.raises(BadInput, match="'label' is 1, expected text"):
        read_texts(jsonl(tmp_path / "a", {"idx": 1, "label": 1}), record_rows(), "x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0\t1\n", "line 1: '0\\\\t1' is no GLUE submission's header; write index TAB prediction"),
        ("index\tprediction\n0\n", "line 2: 1 columns, expected index TAB prediction"),
        ("index\tprediction\nx\t1\n", "line 2: the index is 'x', expected a number"),
        ("index\tprediction\n0\t5\n", "line 2: the prediction is '5', expected one of entail"),
        ("index\tprediction\n0\t1\n00\t1\n", "line 3: a second prediction for 0"),
        ("index\tprediction\n0\t1\n", "1 of 2 predictions missing, first that for 1"),
        ("index\tprediction\n" + "9" * 5000 + "\t1\n", "line 2: no example '9999"),
        ("index\tprediction\n0\t" + "9" * 5000 + "\n", "line 2: the prediction is '9999"),
        ("index\tprediction\n2\t1\n", "line 2: no example '2'"),
        ("", "empty"),
    ],
)
def test_a_wrong_table_is_named(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "RTE.tsv"
    path.write_text(text)
    with pytest.raises(BadInput, match=said):
        read_table(path, plain(2), "dev.tsv")


@pytest.mark.parametrize("value", ["nan", "inf", "high"])
def test_a_rating_must_be_finite(value: str, tmp_path: Path) -> None:
    path = tmp_path / "STS-B.tsv"
    path.write_text(f"index\tprediction\n0\t{value}\n")
    with pytest.raises(BadInput, match=f"the prediction is '{value}', expected a finite number"):
        read_table(path, plain(1, ()), "dev.tsv")


def test_every_task_of_both_benchmarks_has_a_reader() -> None:
    for module, base in ((superglue, superglue.SuperGLUETask), (glue, glue.GLUETask)):
        tasks = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, base)]
        assert all(callable(task.read_answers) for task in tasks)
