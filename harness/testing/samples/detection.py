"""Images with clustered boxes, for checking detection methods and tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from harness.kinds.detection import Candidates, Detections


def inputs(seed: int) -> list[Candidates]:
    """Return images with clustered boxes, one empty, one single, ties and a zero-area box."""
    rng = np.random.default_rng(seed)
    images = []
    for image_id, n in enumerate((40, 0, 1, 25, 8), start=1):
        centre = rng.uniform(40, 200, (max(1, n // 5), 2))
        middle = centre[rng.integers(0, len(centre), n)] + rng.normal(0, 4, (n, 2))
        half = rng.uniform(8, 24, (n, 2))
        boxes = np.concatenate([middle - half, middle + half], axis=1)
        scores = np.round(rng.uniform(0.01, 1, n), 2)
        labels = rng.integers(1, 4, n)
        images.append(Candidates(image_id, 256, 256, boxes, scores, labels))
    images[-1].scores[:4] = 0.5
    images[-1].boxes[0, 2:] = images[-1].boxes[0, :2]
    return images


def spoil(items: Sequence[Candidates]) -> None:
    """Put a NaN where a score should be."""
    items[0].scores[0] = np.nan


def _keep_all(item: Candidates) -> Detections:
    """Keep every candidate: the plainest valid prediction."""
    return Detections(item.image_id, item.boxes, item.scores, item.labels)


def _keep_none(item: Candidates) -> Detections:
    """Detect nothing: valid, and awkward for scorers."""
    return Detections(item.image_id, np.zeros((0, 4)), np.zeros(0), np.zeros(0, dtype=np.int64))


ANSWERS: dict[str, Callable[[Candidates], Detections]] = {"plain": _keep_all, "silent": _keep_none}
