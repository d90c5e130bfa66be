from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.tasks.ranking.sources import find_sources


def folder_of(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    return root


@pytest.mark.parametrize(
    ("names", "used"),
    [
        (
            ("queries.dev.small.tsv", "qrels.dev.small.tsv", "collection.tsv", "top1000.dev"),
            ("queries.dev.small.tsv", "qrels.dev.small.tsv", "top1000.dev"),
        ),
        (
            (
                "topics.tsv",
                "qrels.txt",
                "bm25_top100_passages.json.gz",
                "runs/a.trec",
                "runs/b.trec",
            ),
            ("topics.tsv", "qrels.txt", "bm25_top100_passages.json.gz"),
        ),
        (
            (
                "queries.jsonl",
                "qrels/test.tsv",
                "qrels/train.tsv",
                "corpus.jsonl.gz",
                "run.bm25.txt",
            ),
            ("queries.jsonl", "qrels/test.tsv", "corpus.jsonl.gz", "run.bm25.txt"),
        ),
        (
            ("topics.tsv.gz", "2019qrels-pass.txt", "collection.tsv", "bm25.trec"),
            ("topics.tsv.gz", "2019qrels-pass.txt", "collection.tsv", "bm25.trec"),
        ),
    ],
)
def test_published_layouts(names: tuple[str, ...], used: tuple[str, ...], tmp_path: Path) -> None:
    found = find_sources(folder_of(tmp_path, *names), None, texts=True)
    assert found.files() == [tmp_path / name for name in used]


def test_a_run_of_its_own_takes_the_place_of_the_folders(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "topics.tsv", "qrels.txt", "data.json", "mine/x.trec")
    mine = folder / "mine" / "x.trec"
    found = find_sources(folder, mine, texts=True)
    assert (found.run, found.retrieved) == (mine, folder / "data.json")
    assert find_sources(folder, mine, texts=False).retrieved is None
    folder_of(folder, "corpus.tsv")
    found = find_sources(folder, mine, texts=True)
    assert (found.collection, found.retrieved) == (folder / "corpus.tsv", None)


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (("qrels.txt",), "no queries; expected a file named topics"),
        (("topics.tsv",), "no judgements; expected a file named qrels"),
        (("topics.tsv", "qrels.txt"), "no candidates; give a first-stage run with the option run"),
        (("topics.tsv", "qrels.txt", "a.trec"), "no passages; expected.*texts=false"),
        (("topics.tsv", "queries.tsv", "qrels.txt"), r"2 queries \(queries.tsv, topics.tsv\)"),
        (
            ("topics.tsv", "qrels.txt", "collection.tsv", "a.trec", "b.trec.gz"),
            r"2 runs \(a.trec, b.trec.gz\); name one with the option run",
        ),
    ],
)
def test_unclear_folders_are_refused(
    names: tuple[str, ...], complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=complaint):
        find_sources(folder_of(tmp_path, *names), None, texts=True)


def test_missing_paths(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        find_sources(tmp_path / "gone", None, texts=True)
    with pytest.raises(BadInput, match="no such run file"):
        find_sources(tmp_path, tmp_path / "gone.trec", texts=True)
