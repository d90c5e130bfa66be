"""Detector results: the official results JSON as arrays, and back.

Format: a list of ``{"image_id", "category_id", "bbox": [x, y, w, h], "score"}``
(https://cocodataset.org/#format-results). An empty list is a valid file.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.kinds.contract import Floats
from harness.kinds.detection import Candidates, Detections
from harness.tasks.detection.annotations import GroundTruth
from harness.tasks.detection.jsonfile import Entries, read_json


@dataclass(frozen=True, slots=True)
class Results:
    """Detections of many images, grouped by image, their given order kept within one.

    Attributes:
        image: ``(n,)`` int64 index into the ground truth's images, ascending.
        category: ``(n,)`` int64 index into the ground truth's categories.
        boxes: ``(n, 4)`` float64 ``x, y, w, h`` in pixels.
        scores: ``(n,)`` float64.
    """

    image: NDArray[np.int64]
    category: NDArray[np.int64]
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of detections."""
        return len(self.scores)

    @classmethod
    def none(cls) -> Results:
        """Return the results of a detector that found nothing."""
        nothing = np.zeros(0, np.int64)
        return cls(nothing, nothing, np.zeros((0, 4)), np.zeros(0))


def xyxy_to_xywh(boxes: Floats) -> NDArray[np.float64]:
    """Return ``(n, 4)`` boxes given as two corners, as corner and size."""
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)


def xywh_to_xyxy(boxes: Floats) -> NDArray[np.float64]:
    """Return ``(n, 4)`` boxes given as corner and size, as two corners."""
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def read_results(path: Path, truth: GroundTruth, *, option: str = "--detections") -> Results:
    """Read a box results file, plain or gzipped.

    Args:
        path: The file.
        truth: The annotations it belongs to.
        option: With which option the file was named, for messages.

    Raises:
        BadInput: The file is missing, broken, breaks the format, holds masks without boxes, or
            names images or categories that ``truth`` lacks.
    """
    data = read_json(path)
    if not isinstance(data, list):
        raise BadInput(
            f"{path}: a JSON {type(data).__name__}, expected a results list of objects with "
            "image_id, category_id, bbox and score; is it an annotation file?"
        )
    entries = Entries(path, "results", data)
    boxes = entries.boxes("bbox", "write one [x, y, w, h] per result (mask results do not fit)")
    scores = entries.numbers("score", "remove the result or give it a finite score")
    fit = f"are these the results of {truth.path}? name the right file with {option}"
    image = entries.known(
        "image_id", entries.ints("image_id"), truth.image_ids, str(truth.path), fit
    )
    remap = "map the detector's labels to the ids in 'categories'"
    category = entries.known(
        "category_id", entries.ints("category_id"), truth.category_ids, str(truth.path), remap
    )
    order = np.argsort(image, kind="stable")
    return Results(
        image[order].astype(np.int64), category[order].astype(np.int64), boxes[order], scores[order]
    )


def to_candidates(results: Results, truth: GroundTruth, *, floor: float | None) -> list[Candidates]:
    """Return one :class:`Candidates` per image of ``truth``, empty ones included.

    Args:
        results: Detections on ``truth``'s images.
        truth: Gives ids and sizes.
        floor: Scores not above it are dropped; None keeps all.
    """
    keep = np.ones(len(results), bool) if floor is None else results.scores > floor
    image, scores = results.image[keep], results.scores[keep]
    boxes = xywh_to_xyxy(results.boxes[keep])
    labels = truth.category_ids[results.category[keep]]
    ends = np.searchsorted(image, np.arange(len(truth.image_ids) + 1))
    return [
        Candidates(int(i), int(w), int(h), boxes[a:b], scores[a:b], labels[a:b])
        for i, (w, h), a, b in zip(truth.image_ids, truth.sizes, ends[:-1], ends[1:], strict=True)
    ]


def from_predictions(predictions: Sequence[Detections], truth: GroundTruth) -> Results:
    """Return predictions, one per image of ``truth`` and in its order, as one table.

    Raises:
        BadInput: Their number or order is not that of the images, or a label is no category.
    """
    if [p.image_id for p in predictions] != truth.image_ids.tolist():
        raise BadInput(
            f"{len(predictions)} predictions do not match the {len(truth.image_ids)} images of "
            f"{truth.path}; return one per input, in order"
        )
    counts = [len(p) for p in predictions]
    labels = np.concatenate([p.labels for p in predictions]).astype(np.int64)
    image = np.repeat(np.arange(len(predictions)), counts)
    position = np.searchsorted(truth.category_ids, labels)
    position[position == len(truth.category_ids)] = 0
    strange = (
        truth.category_ids[position] != labels
        if len(truth.category_ids)
        else np.ones(len(labels), bool)
    )
    if strange.any():
        first = int(np.flatnonzero(strange)[0])
        raise BadInput(
            f"image {predictions[image[first]].image_id}: label {labels[first]} is no category id of "
            f"{truth.path}; copy labels from the candidates"
        )
    return Results(
        image.astype(np.int64),
        position.astype(np.int64),
        xyxy_to_xywh(np.concatenate([p.boxes for p in predictions])),
        np.concatenate([p.scores for p in predictions]).astype(np.float64),
    )


def write_results(path: Path, detections: Sequence[Candidates | Detections]) -> int:
    """Write an official results file, gzipped if the name ends in ``.gz``.

    Returns:
        The number of results written.
    """
    entries: list[dict[str, Any]] = []
    for item in detections:
        boxes, scores = xyxy_to_xywh(item.boxes).tolist(), item.scores.tolist()
        entries += [
            {"image_id": item.image_id, "category_id": label, "bbox": box, "score": score}
            for label, box, score in zip(item.labels.tolist(), boxes, scores, strict=True)
        ]
    payload = json.dumps(entries, separators=(",", ":"), allow_nan=False).encode()
    # A fixed time in the gzip header makes equal results equal files.
    path.write_bytes(gzip.compress(payload, mtime=0) if path.suffix == ".gz" else payload)
    return len(entries)
