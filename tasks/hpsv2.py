"""HPDv2's test set, by HPSv2's rule (Wu et al., "Human Preference Score v2", arXiv 2306.09341).

Given a prompt and the images that several generators made for it, a method scores the images.
Reads the official ``test.json`` of HPDv2, with the images in ``test`` beside it (or named with
``images``), and ``train.json`` for methods that learn. The ranks are averages over annotators.

``ranking_accuracy`` is what the official evaluator prints (``evaluate_rank``): per prompt one minus
the share of discordant pairs among all pairs, averaged over prompts; people's ties count as right.
``accuracy`` is ImageReward's rule, stricter on ties: over pairs with different ranks, the share in
which the better-ranked image has the strictly greater score, all prompts' pairs pooled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from harness.kinds.preference import Rewards
from harness.task import Dataset, Download, Metric, Scores, Split
from harness.tasks.preference import pairs
from harness.tasks.preference.adapter import PreferenceTask, Ranks, check_count
from harness.tasks.preference.annotations import Reader, read_hpd_test, read_hpd_train


class HPSv2(PreferenceTask):
    """Agreement with averaged rankings in HPDv2's format."""

    name: ClassVar[str] = "hpsv2"
    title: ClassVar[str] = "HPDv2 human preference (rankings)"
    kind: ClassVar[str] = "preference"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("ranking_accuracy", primary=True),
        Metric("pairwise_accuracy"),
    )
    source: ClassVar[str] = (
        "huggingface.co/datasets/ymhao/HPDv2, Apache-2.0: test.json and the images of test; "
        "train.json holds 798k pairwise choices. The embedded mini images are our own, under this "
        "project's licence."
    )
    submission_format: ClassVar[str] = (
        "JSON: one list per prompt of test.json, in its order, with a score per image, higher is "
        "better (whole numbers that permute 0, 1, ... in every list are positions, 0 the best, as the "
        'official logs/hps_rank.json has them); or a list of {"id", "rewards"}, or csv: '
        "id,image,score, the id being the prompt's place, 000000 the first"
    )
    positions_submitted: ClassVar[bool] = True
    # The hub's plain addresses; the owners publish no checksums.
    downloads: ClassVar[tuple[Download, ...]] = tuple(
        Download(
            url=f"https://huggingface.co/datasets/ymhao/HPDv2/resolve/main/{name}",
            name=name,
            licence="Apache 2.0",
        )
        for name in ("test.json", "test.tar.gz")
    )
    readers: ClassVar[dict[Split, Reader]] = {"test": read_hpd_test, "train": read_hpd_train}
    mini_name: ClassVar[str] = "hpsv2"

    def score(self, predictions: Sequence[Rewards], dataset: Dataset) -> Scores:
        """Return both figures, and each prompt's ranking accuracy and counts of pairs.

        Raises:
            BadInput: Predictions are not one per prompt, in order, with one score per image.
        """
        import pyarrow as pa

        targets: Ranks = dataset.targets
        check_count(predictions, targets)
        answered = list(zip(targets.ranks, predictions, strict=True))
        counts = [pairs.count_pairs(ranks, out.scores) for ranks, out in answered]
        agreement = np.array([pairs.ranking_accuracy(ranks, out.scores) for ranks, out in answered])
        columns = {"ranking_accuracy": agreement, **pairs.columns(counts)}
        table = pa.table({"id": list(targets.ids), **columns})
        return Scores(
            values={
                "ranking_accuracy": float(agreement.mean()),
                "pairwise_accuracy": pairs.value(pairs.pooled(table), dataset.origin),
            },
            examples=table,
            details={"pairs": pairs.totals(counts, targets.ranks)},
        )

    def sums(self) -> dict[str, pairs.Terms | None]:
        """Return the terms of the pooled accuracy; the ranking accuracy is a mean over prompts."""
        return {"ranking_accuracy": None, "pairwise_accuracy": pairs.pooled}
