from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.kinds.reranking import Ranking
from harness.tasks.ranking.figures import FIGURES, evaluate
from harness.tasks.ranking.judge import evaluate_officially
from harness.tasks.ranking.lists import Lists
from harness.tasks.ranking.trec import read_qrels, read_run, write_qrels, write_run

PUBLISHED = {  # nDCG@10, MAP@100, R@100, MRR, the last three at grade 2; from the data's README
    "dl19": """
        bm25 0.5058 0.2476 0.4910 0.7036
        bm25_rm3 0.5216 0.2807 0.5259 0.6767
        splade_pp_ed 0.7308 0.4464 0.6390 0.9186
        bm25_gpt35_run1 0.6799 0.3351 0.4910 0.8721
        bm25_gpt35_run2 0.6737 0.3270 0.4910 0.8715
        bm25_gpt35_run3 0.6827 0.3312 0.4910 0.8599
        bm25_gpt35_run4 0.6938 0.3378 0.4910 0.8696
        bm25_gpt35_run5 0.6868 0.3330 0.4910 0.8723
        bm25_rankvicuna 0.6682 0.3316 0.4910 0.8503
        bm25_rankvicuna_top20 0.6164 0.2867 0.4910 0.8378
        splade_pp_ed_rankvicuna 0.7459 0.4416 0.6390 0.9169
        bm25_vicuna13b_zeroshot 0.4517 0.2197 0.4910 0.5333""",
    "dl20_part_a": """
        bm25 0.4457 0.2768 0.5852 0.6423
        bm25_rm3 0.4429 0.2869 0.6264 0.5631
        splade_pp_ed 0.7451 0.5237 0.7942 0.9259
        bm25_gpt35_run1 0.6736 0.4051 0.5852 0.9127
        bm25_gpt35_run2 0.6611 0.4141 0.5852 0.9111
        bm25_gpt35_run3 0.6582 0.3996 0.5852 0.9127
        bm25_gpt35_run4 0.6538 0.3995 0.5852 0.8926
        bm25_gpt35_run5 0.6619 0.4163 0.5852 0.9284
        bm25_rankvicuna 0.6696 0.4275 0.5852 0.9012
        bm25_rankvicuna_top20 0.5861 0.3465 0.5852 0.8963
        splade_pp_ed_rankvicuna 0.7822 0.5788 0.7942 0.9405""",
}
RUNS = [
    (part, name, tuple(figures))
    for part, table in PUBLISHED.items()
    for name, *figures in map(str.split, table.strip().splitlines())
]


def lines(lists: Lists) -> dict[str, list[tuple[str, float]]]:
    pairs = list(zip(lists.docs.to_pylist(), lists.values.tolist(), strict=True))
    return {query: pairs[lists.rows(i)] for i, query in enumerate(lists.queries)}


@pytest.mark.parametrize(("part", "name", "published"), RUNS)
def test_published_runs_score_at_their_figures(
    part: str, name: str, published: tuple[str, ...], shared_data: Path
) -> None:
    pytest.importorskip("pytrec_eval")
    folder = shared_data / "trec_dl" / part
    qrels = read_qrels(folder / "qrels.txt")
    run = read_run(folder / "runs" / f"{name}.trec.gz")
    found = evaluate(run, qrels, level=2)
    assert np.array_equal(found, evaluate_officially(run, qrels, level=2))
    # The published figures are of the rank column's order.
    ordered = Lists(run.queries, run.offsets, run.docs, -np.arange(len(run), dtype=np.float64))
    for scored in (found, evaluate(ordered, qrels, level=2)):
        means = dict(zip(FIGURES, scored.mean(axis=0), strict=True))
        names = ("nDCG@10", "AP", "R@100", "RR")
        assert tuple(f"{means[n]:.4f}" for n in names) == published


def test_judged_sets_have_their_official_sizes(shared_data: Path) -> None:
    qrels = read_qrels(shared_data / "trec_dl" / "dl19" / "qrels.txt")
    assert len(qrels.queries) == 43
    assert np.bincount(qrels.values).tolist() == [5158, 1601, 1804, 697]
    nfcorpus = shared_data / "ir_small" / "beir_nfcorpus" / "qrels.test.txt.gz"
    assert len(read_qrels(nfcorpus)) == 12334


@pytest.mark.parametrize(
    ("name", "by_rank", "by_score"),
    [("bm25", "0.5947", "0.5947"), ("splade_p_p_ensemble_distil", "0.7282", "0.7274")],
)
def test_tied_scores_keep_the_order_of_the_ranks(
    name: str, by_rank: str, by_score: str, shared_data: Path
) -> None:
    """SPLADE's whole-number scores tie; the published figure is that of the rank column."""
    folder = shared_data / "ir_small" / "beir_trec-covid"
    qrels = read_qrels(folder / "qrels.test.txt.gz")
    run = read_run(folder / f"{name}.trec.gz")
    ordered = Lists(run.queries, run.offsets, run.docs, -np.arange(len(run), dtype=np.float64))
    assert f"{evaluate(ordered, qrels, level=1)[:, 0].mean():.4f}" == by_rank
    assert f"{evaluate(run, qrels, level=1)[:, 0].mean():.4f}" == by_score


def test_runs_are_sorted_by_score_then_rank_then_id(tmp_path: Path) -> None:
    path = tmp_path / "run.trec"
    path.write_text(
        "2 Q0 low 1 1.0 t\n2 Q0 high 2 2.0 t\n"
        "1 Q0 d9 2 5 t\n1 Q0 d10 1 5.00000001 t\n1 Q0 e1 7 3 t\n1 Q0 e2 7 3 t\n"
    )
    assert lines(read_run(path)) == {
        "2": [("high", 2), ("low", 1)],
        "1": [("d10", 5.00000001), ("d9", 5), ("e2", 3), ("e1", 3)],
    }


def test_blanks_tabs_and_line_ends_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "run.trec.gz"
    path.write_bytes(gzip.compress(b"  1\tQ0  a 1   2.5\t\tt \r\n\r\n1 Q0 b 2 -1e-3 t"))
    assert lines(read_run(path)) == {"1": [("a", 2.5), ("b", -0.001)]}
    qrels = tmp_path / "qrels.txt"
    qrels.write_text("1  0\ta   3 \n1 Q0 b -1\n")
    assert lines(read_qrels(qrels)) == {"1": [("a", 3), ("b", -1)]}


def test_ms_marco_runs_and_beir_judgements(tmp_path: Path) -> None:
    run, qrels = tmp_path / "run.tsv", tmp_path / "test.tsv"
    run.write_text("7\tb\t2\n7\ta\t1\n")
    qrels.write_text("query-id\tcorpus-id\tscore\n7\ta\t1\n")
    assert lines(read_run(run)) == {"7": [("a", -1), ("b", -2)]}
    assert lines(read_qrels(qrels)) == {"7": [("a", 1)]}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the file is empty"),
        ("1 Q0 a 1 2.0 t\n1 Q0 b 2", "line 2: 4 fields in '1 Q0 b 2'.*cut off"),
        ("1 0 a 1\n", "line 1: 4 fields.*a TREC run"),
        ("1 Q0 a 1 high t\n", "line 1: score 'high' is no number"),
        ("1 Q0 a first 1 t\n", "line 1: rank 'first' is no integer"),
        ("1 Q0 a 1 nan t\n", "query 1, document a: score nan; expected a finite number"),
        ("1 Q0 a 1 1 t\n1 Q0 b 2 -inf t\n", "query 1, document b: score -inf"),
        ("1 Q0 a 1 1 t\n1 Q0 a 2 0 t\n", "query 1 has document a twice"),
        ("1 Q0 \xff 1 1 t\n", "line 1: not UTF-8"),
    ],
)
def test_broken_runs_are_refused_in_one_line(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "run.trec"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadInput, match=complaint) as caught:
        read_run(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("1 0 a 1\n1 0 b\n", "line 2: 3 fields"),
        ("1 0 a 0.5\n", "grade '0.5' is no integer"),
        ("1 0 a 1\n1 0 a 1\n", "query 1 has document a twice"),
        ("1 Q0 a 1 2.0 t\n", "line 1: 6 fields.*TREC judgements"),
    ],
)
def test_broken_judgements_are_refused(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "qrels.txt"
    path.write_text(text)
    with pytest.raises(BadInput, match=complaint):
        read_qrels(path)


def test_missing_and_truncated_files(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone\.txt: no such file"):
        read_qrels(tmp_path / "gone.txt")
    cut = tmp_path / "run.trec.gz"
    cut.write_bytes(gzip.compress(b"1 Q0 a 1 2.0 t\n" * 50)[:-9])
    with pytest.raises(BadInput, match="truncated gzip"):
        read_run(cut)
    cut.write_bytes(b"no gzip")
    with pytest.raises(BadInput, match="damaged"):
        read_run(cut)


@settings(max_examples=50, deadline=None)
@given(
    scores=st.dictionaries(
        st.text("abc019", min_size=1, max_size=3), st.floats(-1e30, 1e30), min_size=1
    )
)
def test_written_runs_read_back(
    scores: dict[str, float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("run") / "run.trec"
    write_run(path, [Ranking("q", tuple(scores), np.array(list(scores.values())))])
    assert dict(lines(read_run(path))["q"]) == scores
    assert [int(line.split()[3]) for line in path.read_text().splitlines()] == list(
        range(1, len(scores) + 1)
    )


def test_written_judgements_read_back(tmp_path: Path) -> None:
    path = tmp_path / "qrels.txt"
    path.write_text("2 0 a 1\n1 0 b -1\n1 0 a 3\n")
    qrels = read_qrels(path)
    write_qrels(tmp_path / "again.txt", qrels)
    assert lines(read_qrels(tmp_path / "again.txt")) == lines(qrels)
    with pytest.raises(BadInput, match="'a b' cannot be a field"):
        write_run(path, [Ranking("1", ("a b",), np.ones(1))])
