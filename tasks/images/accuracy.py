"""Top-k accuracy by torchmetrics."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.errors import Unavailable


def top_k_hits(
    scores: NDArray[np.float64], labels: NDArray[np.int64], k: int
) -> NDArray[np.float64]:
    """Return whether each label is among its image's ``k`` best classes, as torchmetrics judges.

    Between equal scores torch promises no order beyond the first maximum, so torchmetrics is given
    ranks: the same order, with ties broken in favour of the class that comes first. Its mean would
    be float32; the hits are exact, and their mean is left to the caller.

    Args:
        scores: ``(n, c)``, finite.
        labels: ``(n,)`` class indices.
        k: At most ``c``.

    Returns:
        ``(n,)`` of 0.0 and 1.0.

    Raises:
        Unavailable: torchmetrics or torch is not installed.
    """
    try:
        import torch
        from torchmetrics.functional.classification import multiclass_accuracy
    except ImportError as error:
        from harness.extras import how_to_install

        package = error.name or "torchmetrics"
        raise Unavailable(
            f"accuracy is scored by torchmetrics, which needs {package}: "
            f"{how_to_install(('vision',), package)}"
        ) from None
    if not len(labels):
        return np.zeros(0)
    best_first = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty(scores.shape, np.float64)
    np.put_along_axis(ranks, best_first, np.arange(scores.shape[1], 0.0, -1.0)[None], axis=1)
    hits = multiclass_accuracy(
        torch.from_numpy(ranks)[:, :, None],
        torch.from_numpy(np.asarray(labels, np.int64))[:, None],
        num_classes=scores.shape[1],
        top_k=k,
        average="micro",
        multidim_average="samplewise",
    )
    return np.asarray(hits.numpy(), np.float64)
