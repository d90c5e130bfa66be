from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import Unavailable
from harness.tasks.mini.ranking_collection import DEPTH, QUERIES, contents, folder
from harness.tasks.mini.ranking_facts import Draw, any_fact, distract, grade

DIGESTS = {
    "train": "27d534fe87787779",
    "validation": "39c10260cf76817c",
    "test": "a754ad3fd91628d8",
}


@pytest.fixture(scope="module")
def files() -> dict[str, dict[str, str]]:
    return {split: contents(split) for split in QUERIES}


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_files_are_the_same_everywhere(files: dict[str, dict[str, str]]) -> None:
    found = {
        split: hashlib.sha256("".join(texts.values()).encode()).hexdigest()[:16]
        for split, texts in files.items()
    }
    assert found == DIGESTS


def test_splits_share_nothing(files: dict[str, dict[str, str]]) -> None:
    for name in ("collection.tsv", "queries.tsv"):
        ids = [{row[0] for row in rows(texts[name])} for texts in files.values()]
        lines = [
            {line.split("\t")[1] for line in texts[name].splitlines()} for texts in files.values()
        ]
        for parts in (ids, lines):
            assert len(set.union(*parts)) == sum(map(len, parts))


@pytest.mark.parametrize("split", QUERIES)
def test_files_agree(split: str, files: dict[str, dict[str, str]]) -> None:
    texts = files[split]
    passages = {row[0] for row in rows(texts["collection.tsv"])}
    queries = [row[0] for row in rows(texts["queries.tsv"])]
    qrels, run = rows(texts["qrels.txt"]), rows(texts["run.first_stage.txt"])
    assert len(set(queries)) == QUERIES[split]
    assert {row[0] for row in qrels} == set(queries) == {row[0] for row in run}
    assert {row[2] for row in qrels + run} <= passages
    assert {row[3] for row in qrels} == set("0123")
    assert all(any(r[0] == q and r[3] == "3" for r in qrels) for q in queries)
    assert len(run) == DEPTH * len(queries)
    assert sum(map(len, texts.values())) < 1_000_000


def test_written_once_and_read_again() -> None:
    first = folder("validation")
    stamps = {path.name: path.stat().st_mtime_ns for path in first.iterdir()}
    assert folder("validation") == first
    assert {path.name: path.stat().st_mtime_ns for path in first.iterdir()} == stamps
    (first / "qrels.txt").unlink()
    assert (folder("validation") / "qrels.txt").read_text() == contents("validation")["qrels.txt"]


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "file"))
    with pytest.raises(
        Unavailable, match=r"cannot be written \(Not a directory\); set HARNESS_CACHE"
    ):
        folder("test")


def test_grades_by_meaning() -> None:
    asked = any_fact(Draw("a"))
    assert grade(asked, asked) == 3
    assert grade(asked, replace(asked, quality=-1)) == 2
    assert grade(asked, replace(asked, place=-1)) == 2
    assert grade(asked, replace(asked, act=asked.act + 1)) == 1
    assert grade(asked, replace(asked, denied=True)) == 1
    assert grade(asked, replace(asked, agent=asked.agent + 1)) == 0
    assert all(grade(asked, distract(asked, Draw(str(seed)))) <= 1 for seed in range(50))
