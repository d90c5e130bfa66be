"""Pretraining the mini language backbones on the corpus of the mini world."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from harness.backbones import architectures, vocabulary
from harness.backbones.batches import Item, batches

RATE = 2e-3
WARM_UP = 150


def make(name: str, steps: int, folder: Path) -> None:
    """Pretrain the language backbone ``name`` and save it with its tokenizer in ``folder``."""
    tokenizer = vocabulary.build()
    model = architectures.MODELS[name](tokenizer)
    train(name, model, tokenizer, steps)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def train(name: str, model: Any, tokenizer: Any, steps: int) -> None:
    """Train ``model`` in place: AdamW, constant for half of the steps, then linear to 3 %."""
    import torch
    from rich.progress import track

    optimiser = torch.optim.AdamW(
        model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda n: rate_at(n, steps))
    model.train()
    made = batches(name, tokenizer, steps)
    for batch in track(made, description=name, total=steps):
        loss = loss_of(model, batch, tokenizer.pad_token_id)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad(set_to_none=True)
    model.eval()


def rate_at(step: int, steps: int) -> float:
    """Return the learning rate of ``step`` as a share of the highest."""
    warm = min(1.0, (step + 1) / WARM_UP)
    late = max(0.0, 2 * step / steps - 1)
    return min(warm, 1 - 0.97 * late)


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
