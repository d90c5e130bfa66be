from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.tasks.ranking.passages import read_collection, read_queries, read_retrieved


def test_queries_of_ms_marco_beir_and_cranfield(tmp_path: Path) -> None:
    plain = tmp_path / "queries.tsv"
    plain.write_text('1\twhat is "x"\n2\tGrüße 東京\n')
    assert read_queries(plain) == {"1": 'what is "x"', "2": "Grüße 東京"}
    lines = tmp_path / "queries.jsonl.gz"
    lines.write_bytes(gzip.compress(b'{"_id": "q", "text": "a"}\n\n{"qid": 7, "text": "b"}\n'))
    assert read_queries(lines) == {"q": "a", "7": "b"}


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("queries.tsv", "1\ta\n1\tb\n", "query 1 occurs 2 times"),
        ("queries.tsv", "1\ta\n2\n", "line 2: 1 fields in '2'; expected 'qid TAB query'"),
        ("queries.jsonl", '{"_id": "1", "text": "a"}\n{"_id": "2", "te', "line 2: not valid JSON"),
        ("queries.jsonl", "[1]\n", "line 1: a JSON list; expected an object"),
        ("queries.jsonl", '{"text": "a"}\n', "line 1: no _id"),
        ("queries.jsonl", '{"_id": "1"}\n', "line 1: no text"),
    ],
)
def test_broken_queries_are_refused(name: str, text: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInput, match=complaint):
        read_queries(tmp_path / name)


def test_only_the_wanted_passages_are_read(tmp_path: Path) -> None:
    plain = tmp_path / "collection.tsv"
    plain.write_text('7\tWater "boils"\tat 100 C.\r\n8\tno\n9\t\n')
    assert read_collection(plain, {"7", "9", "x"}) == {"7": 'Water "boils"\tat 100 C.', "9": ""}
    lines = tmp_path / "corpus.jsonl"
    lines.write_text('{"_id": "a", "title": "T", "text": "x"}\n{"_id": "b", "text": "y"}\n')
    assert read_collection(lines, {"a", "b"}) == {"a": "T x", "b": "y"}
    plain.write_text("7\tcut\n8 off")
    with pytest.raises(BadInput, match="line 2: no tab"):
        read_collection(plain, {"7"})
    plain.write_bytes(b"7\t\xff\n")
    with pytest.raises(BadInput, match="line 1: not UTF-8"):
        read_collection(plain, {"7"})


def test_csv_quoting_is_undone_where_it_can_only_be_that(tmp_path: Path) -> None:
    texts = {"1": 'say "hi"', "2": "tab\there", "3": '"all of it"', "4": 'a "b', "5": '"'}
    path = tmp_path / "corpus.tsv"
    with path.open("w", newline="") as handle:
        csv.writer(handle, delimiter="\t").writerows(texts.items())
    assert read_collection(path, set(texts)) == texts
    path.write_text('1\t"a quotation"\n2\t"one" and "two"\n')
    plain = {"1": '"a quotation"', "2": '"one" and "two"'}
    assert read_collection(path, set(plain)) == plain


def test_noveleval_holds_the_same_passages_twice(shared_data: Path) -> None:
    folder = shared_data / "ir_small" / "noveleval"
    found = read_retrieved(folder / "data.json.gz")
    assert len(found.texts) == 420
    assert read_collection(folder / "corpus.tsv", set(found.texts)) == found.texts


def test_top1000_files_have_texts_and_no_scores(tmp_path: Path) -> None:
    path = tmp_path / "top1000.dev"
    path.write_text("1\t7\tq\tseven\n2\t7\tr\tseven\n1\t8\tq\teight\n")
    found = read_retrieved(path)
    assert not found.scored
    assert found.run.queries == ("1", "2")
    assert found.run.docs.to_pylist() == ["7", "8", "7"]
    assert found.texts == {"7": "seven", "8": "eight"}
    path.write_text("1\t7\tq\n")
    with pytest.raises(BadInput, match="expected 'qid TAB pid TAB query TAB passage'"):
        read_retrieved(path)


HIT = {"qid": 1, "docid": "a", "content": "x", "score": 1.0}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({}, "a JSON dict; expected a list"),
        ([{"query": "q"}], "entry 0 has no list of hits"),
        ([{"hits": [{**HIT, "score": "high"}]}], "entry 0: a hit lacks"),
        ([{"hits": [{"qid": 1}]}], "entry 0: a hit lacks"),
        ([{"hits": [{**HIT, "score": float("nan")}]}], "query 1, document a: score nan"),
        ([{"hits": [HIT, HIT]}], "query 1 has document a twice"),
    ],
)
def test_broken_rank_llm_files_are_refused(content: object, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(content))
    with pytest.raises(BadInput, match=complaint):
        read_retrieved(path)


def test_a_json_file_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps([{"hits": [HIT]}])[:-4])
    with pytest.raises(BadInput, match=r"not valid JSON.*cut off"):
        read_retrieved(path)
