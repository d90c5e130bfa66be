from __future__ import annotations

import numpy as np
import pytest

from harness.tasks.detection.benchmark import fastest, main, synthetic


def test_synthetic_data_are_whole_and_seeded() -> None:
    truth, predictions = synthetic(20, 300, np.random.default_rng(3))
    assert sum(map(len, predictions)) == 300
    assert [p.image_id for p in predictions] == truth.image_ids.tolist()
    assert (np.diff(truth.image) >= 0).all()
    assert all((p.boxes[:, 2:] > p.boxes[:, :2]).all() for p in predictions)
    again, _ = synthetic(20, 300, np.random.default_rng(3))
    assert np.array_equal(again.boxes, truth.boxes)


def test_the_fastest_call_counts() -> None:
    seconds, result = fastest(lambda: 7, 3)
    assert seconds >= 0
    assert result == 7


def test_the_command_reports_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--images", "20", "--detections", "300", "--resamples", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split("  ")[0] for line in lines]
    for name in ("pycocotools", "matching", "matches kept", "AP resampled", "paired"):
        assert name in names
