"""What every reranker asks of its inputs before it ranks anything."""

from __future__ import annotations

import numpy as np

from harness.errors import BadInput
from harness.kinds.reranking import CandidateList


def check(item: CandidateList, *, texts: bool = False) -> CandidateList:
    """Return ``item`` if its parts agree.

    Args:
        item: A query with candidates.
        texts: Whether the method reads the passages.

    Raises:
        BadInput: Texts or scores are not one per candidate, a score is NaN or infinite, or there are
            no texts where the method reads them.
    """
    where = f"query {item.query_id}"
    if texts and item.texts is None:
        raise BadInput(f"{where}: this method needs passage texts; give the task a collection")
    if item.texts is not None and len(item.texts) != len(item):
        raise BadInput(f"{where}: {len(item.texts)} texts for {len(item)} candidates")
    if item.scores is not None:
        if np.shape(item.scores) != (len(item),):
            raise BadInput(
                f"{where}: first-stage scores of shape {np.shape(item.scores)} for "
                f"{len(item)} candidates"
            )
        if not np.isfinite(item.scores).all():
            raise BadInput(f"{where}: a first-stage score is NaN or infinite; expected numbers")
    return item
