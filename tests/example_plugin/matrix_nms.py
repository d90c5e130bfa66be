"""Matrix NMS: decay all scores at once, without a sequential loop.

Wang, Zhang, Kong, Li, Shen: SOLOv2: Dynamic and Fast Instance Segmentation, NeurIPS 2020,
section 3.3, for boxes instead of masks. This is the whole of a third party's plug-in: one file, one
entry point, nothing of the harness changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from pydantic import Field

import harness.config
from harness.errors import BadInput
from harness.kinds.detection import Candidates, Detections
from harness.method import Method, Run


def matrix_nms(boxes: np.ndarray, scores: np.ndarray, sigma: float) -> np.ndarray:
    """Return the decayed scores of one class's boxes.

    The decay of box j is the least, over better boxes i, of exp(-sigma iou_ij^2) divided by
    exp(-sigma m_i^2), where m_i is the largest overlap of i with a box better than i (equation 5).

    Args:
        boxes: ``(n, 4)`` float64, x1, y1, x2, y2 in pixels.
        scores: ``(n,)`` float64.
        sigma: Steepness of the Gaussian decay; 0 leaves all scores as they are.

    Returns:
        ``(n,)`` float64 scores in the order of the input.
    """
    if len(scores) == 0:
        return scores.copy()
    order = np.argsort(-scores, kind="stable")
    overlap = np.triu(_iou(boxes[order]), k=1)
    worst_of_better = overlap.max(axis=0)
    decay = np.exp(-sigma * (overlap**2 - worst_of_better[:, None] ** 2))
    decay[np.tril_indices(len(scores))] = 1.0
    decayed = np.empty_like(scores)
    decayed[order] = scores[order] * np.minimum(1.0, decay.min(axis=0))
    return decayed


def _iou(boxes: np.ndarray) -> np.ndarray:
    """Return the ``(n, n)`` intersections over unions; 0 where the union is empty."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    union = area[:, None] + area[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


class MatrixNMS(Method):
    """Decay each score by its worst overlap with a better box, all at once."""

    name = "matrix_nms"
    title = "Matrix NMS"
    kinds = ("detection",)
    paper = "Wang et al., SOLOv2, NeurIPS 2020, arXiv:2003.10152"

    class Config(harness.config.Config):
        """Options of Matrix NMS."""

        sigma: float = Field(2.0, ge=0, description="Steepness of the decay")
        score_threshold: float = Field(
            0.001, ge=0, description="Boxes decayed below it are dropped"
        )

    def predict(self, inputs: Sequence[Candidates], run: Run) -> Iterator[Detections]:
        """Yield each image's boxes with decayed scores, class by class."""
        for image in run.track(inputs):
            if not (np.isfinite(image.boxes).all() and np.isfinite(image.scores).all()):
                raise BadInput(f"image {image.image_id}: a candidate's box or score is not finite")
            decayed = np.empty(len(image))
            for label in np.unique(image.labels):
                rows = image.labels == label
                decayed[rows] = matrix_nms(image.boxes[rows], image.scores[rows], self.config.sigma)
            kept = np.flatnonzero(decayed >= self.config.score_threshold)
            yield Detections(image.image_id, image.boxes[kept], decayed[kept], image.labels[kept])
