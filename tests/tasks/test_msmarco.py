from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import BadInput, Unavailable
from harness.kinds.reranking import Ranking
from harness.method import Method, Run
from harness.methods.ranking.bm25 import BM25
from harness.methods.ranking.first_stage import FirstStage
from harness.methods.ranking.random_ranking import RandomRanking
from harness.task import Scores
from harness.tasks.msmarco import MSMARCO
from harness.tasks.ranking.figures import FIGURES
from harness.testing import check_task


def task(**options: Any) -> MSMARCO:
    return MSMARCO(MSMARCO.Config(**options))


def score(method: Method, **options: Any) -> Scores:
    adapter = task(**options)
    dataset = adapter.load()
    return adapter.score(list(method.predict(dataset.inputs, Run(seed=0))), dataset)


def value(scores: Scores, name: str = "nDCG@10") -> float:
    found = scores.values[name]
    assert isinstance(found, float)
    return found


@pytest.mark.parametrize("options", [{}, {"split": "validation", "scorer": "pytrec_eval"}])
def test_contract(options: dict[str, Any]) -> None:
    if "scorer" in options:
        pytest.importorskip("pytrec_eval")
    check_task("harness.tasks.msmarco:MSMARCO", **options)


def test_contract_on_real_files(shared_data: Path) -> None:
    check_task("harness.tasks.msmarco:MSMARCO", data=shared_data / "trec_dl" / "dl20_part_a")


def test_metrics() -> None:
    assert MSMARCO.primary().name == "nDCG@10"
    assert tuple(metric.name for metric in MSMARCO.metrics) == FIGURES


@pytest.mark.parametrize(("part", "published"), [("dl19", "0.5058"), ("dl20_part_a", "0.4457")])
def test_the_published_bm25_figure_is_the_first_stages(
    part: str, published: str, shared_data: Path
) -> None:
    scores = score(FirstStage(), data=shared_data / "trec_dl" / part)
    assert f"{value(scores):.4f}" == published
    assert scores.details["ideal"]["AP"] == pytest.approx(value(scores, "R@100"))


def test_binary_figures_of_trec_dl_take_grade_2(shared_data: Path) -> None:
    folder = shared_data / "trec_dl" / "dl19"
    assert f"{value(score(FirstStage(), data=folder), 'R@100'):.4f}" == "0.4910"
    lenient = score(FirstStage(), data=folder, relevance_level=1)
    assert f"{value(lenient, 'R@100'):.4f}" == "0.4531"


def test_a_published_reranking_as_first_stage(shared_data: Path) -> None:
    folder = shared_data / "trec_dl" / "dl19"
    run = folder / "runs" / "bm25_rankvicuna.trec.gz"
    adapter = task(data=folder, run=run)
    assert [path.name for path in adapter.files()] == [
        "topics.tsv",
        "qrels.txt",
        "bm25_top100_passages.json.gz",
        "bm25_rankvicuna.trec.gz",
    ]
    assert f"{value(score(FirstStage(), data=folder, run=run)):.4f}" == "0.6682"


def test_noveleval_and_a_run_without_texts(shared_data: Path) -> None:
    folder = shared_data / "ir_small"
    assert f"{100 * value(score(FirstStage(), data=folder / 'noveleval')):.2f}" == "65.03"
    covid = folder / "beir_trec-covid"
    options = {"data": covid, "run": covid / "bm25.trec.gz", "texts": False}
    assert f"{value(score(FirstStage(), **options)):.4f}" == "0.5947"
    with pytest.raises(BadInput, match="needs passage texts"):
        score(BM25(), **options)


def test_a_folder_in_beir_format_with_an_ms_marco_run(tmp_path: Path) -> None:
    (tmp_path / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "boiling point"}\n{"_id": "q2", "text": "not in the run"}\n'
    )
    (tmp_path / "corpus.jsonl").write_text(
        '{"_id": "a", "title": "", "text": "Ice melts."}\n'
        '{"_id": "b", "title": "Water", "text": "Its boiling point is 100 C."}\n'
    )
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tb\t1\nq2\ta\t1\n")
    (tmp_path / "run.dev.tsv").write_text("q1\tb\t2\nq1\ta\t1\n")
    dataset = task(data=tmp_path).load()
    assert dataset.inputs[0].texts == ("Ice melts.", "Water Its boiling point is 100 C.")
    assert value(score(FirstStage(), data=tmp_path), "RR@10") == 0.25
    assert value(score(BM25(), data=tmp_path), "RR@10") == 0.5


@pytest.mark.parametrize("split", ["test", "validation"])
def test_methods_differ_on_the_embedded_data(split: str) -> None:
    found = [score(method, split=split) for method in (RandomRanking(), FirstStage(), BM25())]
    chance, first, bm25 = map(value, found)
    ideal = found[0].details["ideal"]["nDCG@10"]
    assert 0.03 < chance < 0.15
    assert chance + 0.1 < first < bm25 - 0.05
    assert bm25 + 0.2 < ideal < 0.9


def test_one_row_of_values_per_query() -> None:
    adapter = task(split="validation")
    dataset = adapter.load()
    scores = score(BM25(), split="validation")
    assert scores.examples is not None
    assert scores.examples.column_names == ["id", *FIGURES]
    assert scores.examples.column("id").to_pylist() == list(dataset.ids)


def test_the_judge_gives_the_same_scores() -> None:
    pytest.importorskip("pytrec_eval")
    for method in (RandomRanking(), BM25()):
        ours = score(method, split="validation")
        official = score(method, split="validation", scorer="pytrec_eval")
        assert ours.values == official.values
        assert ours.details == official.details
        assert ours.examples == official.examples


def test_the_order_of_the_documents_in_a_prediction_is_irrelevant() -> None:
    adapter = task(split="validation")
    dataset = adapter.load()
    rankings = list(BM25().predict(dataset.inputs, Run(seed=0)))
    turned = [Ranking(r.query_id, r.doc_ids[::-1], r.scores[::-1]) for r in rankings]
    assert adapter.score(turned, dataset).values == adapter.score(rankings, dataset).values


def test_training_lists_come_with_grades() -> None:
    split = task().train_split()
    assert len(split.inputs) == len(split.labels) > 100
    for item, grades in zip(split.inputs, split.labels, strict=True):
        assert grades.shape == (len(item),)
        assert grades.dtype == np.int64
    assert {int(g) for grades in split.labels for g in grades} == {0, 1, 2, 3}
    tested = {item.query for item in task().load().inputs}
    assert not tested & {item.query for item in split.inputs}


def test_own_data_have_training_lists_only_if_given(shared_data: Path) -> None:
    folder = shared_data / "trec_dl"
    assert not task(data=folder / "dl19").train_split().inputs
    adapter = task(data=folder / "dl19", train=folder / "dl20_part_a")
    assert len(adapter.train_split().inputs) == 27
    assert len(adapter.files()) == 6


def test_bad_options(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no train split"):
        task().load("train")
    with pytest.raises(BadInput, match="data or dataset, not both"):
        task(data=tmp_path, dataset="msmarco-passage/dev").files()
    with pytest.raises(BadInput, match="no such folder"):
        task(data=tmp_path / "gone").files()


def test_without_pytrec_eval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytrec_eval", None)
    assert value(score(FirstStage(), split="validation")) > 0
    with pytest.raises(Unavailable, match=r"pytrec_eval is not installed.*pytrec-eval-terrier"):
        score(FirstStage(), split="validation", scorer="pytrec_eval")


@pytest.mark.parametrize(
    "module", ["tasks.msmarco", "methods.ranking.bm25", "methods.ranking.random_ranking"]
)
def test_importing_is_cheap(module: str) -> None:
    heavy = "{'numba', 'pytrec_eval', 'ir_datasets', 'pandas', 'torch', 'pyarrow', 'scipy'}"
    program = f"import sys, harness.{module}; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
