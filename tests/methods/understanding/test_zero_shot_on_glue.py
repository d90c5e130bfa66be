"""Zero-shot likelihood on the mini GLUE: lm-eval's own prompts take our fields."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from harness.method import Run
from harness.methods.understanding.zero_shot import ZeroShot
from harness.tasks.glue import MRPC, QNLI, RTE, SST2, CoLA


def test_scores_of_every_task(tiny_backbone: Path) -> None:
    method = ZeroShot(ZeroShot.Config(backbone=str(tiny_backbone)))
    inputs = [item for task in (CoLA, MRPC, QNLI, RTE, SST2) for item in task().load().inputs[:3]]
    found = list(method.predict(inputs, Run(seed=0)))
    assert [scores.id for scores in found] == [item.id for item in inputs]
    for scores in found:
        assert scores.scores.shape == (2,)
        assert np.isfinite(scores.scores).all()
        assert scores.scores[0] != scores.scores[1]
