"""Runs made elsewhere: published figures through the scoring path, any documents, every defect."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import harness
from harness import api
from harness.errors import BadInput
from harness.kinds import kind
from harness.kinds.reranking import CandidateList, Ranking
from harness.store import Store
from harness.tasks.msmarco import MSMARCO
from harness.tasks.ranking.submissions import read_judgements, read_submission
from harness.tasks.ranking.trec import write_run

TARGET = "harness.tasks.msmarco:MSMARCO"
PUBLISHED = {  # nDCG@10 of the data's README
    "dl19": {
        "bm25": "0.5058",
        "bm25_rm3": "0.5216",
        "splade_pp_ed": "0.7308",
        "bm25_rankvicuna": "0.6682",
        "bm25_rankvicuna_top20": "0.6164",
        "splade_pp_ed_rankvicuna": "0.7459",
        "bm25_vicuna13b_zeroshot": "0.4517",
    },
    "dl20_part_a": {"splade_pp_ed": "0.7451", "splade_pp_ed_rankvicuna": "0.7822"},
}
RUNS = [(part, *pair) for part, table in PUBLISHED.items() for pair in table.items()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The worked example's judgements, without any candidates."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "queries.tsv").write_text("1\tone\n2\ttwo\n3\tthree\n9\tnot judged\n")
    (data / "qrels.txt").write_text(
        "1 0 d1 3\n1 0 d2 0\n1 0 d3 1\n1 0 d4 2\n1 0 d9 2\n2 0 a 1\n3 0 z 1\n"
    )
    return data


CARD = (
    "1 Q0 d2 1 9 t\n1 Q0 d4 2 8 t\n1 Q0 d3 3 7 t\n1 Q0 d1 4 7 t\n1 Q0 x 5 5 t\n"
    "2 Q0 b 1 2 t\n2 Q0 a 2 1 t\n9 Q0 q 1 1 t\n"
)


@pytest.mark.parametrize(("part", "name", "published"), RUNS)
def test_published_runs_score_at_their_figures(
    part: str, name: str, published: str, shared_data: Path
) -> None:
    folder = shared_data / "trec_dl" / part
    options = {"data": folder}
    run = folder / "runs" / f"{name}.trec.gz"
    record = api.score(TARGET, run, name=f"{name} of rank_llm", task_config=options)
    assert f"{record.values()['nDCG@10']:.4f}" == published
    assert record.scores[0].interval is not None


def test_it_is_compared_with_a_run_of_ours(shared_data: Path) -> None:
    """The published BM25 run is our first stage; other candidates are still the same queries."""
    folder = shared_data / "trec_dl" / "dl20_part_a"
    options = {"data": folder}
    ours = harness.run(
        "harness.methods.ranking.first_stage:FirstStage", TARGET, task_config=options
    )
    same = api.score(TARGET, folder / "runs" / "bm25.trec.gz", name="same", task_config=options)
    assert [s.value for s in same.scores] == pytest.approx([s.value for s in ours.scores])
    found = harness.compare(ours, same)
    assert (found.units, found.difference) == (27, 0)
    other = api.score(TARGET, folder / "runs" / "splade_pp_ed.trec.gz", task_config=options)
    assert harness.compare(other, ours).difference > 0.2


@pytest.mark.parametrize("scorer", ["columnar", "pytrec_eval"])
def test_the_worked_example(scorer: str, folder: Path, tmp_path: Path) -> None:
    """Means over three judged queries, one of them not in the run; query 9 is passed over."""
    if scorer == "pytrec_eval":
        pytest.importorskip("pytrec_eval")
    path = tmp_path / "card.trec"
    path.write_text(CARD)
    options = {"data": folder, "scorer": scorer, "relevance_level": 1}
    values = list(api.score(TARGET, path, task_config=options).values().values())
    expected = [0.389134, 1 / 3, 1 / 3, 0.326389]  # nDCG@10, RR@10, RR, average precision
    assert values[:4] == pytest.approx(expected, abs=1e-6)


def test_an_ms_marco_run_is_scored_by_its_ranks(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.tsv.gz"
    path.write_bytes(gzip.compress(b"2\ta\t2\n2\tb\t1\n3\tz\t1\n"))
    options = {"data": folder, "relevance_level": 1}
    values = api.score(TARGET, path, task_config=options).values()
    assert values["RR@10"] == pytest.approx((0 + 1 / 2 + 1) / 3)


@settings(deadline=None)
@given(
    scores=st.lists(
        st.lists(st.floats(-1e30, 1e30), min_size=1, max_size=12), min_size=3, max_size=3
    )
)
def test_written_and_read_again(
    scores: list[list[float]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.getbasetemp()
    (base / "queries.tsv").write_text("".join(f"q{i}\ttext\n" for i in range(3)))
    (base / "qrels.txt").write_text("".join(f"q{i} 0 d1 1\n" for i in range(3)))
    rankings = [
        Ranking(f"q{i}", tuple(f"d{j}" for j in range(len(part))), np.array(part))
        for i, part in enumerate(scores)
    ]
    write_run(base / "run.trec", rankings[::-1])
    judgements = read_judgements(base / "queries.tsv", base / "qrels.txt", None)
    found = read_submission(base / "run.trec", judgements)
    assert len(found) == 3
    for ranking, again in zip(rankings, found[:], strict=True):
        assert again.query_id == ranking.query_id
        pairs = zip(ranking.doc_ids, ranking.scores.tolist(), strict=True)
        assert dict(zip(again.doc_ids, again.scores.tolist(), strict=True)) == dict(pairs)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n1 Q0 a 1 nan t\n", "line 2: query 1, document a: score nan; expected a finite"),
        ("1 Q0 a 1 2 t\n1 Q0 a 2 1 t\n", "query 1 has document a twice; keep one line"),
        (
            "1 Q0 a 1 2 t\n8 Q0 a 1 2 t\n",
            "1 of 2 query ids are no queries of this data set, first 8",
        ),
        ("9 Q0 a 1 2 t\n", "ranks nothing for the 3 judged queries"),
        ("1 a 1\n1 b 3\n", "query 1: rank 3 of document b where 2 is next; number"),
        ("1 a 0\n", "query 1: rank 0 of document a where 1 is next"),
        ("1 a 1\n1 b 1\n", "query 1: rank 1 of document .* where 2 is next"),
        ("1 Q0 a 1 2 t\n1 Q0 b\n", "line 2: 3 fields"),
        ("1 Q0 a one 2 t\n", "line 1: rank 'one' is no integer"),
        ("", "the file is empty"),
    ],
)
def test_a_wrong_run_is_named(text: str, said: str, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "theirs.trec"
    path.write_text(text)
    with pytest.raises(BadInput, match=said) as caught:
        api.score(TARGET, path, task_config={"data": folder})
    assert str(caught.value).startswith(str(path))
    assert list(Store().records()) == []


def test_a_query_judged_but_unknown_is_named(folder: Path) -> None:
    (folder / "queries.tsv").write_text("1\tone\n2\ttwo\n")
    with pytest.raises(BadInput, match=r"1 of 3 query ids \(3\) are not in"):
        MSMARCO(MSMARCO.Config(data=folder)).load_targets()


def test_only_open_inputs_let_any_document_be_ranked() -> None:
    check = kind("reranking").check
    out = Ranking("q", ("a", "b"), np.array([2.0, 1.0]))
    check(CandidateList("q", "text", (), None, open=True), out)
    with pytest.raises(BadInput, match="document a is no candidate"):
        check(CandidateList("q", "text", (), None), out)
    twice = Ranking("q", ("a", "a"), np.array([2.0, 1.0]))
    with pytest.raises(BadInput, match="document a is ranked 2 times"):
        check(CandidateList("q", "text", (), None, open=True), twice)
