"""Inputs for checking plug-ins, per kind: ordinary ones, and the awkward ones reality holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from harness.errors import UnknownName
from harness.kinds import Candidates, Detections

T = TypeVar("T")


def _detection(seed: int) -> list[Candidates]:
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


def _spoil_detection(inputs: Sequence[Candidates]) -> None:
    """Put a NaN where a score should be."""
    inputs[0].scores[0] = np.nan


def _answer_detection(item: Candidates) -> Detections:
    """Keep every candidate: the plainest valid prediction."""
    return Detections(item.image_id, item.boxes, item.scores, item.labels)


def _silent_detection(item: Candidates) -> Detections:
    """Detect nothing: valid, and awkward for scorers."""
    return Detections(item.image_id, np.zeros((0, 4)), np.zeros(0), np.zeros(0, dtype=np.int64))


_INPUTS: dict[str, Callable[[int], list[Any]]] = {"detection": _detection}
_SPOIL: dict[str, Callable[[Sequence[Any]], None]] = {"detection": _spoil_detection}
_ANSWERS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "detection": {"plain": _answer_detection, "silent": _silent_detection}
}


def inputs(kind: str, seed: int = 0) -> list[Any]:
    """Return fresh inputs of ``kind``; the same seed gives the same inputs.

    Raises:
        UnknownName: There are no sample inputs for this kind.
    """
    return _of(kind, _INPUTS)(seed)


def spoil(kind: str, items: Sequence[Any]) -> None:
    """Damage ``items`` in place in a way their kind forbids."""
    _of(kind, _SPOIL)(items)


def answers(kind: str) -> dict[str, Callable[[Any], Any]]:
    """Return functions from an input to a valid prediction, by name."""
    return _of(kind, _ANSWERS)


def _of(kind: str, table: dict[str, T]) -> T:
    if kind not in table:
        raise UnknownName("kind with sample inputs", kind, table)
    return table[kind]
