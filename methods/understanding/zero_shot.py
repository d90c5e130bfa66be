"""Zero-shot: choose the answer a language model finds likeliest, through lm-eval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import Field

from harness.kinds.multiple_choice import ChoiceScores, Example
from harness.method import Method, Run
from harness.methods.understanding._backbones import needing, resolve_backbone
from harness.methods.understanding._evaluation import choice_scores


class ZeroShot(Method):
    """Score every choice by its log-likelihood after the prompt, with no training at all.

    The protocol of Brown et al. (2020, section 2.4) as lm-evaluation-harness implements it: its
    prompts, its choice strings, its requests, the summed log-likelihood of blank plus choice.
    ``lm_eval.simple_evaluate`` does the work; the scores are read from its log of samples.
    """

    name = "zero_shot"
    title = "Zero-shot likelihood of a language model (lm-eval)"
    kinds = ("multiple_choice",)
    paper = "Brown et al., Language Models are Few-Shot Learners, NeurIPS 2020, arXiv:2005.14165"
    requires = ("lm",)

    class Config(Method.Config):
        """Options of the zero-shot likelihood."""

        backbone: str | None = Field(
            None,
            description="A decoder or an encoder-decoder: a registered backbone, a folder or a name on "
            "the hub; default: the mini decoder",
        )
        normalise: Literal["none", "characters"] = Field(
            "none",
            description="none: lm-eval's acc; characters: divide by the choice's length, acc_norm",
        )
        batch_size: int = Field(8, ge=1, description="Requests in a forward pass")
        dtype: Literal["float32", "bfloat16", "float16", "auto"] = Field(
            "float32", description="Number type of the weights"
        )

    def predict(self, inputs: Sequence[Example], run: Run) -> Iterable[ChoiceScores]:
        """Return the log-likelihood of each choice.

        Raises:
            BadInput: lm-eval has no prompt for a task, or an example lacks a field of its task.
            Unavailable: lm-eval or transformers is not installed, or the backbone is not to be had.
        """
        with needing(self.name, self.requires):
            found = choice_scores(
                lambda: self._model(run),
                inputs,
                per_character=self.config.normalise == "characters",
            )
        return list(run.track(found))

    def _model(self, run: Run) -> Any:
        """Return the backbone as an lm-eval model.

        Raises:
            BadInput: It is an encoder alone.
            Unavailable: It is neither on disk nor can it be fetched.
        """
        from harness.methods.understanding._language_model import LanguageModel

        return LanguageModel.load(
            resolve_backbone(run.backbone or self.config.backbone),
            device=run.device,
            batch_size=self.config.batch_size,
            dtype=self.config.dtype,
        )
