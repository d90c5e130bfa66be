"""Training of the mini COCO's detector on train scenes, a few minutes on a CPU.

Targets follow FCOS with centre sampling; the score of a category is trained towards the IoU of
the predicted box with its object by the quality focal loss (Li et al. 2020, arXiv 2006.04388,
equation 5), the box by the generalised IoU (Rezatofighi et al. 2019, arXiv 1902.09630).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 (PyTorch's own convention)

from harness.tasks.mini.coco_canvas import WIDTH
from harness.tasks.mini.coco_detector import LABELS, STRIDES, Detector, as_tensor, locations
from harness.tasks.mini.coco_scenes import Scene, scenes

SIDES = ((0.0, 40.0), (28.0, 84.0), (64.0, 1e9))
"""For each level the longer sides, in pixels, of the objects it learns; neighbours share some."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the shipped weights were trained.

    Attributes:
        seed: Seed of initial weights, order and flips.
        steps: Optimiser steps.
        batch: Scenes per step.
        rate: Peak learning rate; it rises over the first tenth and falls as a cosine to zero.
        decay: Weight decay of AdamW.
        radius: Half-width of the square round an object's centre whose locations learn it, in
            strides.
    """

    seed: int = 0
    steps: int = 5500
    batch: int = 8
    rate: float = 3e-3
    decay: float = 0.02
    radius: float = 1.5


@dataclass(frozen=True, slots=True)
class Example:
    """What training keeps of a scene.

    Attributes:
        pixels: ``(h, w, 3)`` uint8.
        boxes: ``(n, 4)`` float32, ``x1, y1, x2, y2`` in pixels.
        classes: ``(n,)`` int64, index into the categories.
        crowd: ``(n,)`` bool, whether it is a crowd region.
    """

    pixels: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    classes: NDArray[np.int64]
    crowd: NDArray[np.bool_]

    @classmethod
    def of(cls, scene: Scene) -> Example:
        """Return the example that ``scene`` makes."""
        return cls(
            scene.pixels,
            scene.boxes().astype(np.float32),
            np.array([LABELS.index(label) for label in scene.labels], np.int64),
            np.array(scene.crowd, np.bool_),
        )


@dataclass(frozen=True, slots=True)
class Truth:
    """A batch's objects, padded with empty ones to the same number.

    Attributes:
        boxes: ``(b, g, 4)`` float32, ``x1, y1, x2, y2`` in pixels.
        classes: ``(b, g)`` int64, index into the categories, -1 for padding.
        crowd: ``(b, g)`` bool, whether it is a crowd region.
    """

    boxes: Tensor
    classes: Tensor
    crowd: Tensor


def truth_of(batch: Sequence[Example]) -> Truth:
    """Return the objects of ``batch``."""
    most = max(1, *(len(one.classes) for one in batch))
    boxes = np.zeros((len(batch), most, 4), np.float32)
    classes = np.full((len(batch), most), -1)
    crowd = np.zeros((len(batch), most), bool)
    for row, one in enumerate(batch):
        n = len(one.classes)
        boxes[row, :n], classes[row, :n], crowd[row, :n] = one.boxes, one.classes, one.crowd
    return Truth(torch.from_numpy(boxes), torch.from_numpy(classes), torch.from_numpy(crowd))


def assign(truth: Truth, radius: float) -> tuple[Tensor, Tensor]:
    """Decide what each location learns.

    A location may learn an object of its level's size whose box holds it and whose centre is
    within ``radius`` strides in x and y; among several it takes the one whose centre is nearest
    relative to the box's size.

    Returns:
        ``(b, n)`` int64 number of the object, -1 for background, and ``(b, n, c)`` bool: scores
        to leave alone because the location lies in a crowd region of that category.
    """
    points, strides = locations()
    spans = torch.tensor(SIDES).repeat_interleave(torch.bincount(strides.long())[list(STRIDES)], 0)
    boxes = truth.boxes[:, None]
    offset = points[:, None] - (boxes[..., :2] + boxes[..., 2:]) / 2
    size = (boxes[..., 2:] - boxes[..., :2]).clamp(min=1e-3)
    inside = (offset.abs() < size / 2).all(-1)
    near = (offset.abs() < radius * strides[:, None, None]).all(-1)
    side = size.amax(-1)
    fits = (side >= spans[:, :1]) & (side <= spans[:, 1:])
    may = inside & near & fits & ((truth.classes >= 0) & ~truth.crowd)[:, None]
    distance = (offset / size).square().sum(-1).masked_fill(~may, torch.inf)
    nearest = distance.min(-1)
    chosen = nearest.indices.masked_fill(nearest.values.isinf(), -1)
    one_hot = F.one_hot(truth.classes.clamp(min=0), len(LABELS)).bool() & truth.crowd[..., None]
    ignored = (inside[..., None] & one_hot[:, None]).any(2)
    return chosen, ignored


def overlap(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return IoU and generalised IoU of paired ``(n, 4)`` boxes."""
    inner = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0)
    outer = torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])
    areas = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1)
    union = areas - inner.prod(1)
    hull = outer.prod(1)
    iou = inner.prod(1) / union.clamp(min=1e-6)
    return iou, iou - (hull - union) / hull.clamp(min=1e-6)


def loss(logits: Tensor, boxes: Tensor, truth: Truth, radius: float) -> Tensor:
    """Return quality focal loss plus twice the generalised IoU loss, per positive location.

    The focal exponent is 1 where the paper has 2: this short a training never catches up on what
    a steeper one makes it neglect at first, telling the categories apart.
    """
    chosen, ignored = assign(truth, radius)
    image, place = torch.nonzero(chosen >= 0, as_tuple=True)
    number = chosen[image, place]
    iou, giou = overlap(boxes[image, place], truth.boxes[image, number])
    wanted = torch.zeros_like(logits)
    wanted[image, place, truth.classes[image, number]] = iou.detach()
    gap = (wanted - logits.sigmoid()).abs()
    focal = gap * F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    focal = focal.masked_fill(ignored & (wanted == 0), 0)
    return (focal.sum() + 2 * (1 - giou).sum()) / max(1, len(number))


def mirrored(images: Tensor, truth: Truth) -> tuple[Tensor, Truth]:
    """Return the batch seen in a mirror."""
    x1, y1, x2, y2 = truth.boxes.unbind(-1)
    boxes = torch.stack([WIDTH - x2, y1, WIDTH - x1, y2], -1)
    return images.flip(3), Truth(boxes, truth.classes, truth.crowd)


def train(
    recipe: Recipe | None = None,
    *,
    data: Sequence[Example] | None = None,
    report: Callable[[str], None] | None = None,
) -> Detector:
    """Return a detector trained on the train scenes.

    The random generator, the order of scenes and the number of steps are fixed, so one machine
    with one number of threads gives the same weights each time.

    Args:
        recipe: The hyper-parameters.
        data: Examples to train on instead of all train scenes.
        report: Receives a line now and then.
    """
    recipe = recipe or Recipe()
    data = [Example.of(scene) for scene in scenes("train")] if data is None else data
    rng = np.random.default_rng(recipe.seed)
    torch.manual_seed(recipe.seed)
    detector = Detector()
    detector.train()
    optimiser = torch.optim.AdamW(detector.parameters(), recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, total_steps=recipe.steps, pct_start=0.1
    )
    start, recent = time.perf_counter(), 0.0
    for step in range(1, recipe.steps + 1):
        batch = [data[k] for k in rng.choice(len(data), recipe.batch, replace=False)]
        images, truth = as_tensor(one.pixels for one in batch), truth_of(batch)
        if rng.random() < 0.5:
            images, truth = mirrored(images, truth)
        logits, boxes = detector(images)
        value = loss(logits, boxes, truth, recipe.radius)
        optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(detector.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        recent += value.item()
        if report and step % 50 == 0:
            elapsed = time.perf_counter() - start
            report(f"step {step}/{recipe.steps}  loss {recent / 50:.3f}  {elapsed:.0f} s")
            recent = 0.0
    detector.eval()
    return detector
