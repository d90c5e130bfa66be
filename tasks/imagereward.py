"""ImageReward's test set (Xu et al., "ImageReward", NeurIPS 2023, arXiv 2304.05977).

Given a prompt and several generated images, a method scores the images; scored is how often it
agrees with an expert's ranking. Reads the official ``data/test.json``, plain, with the images of
``test_images.zip`` unpacked into ``test_images`` beside it (or named with ``images``). The images
are published apart from the annotations; methods that look at none run without them.

``accuracy`` is the figure that the official test.py prints: over all pairs of images of a prompt
with different ranks, the share in which the better-ranked image has the strictly greater score, all
prompts' pairs pooled. ``macro_accuracy`` is the mean over prompts of the same share, as HPSv2's
evaluator reports this test set; a prompt whose images are all tied has none and is left out.

In the official file the listed order tells something of the ranking (taking earlier images for
better gives 59.0 %), so images are shown to methods in an order of our own unless ``shuffle`` is off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from harness.kinds.preference import Rewards
from harness.task import Dataset, Download, Metric, Scores, Split
from harness.tasks.preference import pairs
from harness.tasks.preference.adapter import PreferenceTask, Ranks, check_count
from harness.tasks.preference.annotations import Reader, read_imagereward


class ImageReward(PreferenceTask):
    """Pairwise preference accuracy on rankings in ImageReward's format."""

    name: ClassVar[str] = "imagereward"
    title: ClassVar[str] = "ImageReward human preference (pairs)"
    kind: ClassVar[str] = "preference"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("pairwise_accuracy", primary=True),
        Metric("macro_accuracy"),
    )
    source: ClassVar[str] = (
        "github.com/THUDM/ImageReward, Apache-2.0: data/test.json holds 466 prompts with 2,720 "
        "ranked images; the images are test_images.zip of huggingface.co/THUDM/ImageReward. "
        "Training rankings: huggingface.co/datasets/THUDM/ImageRewardDB. Prompts and images come "
        "from DiffusionDB (CC0). The embedded mini images are our own, under this project's licence."
    )
    submission_format: ClassVar[str] = (
        'what the official test.py writes, JSON: a list of {"id", "rewards": [score per image]}; or a '
        "list with one list of scores per prompt; or csv: id,image,score. Images as test.json lists "
        "them, higher is better"
    )
    # Neither has a published checksum; the first one's address names a commit. Whether the archive's
    # own top folder is called test_images or not, the images are found.
    downloads: ClassVar[tuple[Download, ...]] = (
        Download(
            url="https://raw.githubusercontent.com/THUDM/ImageReward/"
            "c1392c6dd0fd6ecd6d416c96959ab744a6d0a8fb/data/test.json",
            name="test.json",
            licence="Apache 2.0; prompts from DiffusionDB (CC0)",
        ),
        Download(
            url="https://huggingface.co/THUDM/ImageReward/resolve/main/test_images.zip",
            name="test_images.zip",
            licence="Apache 2.0; images from DiffusionDB (CC0)",
        ),
    )
    readers: ClassVar[dict[Split, Reader]] = {"test": read_imagereward, "train": read_imagereward}
    mini_name: ClassVar[str] = "imagereward"

    def score(self, predictions: Sequence[Rewards], dataset: Dataset) -> Scores:
        """Return both accuracies and each prompt's counts of pairs.

        Raises:
            BadInput: Predictions are not one per prompt, in order, with one score per image.
        """
        import pyarrow as pa

        targets: Ranks = dataset.targets
        check_count(predictions, targets)
        counts = [
            pairs.count_pairs(ranks, out.scores)
            for ranks, out in zip(targets.ranks, predictions, strict=True)
        ]
        table = pa.table({"id": list(targets.ids), **pairs.columns(counts)})
        return Scores(
            values={
                name: pairs.value(terms(table), dataset.origin)
                for name, terms in self.sums().items()
                if terms is not None
            },
            examples=table,
            details={"pairs": pairs.totals(counts, targets.ranks)},
        )

    def sums(self) -> dict[str, pairs.Terms | None]:
        """Return the terms of both accuracies."""
        return {"pairwise_accuracy": pairs.pooled, "macro_accuracy": pairs.per_prompt}
