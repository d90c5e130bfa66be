"""Two toy tasks whose figures are fractions, as the members of a suite have them."""

from __future__ import annotations

from collections.abc import Sequence

from toys import Counting

from harness.kinds.detection import Detections
from harness.task import Dataset, Metric, Scores


class First(Counting):
    """The share of boxes kept."""

    name = "suite_toys:First"
    metrics = (Metric("share", primary=True),)

    def score(self, predictions: Sequence[Detections], dataset: Dataset) -> Scores:
        """Return the mean share, and each image's."""
        import pyarrow as pa

        found = super().score(predictions, dataset).examples
        assert found is not None
        shares = found.column("kept").to_numpy() / 100
        table = pa.table({"id": list(dataset.ids), "share": shares})
        return Scores({"share": float(shares.mean())}, table)


class Second(First):
    """The same under another name."""

    name = "suite_toys:Second"
