"""Prompt tuning (Lester et al., 2021): a few trained vectors before the input of a frozen model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from harness.method import Run
from harness.methods.understanding._tuning import Tuning, TuningConfig

if TYPE_CHECKING:
    from torch import nn

    from harness.methods.understanding._language_model import LanguageModel


class PromptTuning(Tuning):
    """Train ``length`` vectors that stand before the embedded input; the model stays frozen.

    In an encoder-decoder they stand before the encoder's input, as in the paper. Preset ``paper``
    has its length, batch, steps and constant rate; its optimiser is Adafactor, which every
    re-implementation since, and this one, replaces by AdamW.

    The learning rate ``auto`` is a multiple of the embedding table's standard deviation: the rate of
    the paper belongs to T5, whose embeddings are large.
    """

    name = "prompt_tuning"
    title = "Prompt tuning"
    kinds = ("multiple_choice",)
    paper = (
        "Lester, Al-Rfou, Constant: The Power of Scale for Parameter-Efficient Prompt Tuning, "
        "EMNLP 2021, arXiv:2104.08691"
    )
    requires = ("lm",)
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "paper": {
            "length": 100,
            "steps": 30_000,
            "learning_rate": 0.3,
            "weight_decay": 1e-5,
            "checkpoints": 30,
        },
    }

    class Config(TuningConfig):
        """Options of prompt tuning."""

        length: int = Field(20, ge=1, description="Vectors before the input; the paper's: 100")
        init: Literal["vocabulary", "random", "uniform"] = Field(
            "vocabulary",
            description="vocabulary: embeddings of frequent tokens; random: uniform, as spread as "
            "the embedding table; uniform: in [-0.5, 0.5], the paper's",
        )
        steps: int = Field(1_000, ge=0, description="Batches in all; the paper's: 30,000")
        learning_rate: Annotated[float, Field(gt=0)] | Literal["auto"] = Field(
            "auto",
            description="Of AdamW; auto: 0.15 (decoders) or 0.3 (encoder-decoders) standard "
            "deviations of the embedding table; the paper's: 0.3",
        )

    def adapt(self, model: LanguageModel, texts: Sequence[Sequence[int]], run: Run) -> nn.Module:
        """Freeze the model and put a soft prompt before its input."""
        from harness.methods.understanding._prompts import SoftPrompt, initial_vectors

        config = self.config
        model.model.requires_grad_(False)
        vectors = initial_vectors(model, texts, config.length, config.init, run.rng("prompt"))
        prompt = SoftPrompt(vectors)
        model.prompt = prompt
        return prompt

    def rate(self, model: LanguageModel) -> float:
        """Return the learning rate for this backbone."""
        from harness.methods.understanding._prompts import suited_rate

        rate = self.config.learning_rate
        return suited_rate(model) if rate == "auto" else float(rate)
