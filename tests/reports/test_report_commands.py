from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from report_papers import content, write_toml
from report_records import METHOD, TASK, answers, put

from harness.cli import cli
from harness.errors import BadInput, UnknownName
from harness.store import Store


def _run(store: Store, *arguments: str) -> Result:
    result = CliRunner().invoke(
        cli, [*arguments, "--store", str(store.root)], standalone_mode=False
    )
    if result.exception is not None:
        raise result.exception
    return result


@pytest.fixture
def described(tmp_path: Path) -> str:
    return str(write_toml(tmp_path / "paper.toml", content()))


@pytest.fixture
def filled(store: Store) -> Store:
    put(store, answers(35))
    put(store, answers(20), config={"mode": "hard"})
    put(store, answers(34), config={"strength": 0.25})
    return store


def test_leaderboard(filled: Store) -> None:
    rows = json.loads(_run(filled, "leaderboard", "--task", TASK, "--json").stdout)
    assert [r["config"] for r in rows if r["method"] == METHOD] == [
        *("defaults", "strength = 0.25", "mode = hard"),
    ]
    text = _run(filled, "leaderboard", "--task", TASK).stdout
    assert text == _run(filled, "leaderboard", "--task", TASK).stdout
    assert text.startswith("Toy answers: toy answers (synthetic)")


def test_leaderboard_of_an_empty_store(store: Store) -> None:
    assert "not run" in _run(store, "leaderboard", "--task", "coco").stdout


def test_leaderboard_names_damaged_files(filled: Store) -> None:
    broken = filled.root / "runs" / "ab" / f"{'ab' * 8}.json"
    broken.parent.mkdir(parents=True, exist_ok=True)
    broken.write_text("{}")
    result = _run(filled, "leaderboard", "--task", TASK)
    assert "not a run record" in result.stderr
    assert METHOD in result.stdout


def test_leaderboard_of_an_unknown_task(store: Store) -> None:
    with pytest.raises(UnknownName, match="did you mean 'coco'"):
        _run(store, "leaderboard", "--task", "cocoa")


def test_results(filled: Store, tmp_path: Path) -> None:
    rows = json.loads(_run(filled, "results", "--json").stdout)
    assert len(rows) == 3
    assert json.loads(_run(filled, "results", "--json", "--task", "coco").stdout) == []
    out = tmp_path / "runs.csv"
    _run(filled, "results", "-o", str(out))
    assert out.read_text().startswith("key,method,task,seed,status")
    with pytest.raises(BadInput, match="no format has the suffix"):
        _run(filled, "results", "-o", str(tmp_path / "runs.xls"))


def test_results_as_parquet(filled: Store, tmp_path: Path) -> None:
    import pandas as pd

    out = tmp_path / "runs.parquet"
    _run(filled, "results", "-o", str(out))
    assert len(pd.read_parquet(out)) == 3


def test_table_from_known_runs(filled: Store, described: str, tmp_path: Path) -> None:
    figure = tmp_path / "figure.svg"
    result = _run(filled, "table", described, "--no-run", "--figure", str(figure))
    assert result.return_value == 0
    assert "91.5" in result.stdout
    assert "87.5" in result.stdout
    assert figure.read_text().startswith("<?xml")
    rows = json.loads(_run(filled, "table", described, "--json").stdout)
    assert {row["table"] for row in rows} == {
        "Doe et al., Conf 2020, main results: reported beside measured on toy answers (synthetic)",
        "Doe et al., Conf 2020, sensitivity: measured on toy answers (synthetic)",
    }


def test_table_without_runs_cannot_tell(store: Store, described: str) -> None:
    assert _run(store, "table", described, "--no-run").return_value == 5


def test_table_checks_the_figure_before_it_runs_anything(store: Store, described: str) -> None:
    with pytest.raises(BadInput, match="suffix"):
        _run(store, "table", described, "--figure", "figure.gif")
    assert store.keys() == []


def test_claims(filled: Store, described: str) -> None:
    result = _run(filled, "claims", described, "--no-run", "--json")
    assert result.return_value == 0
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    assert [row["verdict"] for row in rows] == [
        *("reproduced", "not reproduced", "reproduced", "untested"),
    ]
    for row in rows:
        assert {"paper", "claim", "verdict", "p_value", "difference"} <= row.keys()


def test_claims_that_nothing_tests_cannot_tell(store: Store) -> None:
    result = _run(store, "claims", "--no-run", "--json")
    assert result.return_value == 5
    assert {row["verdict"] for row in json.loads(result.stdout)} == {"untested"}


def test_unknown_paper(store: Store) -> None:
    with pytest.raises(UnknownName, match="unknown paper 'hard_nms'"):
        _run(store, "claims", "hard_nms")


@pytest.mark.slow
def test_claims_of_soft_nms_on_real_boxes(store: Store, shared_data: Path) -> None:
    folder = shared_data / "coco_detection" / "val2017_tiny80"
    boxes = folder / "yolox_nano_prenms_results.json.gz"
    given = ["--data", str(folder), "--detections", str(boxes)]
    result = _run(store, "claims", "soft_nms", *given, "--quiet", "--json")
    assert result.return_value == 0
    rows = {row["claim"]: row for row in json.loads(result.stdout)}
    recall = rows["Gaussian Soft-NMS has a higher recall at 100 detections than NMS at Nt = 0.3."]
    assert recall["verdict"] == "reproduced"
    assert recall["n"] == 80
    assert "val2017_tiny80" in recall["data"]
    tuned = rows["The gain in AP survives against NMS with a tuned Nt."]
    assert "no validation split" in tuned["reason"]
    again = _run(store, "claims", "soft_nms", *given, "--no-run", "--json")
    assert again.stdout == result.stdout
