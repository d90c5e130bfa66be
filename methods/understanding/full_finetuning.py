"""Full fine-tuning: every weight of a pretrained model is trained on the task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from harness.kinds.multiple_choice import ChoiceScores, Example
from harness.method import Run
from harness.methods.understanding._backbones import architecture, needing, resolve_backbone
from harness.methods.understanding._tuning import Tuning, TuningConfig
from harness.task import TrainSplit

if TYPE_CHECKING:
    from torch import nn

    from harness.methods.understanding._language_model import LanguageModel


class FullFinetuning(Tuning):
    """Train all weights, on lm-eval's prompts, and have lm-eval score the result.

    Decoders and encoder-decoders learn the tokens of the right answer ("model tuning" in Lester et
    al., 2021), or with ``objective=choices`` to choose. An encoder gets a head on its first token,
    as in GLUE, SuperGLUE and jiant practice (see :mod:`._encoder_head`), and lm-eval's prompts have
    no part in it. With ``steps=0`` a language model is left as it is: the zero-shot figures.

    Defaults are for the mini backbones. Large pretrained models want a smaller rate: 1e-5 to 5e-5
    for encoders (Devlin et al., 2019, appendix A.3).
    """

    name = "full_finetuning"
    title = "Full fine-tuning"
    kinds = ("multiple_choice",)
    paper = (
        "The 'model tuning' baseline of Lester, Al-Rfou, Constant: The Power of Scale for "
        "Parameter-Efficient Prompt Tuning, EMNLP 2021, arXiv:2104.08691"
    )
    requires = ("lm",)
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "bert": {
            "learning_rate": 2e-5,
            "schedule": "linear",
            "weight_decay": 0.01,
            "steps": 3_000,
        },
    }

    class Config(TuningConfig):
        """Options of full fine-tuning."""

        learning_rate: float = Field(1e-3, gt=0, description="Of AdamW, at the start")
        schedule: Literal["constant", "linear"] = Field(
            "linear", description="Of the learning rate; linear: falling to zero at the end"
        )
        max_length: int = Field(
            512, ge=8, description="Tokens an encoder reads; a language model reads all it can"
        )

    def adapt(self, model: LanguageModel, texts: Sequence[Sequence[int]], run: Run) -> nn.Module:
        """Return the whole model."""
        network: nn.Module = model.model
        return network.requires_grad_(True)

    def train(self, split: TrainSplit, run: Run) -> None:
        """Train on the split, and keep the best checkpoint on the part of it that is held out.

        Raises:
            BadInput: Examples or labels are malformed, there is no template for the task, or the
                loss is no longer finite.
            Unavailable: A package is missing, or the backbone is not to be had.
        """
        if not split.inputs or not self._is_encoder(run):
            super().train(split, run)
            return
        from harness.methods.understanding._encoder_head import fitted

        self.progress = None
        rate = float(self.config.learning_rate)
        self.progress = fitted(
            self._name(run), split, self.recipe(rate), self.config.held_out, self._reading(), run
        )

    def predict(self, inputs: Sequence[Example], run: Run) -> Iterable[ChoiceScores]:
        """Return the log-likelihood of each choice, or an encoder's logits.

        Raises:
            BadInput: There is no template for a task, or an example lacks a field of its task.
            Unavailable: A package is missing, or the backbone is not to be had.
        """
        if not inputs or not self._is_encoder(run):
            return super().predict(inputs, run)
        from harness.methods.understanding._encoder_head import predicted

        learned = self.progress.best if self.progress is not None else None
        return list(run.track(predicted(self._name(run), inputs, learned, self._reading(), run)))

    def _is_encoder(self, run: Run) -> bool:
        with needing(self.name, self.requires):
            return architecture(self._name(run)) == "encoder"

    def _name(self, run: Run) -> str:
        return resolve_backbone(run.backbone or self.config.backbone)

    def _reading(self) -> Any:
        from harness.methods.understanding._encoder_head import Reading

        return Reading(self.config.max_length, self.config.batch_size)
