from __future__ import annotations

import numpy as np
import pytest

from harness.tasks.ranking.benchmark import fastest, main, synthetic


def test_synthetic_data_are_whole_and_seeded() -> None:
    run, qrels = synthetic(50, 20, np.random.default_rng(3))
    assert len(run) == 1000
    assert all(len(set(run.docs.to_pylist()[run.rows(q)])) == 20 for q in range(50))
    assert all(len(set(qrels.docs.to_pylist()[qrels.rows(q)])) > 0 for q in range(50))
    assert (np.diff(qrels.offsets) > 0).all()
    again, _ = synthetic(50, 20, np.random.default_rng(3))
    assert np.array_equal(again.values, run.values)


def test_the_fastest_call_counts() -> None:
    seconds, result = fastest(lambda: 7, 3)
    assert seconds >= 0
    assert result == 7


def test_the_command_compares_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pytrec_eval")
    assert main(["--queries", "50", "--depth", "30", "--repeats", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split("  ")[0] for line in lines]
    assert names[1:5] == ["pytrec_eval", "columnar", "predictions", "predictions, reordered"]
    assert lines[-1].split() == ["figures", "that", "differ", "0", "of", "250"]
