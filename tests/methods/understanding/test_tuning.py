"""Full fine-tuning and prompt tuning, of decoders, encoder-decoders and encoders."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.config import build
from harness.errors import BadInput, Unavailable
from harness.kinds.multiple_choice import KIND, Example
from harness.method import Method, Run
from harness.methods.understanding.full_finetuning import FullFinetuning
from harness.methods.understanding.prompt_tuning import PromptTuning
from harness.methods.understanding.zero_shot import ZeroShot
from harness.task import TrainSplit
from harness.tasks.superglue import CB, COPA, MultiRC, ReCoRD
from harness.testing import check_method

RUN = Run(seed=0)
BOTH = [FullFinetuning, PromptTuning]


def made(cls: type[Method], backbone: Path, **options: Any) -> Any:
    values = {"backbone": str(backbone), **options}
    return cls(build(cls.Config, values, owner=f"method {cls.name}"))


def scores(method: Method, items: Any, run: Run = RUN) -> Any:
    found = list(method.predict(items, run))
    for item, out in zip(items, found, strict=True):
        KIND.check(item, out)
    return np.concatenate([out.scores for out in found])


def right(method: Method, split: TrainSplit) -> float:
    chosen = [out.choice for out in method.predict(split.inputs, RUN)]
    return float(np.mean(np.array(chosen) == split.labels))


class TinyFull(FullFinetuning):
    """Full fine-tuning with the tiny backbone as its default."""

    def __init__(self, config: Any = None) -> None:
        super().__init__(config or self.Config(backbone=os.environ["TINY_BACKBONE"]))


class TinyPrompt(PromptTuning):
    """Prompt tuning with the tiny backbone as its default."""

    def __init__(self, config: Any = None) -> None:
        super().__init__(config or self.Config(backbone=os.environ["TINY_BACKBONE"]))


@pytest.mark.slow
@pytest.mark.parametrize("cls", [TinyFull, TinyPrompt])
def test_the_contract(
    cls: type[Method], tiny_backbone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_BACKBONE", str(tiny_backbone))
    check_method(cls)


def test_no_steps_are_zero_shot(either: Path, sixteen: TrainSplit) -> None:
    full = made(FullFinetuning, either, steps=0)
    full.train(sixteen, RUN)
    zero = made(ZeroShot, either, batch_size=32)
    np.testing.assert_array_equal(scores(full, sixteen.inputs), scores(zero, sixteen.inputs))


@pytest.mark.parametrize("objective", ["tokens", "choices"])
def test_sixteen_examples_are_learnt_by_heart(
    either: Path, sixteen: TrainSplit, objective: str
) -> None:
    options = {"steps": 250, "learning_rate": 0.01, "held_out": 0, "objective": objective}
    full = made(FullFinetuning, either, **options)
    assert right(full, sixteen) < 1
    full.train(sixteen, RUN)
    assert right(full, sixteen) == 1
    assert len(full.progress.losses) == 250


@pytest.mark.parametrize("cls", BOTH)
def test_the_seed_decides(cls: type[Method], tiny_backbone: Path, sixteen: TrainSplit) -> None:
    def after(seed: int) -> Any:
        method = made(cls, tiny_backbone, steps=12, batch_size=4)
        method.train(sixteen, Run(seed))
        return scores(method, sixteen.inputs, Run(seed))

    np.testing.assert_array_equal(after(3), after(3))
    assert not np.array_equal(after(3), after(4))


def test_only_the_prompt_is_trained(either: Path, sixteen: TrainSplit) -> None:
    import torch

    prompt = made(PromptTuning, either, steps=15, length=5, held_out=0.5)
    model = prompt._backbone(RUN)
    before = {name: value.clone() for name, value in model.model.state_dict().items()}
    prompt._backbone = lambda run: model
    prompt.train(sixteen, RUN)
    for name, value in model.model.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert list(prompt.progress.best) == ["vectors"]
    assert prompt.progress.best["vectors"].shape == (5, 32)


def test_prompts_learn(either: Path, sixteen: TrainSplit) -> None:
    prompt = made(PromptTuning, either, steps=120, held_out=0)
    prompt.train(sixteen, RUN)
    # All sixteen are one batch, and what a prompt can do with weights that know nothing is little.
    assert prompt.progress.losses[-1] < prompt.progress.losses[0] - 0.05
    twin = pickle.loads(pickle.dumps(prompt))
    np.testing.assert_array_equal(scores(prompt, sixteen.inputs), scores(twin, sixteen.inputs))


def test_a_prompt_has_a_length(tiny_backbone: Path) -> None:
    with pytest.raises(BadInput, match="length = 0 is not valid"):
        made(PromptTuning, tiny_backbone, length=0)
    for rate in (0, -1, "fast"):
        with pytest.raises(BadInput, match="learning_rate"):
            made(PromptTuning, tiny_backbone, learning_rate=rate)


@pytest.mark.parametrize("task", [CB, COPA, MultiRC, ReCoRD])
def test_choices_of_every_form(tiny_backbone: Path, task: Any) -> None:
    split = task().train_split()
    few = TrainSplit(split.inputs[:12], split.labels[:12])
    for objective in ("tokens", "choices"):
        method = made(PromptTuning, tiny_backbone, steps=2, objective=objective, length=2)
        method.train(few, RUN)
        assert len(method.progress.figures) == 2
    scores(method, few.inputs[:3])


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("label", [2, -1, 0.5, "yes", None])
def test_a_label_that_is_no_choice(
    cls: type[Method], tiny_backbone: Path, sixteen: TrainSplit, label: Any
) -> None:
    split = TrainSplit(sixteen.inputs, [*sixteen.labels[:-1], label])
    with pytest.raises(BadInput, match=r"training example 15: the label is .*from 0 to 1"):
        made(cls, tiny_backbone).train(split, RUN)


def test_labels_too_few(tiny_backbone: Path, sixteen: TrainSplit) -> None:
    with pytest.raises(BadInput, match="15 labels for 16 training examples"):
        made(FullFinetuning, tiny_backbone).train(
            TrainSplit(sixteen.inputs, sixteen.labels[1:]), RUN
        )


def test_a_rating_has_no_likelihood(tiny_backbone: Path) -> None:
    split = TrainSplit([Example("7", "glue/stsb", {"sentence1": "a", "sentence2": "b"}, ())], [2.5])
    with pytest.raises(BadInput, match=r"training example 7 of glue/stsb .* asks for a number"):
        made(FullFinetuning, tiny_backbone).train(split, RUN)


def test_an_encoder_takes_no_prompt(tiny_encoder: Path, sixteen: TrainSplit) -> None:
    with pytest.raises(BadInput, match="is an encoder"):
        made(PromptTuning, tiny_encoder).train(sixteen, RUN)


@pytest.mark.parametrize("cls", BOTH)
def test_a_backbone_that_is_not_there(
    cls: type[Method], tmp_path: Path, sixteen: TrainSplit
) -> None:
    pytest.importorskip("lm_eval")
    with pytest.raises(Unavailable, match="--backbone DIR"):
        made(cls, tmp_path).train(sixteen, RUN)
