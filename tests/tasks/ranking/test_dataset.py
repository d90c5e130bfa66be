from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.errors import BadInput
from harness.tasks.ranking.dataset import (
    Loaded,
    candidate_grades,
    ideal_run,
    load,
    relevance_level,
)
from harness.tasks.ranking.sources import find_sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a small data set: query 3 is not judged, query 4 has no candidate."""
    (tmp_path / "topics.tsv").write_text("1\tone\n2\ttwo\n3\tthree\n4\tfour\n")
    (tmp_path / "qrels.txt").write_text("2 0 a 2\n2 0 gone 1\n1 0 b -1\n1 0 c 1\n4 0 a 1\n")
    (tmp_path / "collection.tsv").write_text("a\tA\nb\tB\nc\tC\n")
    (tmp_path / "run.txt").write_text(
        "1 Q0 a 1 9 t\n1 Q0 b 2 8 t\n1 Q0 c 3 7 t\n2 Q0 b 1 5 t\n2 Q0 a 2 4 t\n3 Q0 a 1 1 t\n"
    )
    return tmp_path


def read(folder: Path, depth: int | None = None, *, texts: bool = True) -> Loaded:
    return load(find_sources(folder, None, texts=texts), depth=depth, level=None, texts=texts)


def test_one_input_per_judged_query_in_the_order_of_the_judgements(folder: Path) -> None:
    inputs = read(folder).inputs
    assert [(i.query_id, i.query, i.doc_ids, i.texts) for i in inputs] == [
        ("2", "two", ("b", "a"), ("B", "A")),
        ("1", "one", ("a", "b", "c"), ("A", "B", "C")),
        ("4", "four", (), ()),
    ]
    assert inputs[0].scores is not None
    assert inputs[0].scores.tolist() == [5, 4]


def test_depth_keeps_the_best(folder: Path) -> None:
    assert [i.doc_ids for i in read(folder, 1).inputs] == [("b",), ("a",), ()]


def test_grades_and_the_ideal_order(folder: Path) -> None:
    targets = read(folder).targets
    assert [g.tolist() for g in candidate_grades(targets)] == [[0, 2], [0, 0, 1], []]
    assert ideal_run(targets).values.tolist() == [0, 2, 0, 0, 1]


def test_texts_can_be_left_out(folder: Path) -> None:
    (folder / "collection.tsv").unlink()
    assert {i.texts for i in read(folder, texts=False).inputs} == {None}


def test_unordered_candidates_have_no_scores(folder: Path) -> None:
    (folder / "top1000.dev").write_text("1\tz\tone\tZ\n1\ta\tone\tA\n2\ta\ttwo\tA\n")
    inputs = read(folder).inputs
    assert inputs[1].doc_ids == ("z", "a")
    assert inputs[1].texts == ("Z", "A")
    assert {i.scores for i in inputs} == {None}


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("run.txt", "9 Q0 a 1 9 t\n", r"run\.txt: 1 of 1 query ids \(9\) are not in .*topics\.tsv"),
        ("qrels.txt", "1 0 a 1\n8 0 a 1\n", r"qrels\.txt: 1 of 2 query ids \(8\) are not in"),
        ("run.txt", "3 Q0 a 1 9 t\n", r"run\.txt: no candidate for any of the 3 queries"),
        (
            "run.txt",
            "1 Q0 x 1 9 t\n",
            r"lacks 1 of the 1 passages of .*run\.txt \(x\).*texts=false",
        ),
    ],
)
def test_files_that_do_not_fit_each_other(
    name: str, text: str, complaint: str, folder: Path
) -> None:
    (folder / name).write_text(text)
    with pytest.raises(BadInput, match=complaint) as caught:
        read(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("grades", "level"),
    [([0, 1, 2, 3], 2), ([1, 1], 1), ([0, 1, 2], 1), ([-1, 2, 3, 4], 1), ([-1, 0, 3], 1), ([], 1)],
)
def test_level_by_the_scale_of_the_grades(grades: list[int], level: int) -> None:
    assert relevance_level(np.array(grades, np.int64)) == level
