"""A CLIP-like scorer: how well an image fits its prompt, learned from people's rankings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import Field

from harness.config import Config
from harness.errors import BadInput, Unavailable
from harness.extras import how_to_install
from harness.kinds.preference import PromptImages, Rewards
from harness.method import Method, Run
from harness.task import TrainSplit

if TYPE_CHECKING:
    from harness.methods.preference._towers import Towers


class CLIPScorer(Method):
    """Score an image by the inner product of its embedding with the prompt's.

    Trained on all strict pairs of the training prompts with ImageReward's loss, -log sigmoid(better
    - worse), plus CLIP's contrastive loss within the batch. By default both towers are small and
    start from nothing, for the embedded data. With ``backbone`` they are a pretrained CLIP's, by
    default as it is (the CLIP score of ImageReward's tables), or fine-tuned with ``epochs``, as HPS
    and PickScore do. Without training data the weights stay what they were: a pretrained CLIP then
    scores as ever, the small towers at chance.
    """

    name = "clip_scorer"
    title = "CLIP-like scorer"
    kinds = ("preference",)
    paper = (
        "Radford et al., Learning Transferable Visual Models From Natural Language Supervision, "
        "ICML 2021, arXiv:2103.00020; loss of Xu et al., ImageReward, NeurIPS 2023, arXiv:2304.05977"
    )
    requires = ("vision",)
    presets = {
        "clip": {"backbone": "openai/clip-vit-large-patch14"},
    }

    class Config(Config):
        """Options of the scorer."""

        backbone: str | None = Field(
            None,
            description="Pretrained CLIP: a registered backbone, a hub name or a folder; null: small "
            "towers of ours",
        )
        epochs: int | None = Field(
            None, ge=0, description="Passes over the training prompts; null: 20, 0 for a backbone"
        )
        learning_rate: float | None = Field(
            None, gt=0, description="Highest rate of AdamW; null: 2e-3, 3e-6 for a backbone"
        )
        batch: int = Field(32, ge=1, description="Training prompts per step")
        contrast: float = Field(1.0, ge=0, description="Weight of the contrastive loss")
        size: int = Field(
            48, ge=16, le=512, multiple_of=16, description="Side of images, small towers only"
        )
        width: int = Field(96, ge=8, description="Length of embeddings, small towers only")

    _towers: Towers | None = None

    def train(self, split: TrainSplit, run: Run) -> None:
        """Build the towers and fit them to the training rankings, if there are any.

        Raises:
            Unavailable: torch, pillow, the backbone or an image is missing.
            BadInput: An image cannot be decoded.
        """
        config = self.config
        fresh = self._backbone(run) is None
        epochs = (20 if fresh else 0) if config.epochs is None else config.epochs
        with _own_randomness(run):
            self._towers = self._built(split, run)
            if split.inputs and epochs:
                from harness.methods.preference._fit import fit

                fit(
                    self._towers,
                    split.inputs,
                    split.labels,
                    run,
                    epochs=epochs,
                    batch=config.batch,
                    learning_rate=config.learning_rate or (2e-3 if fresh else 3e-6),
                    contrast=config.contrast,
                )

    def predict(self, inputs: Sequence[PromptImages], run: Run) -> Iterable[Rewards]:
        """Yield each prompt's scores.

        Raises:
            Unavailable: An image is not here.
            BadInput: An image cannot be decoded, a prompt has none, or nothing was trained.
        """
        if self._towers is None:
            raise BadInput("clip_scorer: call train before predict")
        from harness.methods.preference._fit import score

        return score(self._towers, inputs, run)

    def _backbone(self, run: Run) -> str | None:
        found: str | None = run.backbone or self.config.backbone
        return found

    def _built(self, split: TrainSplit, run: Run) -> Towers:
        config, backbone = self.config, self._backbone(run)
        if backbone is not None:
            from harness import backbones
            from harness.methods.preference._pretrained import PretrainedTowers

            return PretrainedTowers(backbones.resolve(backbone), device=run.device)
        from harness.methods.preference._towers import SmallTowers

        prompts = [item.prompt for item in split.inputs]
        return SmallTowers(prompts, size=config.size, width=config.width, device=run.device)


@contextmanager
def _own_randomness(run: Run) -> Iterator[None]:
    """Seed PyTorch's generators from the run for a while, then put their states back.

    Raises:
        Unavailable: torch is not installed.
    """
    try:
        import torch
    except ImportError:
        raise Unavailable(
            "clip_scorer needs torch: " + how_to_install(("vision",), "torch")
        ) from None
    with torch.random.fork_rng():
        torch.manual_seed(int(run.rng("weights and dropout").integers(2**63)))
        yield
