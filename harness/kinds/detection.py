"""Detection: an image's candidate boxes in, the boxes kept out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.errors import BadInput
from harness.kinds.contract import Floats, Ints, Kind


@dataclass(frozen=True, slots=True)
class Candidates:
    """One image's candidate boxes, before any suppression.

    Attributes:
        image_id: The image's id in its annotation file.
        width: Image width in pixels.
        height: Image height in pixels.
        boxes: ``(n, 4)`` float64, ``x1, y1, x2, y2`` in absolute pixels, ``x2 >= x1``, ``y2 >= y1``.
        scores: ``(n,)`` float64, one score a box, higher is surer.
        labels: ``(n,)`` int64, the category id of each box. A detector with one score per class
            appears as one entry per box and class (see :meth:`from_class_scores`).
    """

    image_id: int
    width: int
    height: int
    boxes: Floats
    scores: Floats
    labels: Ints

    def __len__(self) -> int:
        """Return the number of candidates."""
        return len(self.scores)

    @classmethod
    def from_class_scores(
        cls,
        image_id: int,
        size: tuple[int, int],
        boxes: Floats,
        class_scores: Floats,
        category_ids: Ints,
        *,
        floor: float = 1e-4,
    ) -> Candidates:
        """Expand per-class scores into one candidate per box and class above ``floor``.

        Args:
            image_id: The image's id.
            size: ``(width, height)`` in pixels.
            boxes: ``(n, 4)`` shared by all classes, or ``(n, c, 4)`` one box per class.
            class_scores: ``(n, c)``, background excluded.
            category_ids: ``(c,)`` category id of each column.
            floor: Scores not above it are dropped, as in Soft-NMS's official test loop (1e-4).
        """
        row, column = np.nonzero(class_scores > floor)
        picked = boxes[row] if boxes.ndim == 2 else boxes[row, column]
        return cls(
            image_id,
            size[0],
            size[1],
            np.asarray(picked, np.float64).reshape(-1, 4),
            np.asarray(class_scores[row, column], np.float64),
            np.asarray(category_ids, np.int64)[column],
        )


@dataclass(frozen=True, slots=True)
class Detections:
    """One image's detections after suppression: the prediction of kind ``detection``.

    Attributes:
        image_id: The image's id, as in the input.
        boxes: ``(m, 4)`` float64, ``x1, y1, x2, y2`` in absolute pixels.
        scores: ``(m,)`` float64; order does not matter to the scorer except between equal scores.
        labels: ``(m,)`` int64 category ids.
    """

    image_id: int
    boxes: Floats
    scores: Floats
    labels: Ints

    def __len__(self) -> int:
        """Return the number of detections."""
        return len(self.scores)


def _check_detection(item: Candidates, out: Detections) -> None:
    """Raise :class:`BadInput` unless ``out`` is a well-formed answer to ``item``."""
    where = f"image {item.image_id}"
    if out.image_id != item.image_id:
        raise BadInput(f"{where}: the prediction is for image {out.image_id}; keep the input order")
    m = len(out.scores)
    if out.boxes.shape != (m, 4) or out.labels.shape != (m,):
        raise BadInput(
            f"{where}: boxes {out.boxes.shape}, scores {out.scores.shape} and labels "
            f"{out.labels.shape} do not agree; expected (m, 4), (m,) and (m,)"
        )
    if not np.isfinite(out.boxes).all():
        raise BadInput(f"{where}: a predicted box is NaN or infinite")
    if not np.isfinite(out.scores).all():
        raise BadInput(f"{where}: a predicted score is NaN or infinite")


KIND = Kind("detection", Candidates, Detections, _check_detection)
