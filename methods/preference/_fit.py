"""Fitting two towers to people's rankings, and scoring with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 (PyTorch's own convention)

from harness.errors import BadInput
from harness.kinds.preference import PromptImages, Rewards
from harness.method import Run
from harness.methods.preference._towers import Towers

Floats = NDArray[np.float64]


def pairwise_loss(scores: Sequence[Tensor], ranks: Sequence[Tensor]) -> Tensor:
    """Return the mean of -log sigmoid(better - worse) over all strict pairs within prompts.

    The loss of ImageReward (equation 1); ties teach nothing.

    Args:
        scores: ``(n,)`` float32 for each prompt, higher is better.
        ranks: ``(n,)`` for each prompt, lower is better.
    """
    margins = [(s[:, None] - s)[r[:, None] < r] for s, r in zip(scores, ranks, strict=True)]
    every = torch.cat(margins)
    # The sum of nothing, not its mean: a batch may hold ties only.
    return -F.logsigmoid(every).sum() / max(1, len(every))


def contrastive_loss(similarity: Tensor, own: Tensor) -> Tensor:
    """Return CLIP's loss in the direction from image to prompt.

    Every image is told its own prompt among those of the batch: so much is known of any image, even
    of one that people like least.

    Args:
        similarity: ``(n, b)`` scaled inner products of images and prompts.
        own: ``(n,)`` number of each image's prompt.
    """
    return F.cross_entropy(similarity, own)


def fit(
    towers: Towers,
    items: Sequence[PromptImages],
    labels: Sequence[Floats],
    run: Run,
    *,
    epochs: int,
    batch: int,
    learning_rate: float,
    contrast: float,
) -> None:
    """Train ``towers`` in place with AdamW, the rate falling from its maximum along a cosine.

    Args:
        towers: What is trained.
        items: Training prompts with their images.
        labels: ``(n,)`` ranks of each prompt's images, lower is better.
        run: For the order of the prompts, and progress.
        epochs: Passes over the prompts.
        batch: Prompts per step.
        learning_rate: Of AdamW, at its highest.
        contrast: Weight of :func:`contrastive_loss`.

    Raises:
        Unavailable: An image is not here.
        BadInput: An image cannot be decoded.
    """
    read = _reader(towers, items)
    device = next(towers.parameters()).device
    rng = run.rng("order of the training prompts")
    optimizer = torch.optim.AdamW(towers.parameters(), learning_rate, weight_decay=0.05)
    steps = epochs * -(-len(items) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, learning_rate, total_steps=max(2, steps), pct_start=0.1
    )
    towers.train()
    orders = (part for _ in range(epochs) for part in _parts(rng.permutation(len(items)), batch))
    for done, chosen in enumerate(orders):
        run.on_progress(done, steps)
        sizes = [len(items[k]) for k in chosen]
        own = torch.repeat_interleave(torch.arange(len(chosen)), torch.tensor(sizes)).to(device)
        images = towers.embed_images(torch.cat([read(k) for k in chosen]))
        prompts = towers.embed_prompts([items[k].prompt for k in chosen])
        similarity = towers.scale() * images @ prompts.T
        own_scores = similarity.gather(1, own[:, None])[:, 0]
        loss = pairwise_loss(
            torch.split(own_scores, sizes), [torch.tensor(labels[k], device=device) for k in chosen]
        )
        if contrast:
            loss = loss + contrast * contrastive_loss(similarity, own)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(towers.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    run.on_progress(steps, steps)


def score(towers: Towers, items: Sequence[PromptImages], run: Run) -> Iterator[Rewards]:
    """Yield the scaled inner products of each prompt with its images.

    Raises:
        Unavailable: An image is not here.
        BadInput: An image cannot be decoded, or a prompt has none.
    """
    towers.eval()
    for item in run.track(items):
        if not len(item):
            raise BadInput(f"prompt {item.id}: no images to score; expected at least two")
        with torch.inference_mode():
            prepared = towers.prepare([image.pixels() for image in item.images])
            prompt = towers.embed_prompts([item.prompt])[0]
            scores = towers.scale() * towers.embed_images(prepared) @ prompt
        yield Rewards(item.id, scores.cpu().numpy().astype(np.float64))


def _parts(order: NDArray[np.int64], size: int) -> Iterator[list[int]]:
    for start in range(0, len(order), size):
        yield order[start : start + size].tolist()


def _reader(towers: Towers, items: Sequence[PromptImages]) -> Callable[[int], Tensor]:
    """Return what gives a prompt's prepared images, read once if the towers keep them."""
    held: dict[int, Tensor] = {}

    def read(k: int) -> Tensor:
        if k in held:
            return held[k]
        prepared = towers.prepare([image.pixels() for image in items[k].images])
        if towers.keeps_images:
            held[k] = prepared
        return prepared

    return read
