"""Running a suppression kernel over images: groups of one image and class, then the cap.

All candidates of several images are sorted by image and class at once and go to the kernel in one
call, so that no Python loop runs over classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.kernels._suppression import Suppressed
from harness.kinds.detection import Candidates, Detections
from harness.method import Run

BOXES_PER_CALL = 1_000_000
"""About 100 MB of arrays at a time, however many images there are."""

Suppress = Callable[[NDArray[Any], NDArray[Any], NDArray[np.int64]], Suppressed]


def suppress_per_class(
    inputs: Sequence[Candidates],
    run: Run,
    suppress: Suppress,
    *,
    score_floor: float | None,
    max_detections: int | None,
) -> Iterator[Detections]:
    """Yield each image's detections, in order of class and then of selection.

    Args:
        inputs: The images' candidates.
        run: For progress.
        suppress: ``suppress(boxes, scores, offsets)``, a kernel with its options bound.
        score_floor: Candidates whose score is not above it are left out before suppression;
            None leaves out none.
        max_detections: If more remain in an image, those with scores not below this many-th
            largest stay: ties can leave more (as in Soft-NMS's official test loop). None keeps all.

    Raises:
        BadInput: An image's arrays disagree, or a candidate is NaN, infinite or inside out.
    """
    done = 0
    for batch in _batches(inputs):
        for item in batch:
            _check(item)
        image = np.repeat(np.arange(len(batch)), [len(item) for item in batch])
        boxes = np.concatenate([item.boxes for item in batch])
        scores = np.concatenate([item.scores for item in batch])
        labels = np.concatenate([item.labels for item in batch])

        candidate = np.flatnonzero(scores > (-np.inf if score_floor is None else score_floor))
        candidate = candidate[np.lexsort((labels[candidate], image[candidate]))]
        offsets = _boundaries(image[candidate], labels[candidate])
        found = suppress(boxes[candidate], scores[candidate], offsets)

        row = candidate[found.kept]
        ends = np.searchsorted(image[row], np.arange(len(batch) + 1))
        for item, start, end in zip(batch, ends, ends[1:], strict=False):
            here, score = row[start:end], found.scores[start:end]
            keep = _highest(score, max_detections)
            yield Detections(item.image_id, boxes[here][keep], score[keep], labels[here][keep])
            done += 1
            run.on_progress(done, len(inputs))


def _check(item: Candidates) -> None:
    """Raise :class:`BadInput`, naming image and candidate, unless ``item`` is well formed."""
    n, where = len(item.scores), f"image {item.image_id}"
    if item.boxes.shape != (n, 4) or item.labels.shape != (n,):
        raise BadInput(
            f"{where}: boxes {item.boxes.shape}, scores {item.scores.shape} and labels "
            f"{item.labels.shape} do not agree; expected (n, 4), (n,) and (n,)"
        )
    finite = np.isfinite(item.scores) & np.isfinite(item.boxes).all(axis=1)
    sound = finite & (item.boxes[:, 2:] >= item.boxes[:, :2]).all(axis=1)
    if not sound.all():
        row = int(sound.argmin())
        raise BadInput(
            f"{where}, candidate {row}: box {item.boxes[row].tolist()}, score {item.scores[row]:g}; "
            "expected finite numbers, x2 >= x1 and y2 >= y1"
        )


def _batches(inputs: Sequence[Candidates]) -> Iterable[list[Candidates]]:
    """Yield runs of images of at most :data:`BOXES_PER_CALL` boxes, or of a single image."""
    batch: list[Candidates] = []
    held = 0
    for item in inputs:
        if batch and held + len(item) > BOXES_PER_CALL:
            yield batch
            batch, held = [], 0
        batch.append(item)
        held += len(item)
    if batch:
        yield batch


def _boundaries(image: NDArray[Any], label: NDArray[Any]) -> NDArray[np.int64]:
    """Return the CSR offsets of runs of equal image and label."""
    change = (image[1:] != image[:-1]) | (label[1:] != label[:-1])
    inner = np.flatnonzero(change) + 1
    ends = [0, *inner.tolist(), len(image)] if len(image) else [0]
    return np.array(ends, np.int64)


def _highest(scores: NDArray[np.float64], most: int | None) -> NDArray[np.bool_]:
    """Mark the ``most`` highest scores and all that equal the lowest of them."""
    if most is None or len(scores) <= most:
        return np.ones(len(scores), np.bool_)
    lowest: np.float64 = np.partition(scores, -most)[-most]
    return scores >= lowest
