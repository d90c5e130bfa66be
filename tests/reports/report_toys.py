"""A toy task and method whose records the report tests write by hand.

They are named by direct target (``report_toys:Answers``), as a plug-in in somebody's working folder
would be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

import harness.config
from harness.kinds.detection import Candidates, Detections
from harness.method import Method, Run
from harness.task import Dataset, Metric, Scores, Task


class Answers(Task):
    """Questions answered right or wrong, and how long each took."""

    name = "answers"
    title = "Toy answers"
    kind = "detection"
    metrics = (
        Metric("accuracy", primary=True),
        Metric("latency", unit="ms", higher_is_better=False),
        Metric("rare"),
    )

    class Config(harness.config.Config):
        """Options of the toy task."""

        data: Path | None = None
        only: str | None = None

    def files(self) -> Sequence[Path]:
        """Return the data file, if any."""
        return [self.config.data] if self.config.data else []

    def load(self, split: str = "test") -> Dataset:
        """Return one empty image."""
        none = Candidates(0, 8, 8, *_no_boxes())
        return Dataset([none], ["0"], None, "toy answers", mini=True)

    def score(self, predictions: Sequence[Any], dataset: Dataset) -> Scores:
        """Return perfect scores."""
        table = pa.table({"id": list(dataset.ids), "accuracy": [1.0], "latency": [2.0]})
        return Scores({"accuracy": 1.0, "latency": 2.0}, table)


class Steady(Method):
    """Has options, and no behaviour worth a test."""

    name = "steady"
    title = "Toy method"
    kinds = ("detection",)

    class Config(harness.config.Config):
        """Options of the toy method."""

        strength: float = 0.5
        mode: Literal["soft", "hard"] = "soft"

    def predict(self, inputs: Sequence[Candidates], run: Run) -> Iterable[Detections]:
        """Return no boxes."""
        return [Detections(item.image_id, *_no_boxes()) for item in inputs]


def _no_boxes() -> tuple[Any, Any, Any]:
    import numpy as np

    return np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64)
