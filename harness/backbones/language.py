"""Pretraining the mini language backbones on the corpus of the mini world."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.backbones import architectures, vocabulary
from harness.backbones.batches import Item, Weights, batches
from harness.tasks.mini.corpus import Phase

RATE = 2e-3
WARM_UP = 150


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of training with an optimiser of its own.

    Attributes:
        phases: Phases of the corpus with their steps, multiples of eight.
        decay: Whether the rate falls, from half of the stage on, to 3 % of the highest.
        weights: What the loss of a token counts.
    """

    phases: tuple[tuple[Phase, int], ...]
    decay: bool
    weights: Weights = Weights()

    @property
    def steps(self) -> int:
        """Return the steps of all phases."""
        return sum(steps for _, steps in self.phases)

    def rate(self, step: int) -> float:
        """Return the learning rate of ``step``, from 0, as a share of the highest."""
        late = max(0.0, 2 * step / self.steps - 1) if self.decay else 0.0
        return min((step + 1) / WARM_UP, 1 - 0.97 * late)


STAGES: dict[str, tuple[Stage, ...]] = {
    "mini_decoder": (
        Stage((("dense", 5_000), ("mixed", 3_000)), decay=False),
        Stage((("drill", 6_000),), decay=True, weights=Weights(prompt=0.01, plain=0.1)),
    ),
    "mini_encoder": (Stage((("dense", 1_000), ("mixed", 800), ("drill", 1_200)), decay=True),),
    "mini_t5": (
        Stage((("dense", 5_504), ("mixed", 2_496)), decay=False),
        Stage((("drill", 8_000),), decay=True),
    ),
}


def make(name: str, folder: Path, stages: Sequence[Stage] = ()) -> None:
    """Pretrain the language backbone ``name`` and save it with its tokenizer in ``folder``.

    Args:
        name: A key of :data:`STAGES`.
        folder: Where it goes.
        stages: Instead of the shipped model's.
    """
    tokenizer = vocabulary.build()
    model = architectures.MODELS[name](tokenizer)
    for number, stage in enumerate(stages or STAGES[name]):
        train(name, model, tokenizer, stage, number)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def train(name: str, model: Any, tokenizer: Any, stage: Stage, number: int) -> None:
    """Train ``model`` in place through ``stage``, the ``number``-th, with AdamW."""
    import torch
    from rich.progress import track

    optimiser = torch.optim.AdamW(
        model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, stage.rate)
    model.train()
    made = batches(
        name,
        tokenizer,
        stage.phases,
        stage.weights,
        f"pretraining{' ' * bool(number)}{number or ''}",
    )
    for batch in track(made, description=f"{name} {number + 1}", total=stage.steps):
        loss = loss_of(model, batch, tokenizer.pad_token_id)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad(set_to_none=True)
    model.eval()


def loss_of(model: Any, batch: list[Item], pad: int) -> Any:
    """Return the weighted mean cross-entropy of the targets, a scalar tensor."""
    import torch
    from torch.nn.functional import cross_entropy

    target, weights = (
        _padded([i.target for i in batch], pad),
        _padded([i.weights for i in batch], 0.0),
    )
    if model.config.is_encoder_decoder:
        source = _padded([i.source for i in batch], pad)
        logits = model(
            input_ids=source,
            attention_mask=(source != pad).long(),
            decoder_input_ids=_shifted(target, pad),
        ).logits
    elif batch[0].source:
        source = _padded([i.source for i in batch], pad)
        logits = model(input_ids=source, attention_mask=(source != pad).long()).logits
    else:
        # Padding stands on the right, where no token that counts can see it.
        logits = model(input_ids=target[:, :-1], use_cache=False).logits
        target, weights = target[:, 1:], weights[:, 1:]
    counted = weights > 0
    losses = cross_entropy(logits[counted], target[counted], reduction="none")
    assert math.isfinite(float(losses.detach().sum()))
    return torch.dot(losses, weights[counted]) / weights.sum()


def _padded(rows: list[list[Any]], fill: Any) -> Any:
    import torch

    length = max(map(len, rows))
    return torch.tensor([[*row, *[fill] * (length - len(row))] for row in rows])


def _shifted(target: Any, start: int) -> Any:
    import torch

    return torch.cat([torch.full_like(target[:, :1], start), target[:, :-1]], dim=1)
