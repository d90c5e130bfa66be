"""What methods share that train something of a language model and are scored by lm-eval."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from harness.config import Config
from harness.kinds.multiple_choice import ChoiceScores, Example
from harness.method import Method, Run
from harness.methods.understanding._backbones import needing, resolve_backbone
from harness.methods.understanding._evaluation import choice_scores
from harness.task import TrainSplit

if TYPE_CHECKING:
    from torch import nn

    from harness.methods.understanding._language_model import LanguageModel
    from harness.methods.understanding._training import Progress


class TuningConfig(Config):
    """Options of training on the examples of one task."""

    backbone: str | None = Field(
        None,
        description="A pretrained model: a registered backbone, a folder or a name on the hub; "
        "default: the mini decoder",
    )
    objective: Literal["tokens", "choices"] = Field(
        "tokens",
        description="tokens: cross-entropy of the right answer's tokens, as in T5 and Lester et al.; "
        "choices: of the right answer among the answers",
    )
    steps: int = Field(300, ge=0, description="Batches in all")
    batch_size: int = Field(32, ge=1, description="Examples in a batch")
    learning_rate: Annotated[float, Field(gt=0)] | Literal["auto"] = Field(
        1e-3, description="Of AdamW"
    )
    schedule: Literal["constant", "linear"] = Field(
        "constant", description="Of the learning rate; linear: falling to zero at the end"
    )
    weight_decay: float = Field(0.0, ge=0, description="Of AdamW")
    held_out: float = Field(
        0.2,
        ge=0,
        lt=1,
        description="Share of the training split, at most 1,000 examples, that chooses the "
        "checkpoint; 0: the last one is kept",
    )
    checkpoints: int = Field(10, ge=1, description="Evaluations on the held-out examples")
    dtype: Literal["float32", "bfloat16"] = Field(
        "float32", description="Number type of the weights"
    )


class Tuning(Method):
    """Trains what :meth:`adapt` makes trainable, and has lm-eval score the result.

    After training the method holds the trained tensors alone; the backbone is loaded again for
    predicting. Without training data nothing is trained.

    Attributes:
        progress: Losses and held-out figures of the last training, or None.
    """

    kinds = ("multiple_choice",)
    requires = ("lm",)

    class Config(TuningConfig):
        """Options of the method; methods change defaults and add fields."""

    def __init__(self, config: Config | None = None) -> None:
        super().__init__(config)
        self.progress: Progress | None = None

    @abstractmethod
    def adapt(self, model: LanguageModel, texts: Sequence[Sequence[int]], run: Run) -> nn.Module:
        """Put into ``model`` what is to be learnt, and freeze what is not.

        Args:
            model: The backbone as it was pretrained.
            texts: Tokens of the training texts, to initialise from; empty where none are known.
            run: Seed and device.

        Returns:
            A module whose parameters with ``requires_grad`` are trained.
        """

    def rate(self, model: LanguageModel) -> float:
        """Return the learning rate for this backbone."""
        return float(self.config.learning_rate)

    def train(self, split: TrainSplit, run: Run) -> None:
        """Train on the split, and keep the best checkpoint on the part of it that is held out.

        Raises:
            BadInput: Examples or labels are malformed, lm-eval has no prompt for the task, or the
                loss is no longer finite.
            Unavailable: A package is missing, or the backbone is not to be had.
        """
        self.progress = None
        if not split.inputs:
            return
        with needing(self.name, self.requires):
            self.progress = self._fitted(split, run)

    def _fitted(self, split: TrainSplit, run: Run) -> Progress:
        from harness.methods.understanding import _objectives, _training
        from harness.methods.understanding._requests import requests_of
        from harness.methods.understanding._splitting import held_out

        gold = _objectives.gold_of(split)
        requests = requests_of(split.inputs)
        model = self._backbone(run)
        trained, out = held_out(split.inputs, self.config.held_out, run)
        loss = _objectives.OBJECTIVES[self.config.objective](
            model, [requests[n] for n in trained], [gold[n] for n in trained]
        )
        learner = self.adapt(model, loss.texts(), run)
        problem = _training.Problem(
            learner=learner,
            body=model.model,
            lengths=loss.lengths(),
            loss=loss,
            judge=_objectives.judge(model, [requests[n] for n in out], [gold[n] for n in out]),
        )
        return _training.fit(problem, self.recipe(self.rate(model)), run)

    def recipe(self, rate: float) -> Any:
        """Return the schedule these options ask for, with the learning rate ``rate``."""
        from harness.methods.understanding._training import Recipe

        config = self.config
        return Recipe(
            steps=config.steps,
            batch_size=config.batch_size,
            learning_rate=rate,
            schedule=config.schedule,
            weight_decay=config.weight_decay,
            checkpoints=config.checkpoints,
        )

    def predict(self, inputs: Sequence[Example], run: Run) -> Iterable[ChoiceScores]:
        """Return the log-likelihood of each choice, as lm-eval computes it.

        Raises:
            BadInput: lm-eval has no prompt for a task, or an example lacks a field of its task.
            Unavailable: A package is missing, or the backbone is not to be had.
        """
        with needing(self.name, self.requires):
            found = choice_scores(lambda: self._tuned(run), inputs)
        return list(run.track(found))

    def _tuned(self, run: Run) -> LanguageModel:
        """Return the backbone with what was learnt."""
        from harness.methods.understanding._training import restore

        model = self._backbone(run)
        learner = self.adapt(model, (), run)
        if self.progress is not None:
            restore(learner, self.progress.best)
        return model

    def _backbone(self, run: Run) -> LanguageModel:
        from harness.methods.understanding._language_model import LanguageModel

        return LanguageModel.load(
            resolve_backbone(run.backbone or self.config.backbone),
            device=run.device,
            batch_size=self.config.batch_size,
            dtype=self.config.dtype,
        )
