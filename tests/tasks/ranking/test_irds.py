from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.errors import BadInput, Unavailable
from harness.tasks.mini.ranking_collection import folder
from harness.tasks.msmarco import MSMARCO
from harness.tasks.ranking.irds import export, register


@pytest.fixture
def registered(request: pytest.FixtureRequest) -> str:
    """Return the id under which ir_datasets knows the embedded collection."""
    pytest.importorskip("ir_datasets")
    name = f"harness-test/{request.node.name}"
    register(folder("validation"), name)
    return name


def test_a_data_set_of_ir_datasets_reads_as_its_own_files(registered: str) -> None:
    embedded = MSMARCO(MSMARCO.Config(split="validation")).load()
    task = MSMARCO(MSMARCO.Config(dataset=registered))
    exported = task.load()
    assert list(exported.ids) == list(embedded.ids)
    for one, other in zip(exported.inputs, embedded.inputs, strict=True):
        assert (one.query, one.doc_ids, one.texts) == (other.query, other.doc_ids, other.texts)
        assert one.scores.tolist() == other.scores.tolist()
    assert exported.origin == registered
    assert not exported.mini
    assert [path.name for path in task.files()] == [
        "queries.tsv",
        "qrels.txt",
        "collection.tsv",
        "run.scoreddocs.txt",
    ]


def test_a_run_chooses_the_passages(registered: str, tmp_path: Path) -> None:
    first = MSMARCO(MSMARCO.Config(split="validation")).load().inputs[0]
    run = tmp_path / "mine.trec"
    run.write_text(f"{first.query_id} Q0 {first.doc_ids[5]} 1 1.0 mine\n")
    task = MSMARCO(MSMARCO.Config(dataset=registered, run=run))
    inputs = task.load().inputs
    assert inputs[0].doc_ids == (first.doc_ids[5],)
    assert inputs[0].texts == (first.texts[5],)
    assert {len(item) for item in inputs[1:]} == {0}


def test_unknown_and_unfit_data_sets(registered: str) -> None:
    with pytest.raises(BadInput, match="no data set 'no/such'"):
        export("no/such", None, texts=True)
    with pytest.raises(BadInput, match="msmarco-passage: no queries"):
        export("msmarco-passage", None, texts=True)
    with pytest.raises(BadInput, match=r"already exists.*another name"):
        register(folder("validation"), registered)


def test_a_failed_download_is_unavailable(registered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import ir_datasets

    def fail() -> None:
        raise RuntimeError("All download sources failed", ["long", "story"])

    monkeypatch.setattr(ir_datasets.load(registered), "qrels_iter", fail, raising=False)
    with pytest.raises(Unavailable, match=r"cannot be fetched.*\(All download sources failed\)"):
        export(registered, None, texts=True)


def test_without_ir_datasets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ir_datasets", None)
    with pytest.raises(Unavailable, match=r"ir_datasets is not installed.*ir-datasets"):
        export("msmarco-passage/dev", None, texts=True)
