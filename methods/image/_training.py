"""Training an image classifier by the recipe of He et al. (2016), section 4.2, so that it resumes.

Every random choice of an epoch is drawn from the run's seed and the epoch's number; what is kept in
the cache at an epoch's end therefore is all that its successors need.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from harness.method import Run
from harness.paths import write_atomically

PADDING = 4


@dataclass(frozen=True, slots=True)
class Recipe:
    """The schedule and the augmentation.

    Attributes:
        iterations: Mini-batches in all.
        batch_size: Images in a mini-batch; an epoch's last one may be smaller.
        learning_rate: At the start.
        milestones: Shares of the iterations after which it is divided by ten.
        momentum: Of SGD.
        weight_decay: On all parameters.
        crop: Whether images are padded by four black pixels and cropped at random.
        flip: Whether every second image is mirrored, at random.
    """

    iterations: int
    batch_size: int
    learning_rate: float
    milestones: Sequence[float]
    momentum: float
    weight_decay: float
    crop: bool
    flip: bool

    def rate(self, iteration: int) -> float:
        """Return the learning rate of an iteration, counted from 0."""
        passed = sum(iteration >= share * self.iterations for share in self.milestones)
        return float(self.learning_rate * 0.1**passed)


@dataclass(frozen=True, slots=True)
class Normalisation:
    """Per-channel figures on the scale of 0 to 1, as ``(c,)`` tuples."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, pixels: NDArray[np.uint8], device: str) -> Tensor:
        """Return ``(n, c, h, w)`` float32 on ``device`` from ``(n, h, w, c)`` bytes."""
        x = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))).to(device)
        mean, std = (torch.tensor(v, device=device)[:, None, None] for v in (self.mean, self.std))
        return (x.float() / 255 - mean) / std


def channel_figures(pixels: NDArray[np.uint8]) -> Normalisation:
    """Return the mean and the standard deviation of each channel over all pixels of all images."""
    counts = [np.bincount(pixels[..., c].ravel(), minlength=256) for c in range(pixels.shape[-1])]
    level = np.arange(256) / 255
    means = [float((n * level).sum() / n.sum()) for n in counts]
    spread = [
        float(np.sqrt((n * (level - m) ** 2).sum() / n.sum()))
        for n, m in zip(counts, means, strict=True)
    ]
    # A channel of one value has no spread to divide by.
    return Normalisation(tuple(means), tuple(s or 1.0 for s in spread))


def augmented(
    pixels: NDArray[np.uint8], rng: np.random.Generator, *, crop: bool, flip: bool
) -> NDArray[np.uint8]:
    """Return ``(n, h, w, c)`` images, each cropped at a random place and mirrored or not."""
    n, height, width, _ = pixels.shape
    corners: NDArray[np.int64] = np.full((2, n), PADDING)
    if crop:
        corners = rng.integers(0, 2 * PADDING + 1, (2, n))
    top, left = corners
    mirrored: NDArray[np.bool_] = np.less(rng.random(n), 0.5 if flip else 0.0)
    padded = np.pad(pixels, ((0, 0), (PADDING, PADDING), (PADDING, PADDING), (0, 0)))
    across = np.arange(width)
    column = left[:, None] + np.where(mirrored[:, None], across[::-1], across)
    row = top[:, None] + np.arange(height)
    return np.asarray(padded[np.arange(n)[:, None, None], row[:, :, None], column[:, None, :]])


def train(
    network: nn.Module,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64],
    recipe: Recipe,
    normalise: Normalisation,
    run: Run,
) -> None:
    """Train ``network`` in place, from where an interrupted run of the same key left off.

    Args:
        network: On the run's device.
        pixels: ``(n, h, w, c)``.
        labels: ``(n,)`` class indices.
        recipe: How.
        normalise: From bytes to the network's input.
        run: Seed, device, progress and cache.
    """
    optimiser = torch.optim.SGD(
        network.parameters(),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
    )
    kept = run.cache / "training.pt" if run.cache is not None else None
    epoch, iteration = _restored(kept, network, optimiser)
    network.train()
    while iteration < recipe.iterations:
        rng = run.rng(f"epoch {epoch}")
        for rows in _batches(rng.permutation(len(labels)), recipe.batch_size):
            if iteration == recipe.iterations:
                break
            for group in optimiser.param_groups:
                group["lr"] = recipe.rate(iteration)
            shown = augmented(pixels[rows], rng, crop=recipe.crop, flip=recipe.flip)
            target = torch.from_numpy(labels[rows]).to(run.device)
            loss = functional.cross_entropy(network(normalise(shown, run.device)), target)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            iteration += 1
            run.on_progress(iteration, recipe.iterations)
        epoch += 1
        if kept is not None:
            _keep(kept, network, optimiser, epoch, iteration)


def _batches(order: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    for begin in range(0, len(order), size):
        yield order[begin : begin + size]


def _keep(
    path: Path, network: nn.Module, optimiser: torch.optim.SGD, epoch: int, iteration: int
) -> None:
    state: dict[str, Any] = {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "epoch": epoch,
        "iteration": iteration,
    }
    sink = io.BytesIO()
    torch.save(state, sink)
    write_atomically(path, sink.getvalue())


def _restored(path: Path | None, network: nn.Module, optimiser: torch.optim.SGD) -> tuple[int, int]:
    """Load what was kept into both; return the epochs and iterations done (none if unreadable)."""
    if path is None or not path.is_file():
        return 0, 0
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
    except Exception:  # damaged, in whatever way: training then starts afresh
        return 0, 0
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["epoch"]), int(state["iteration"])
