"""The mini COCO's detector: a small convolutional network, and the candidate boxes it gives.

It is anchor-free, like FCOS (Tian et al. 2019, arXiv 1904.01355): every location of three feature
levels (strides 4, 8, 16) predicts one box and one score per category, so an object comes with
many jittered duplicates, as real detectors give them before suppression. Trained on train scenes
by :mod:`harness.tasks.mini.coco_training`; its weights are shipped, in half precision.

    python -m harness.tasks.mini.coco_detector --out DIR                    # train, then candidates
    python -m harness.tasks.mini.coco_detector --out DIR --candidates-only  # from shipped weights
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (PyTorch's own convention)

from harness.errors import BadInput
from harness.task import Split
from harness.tasks.mini import coco_files
from harness.tasks.mini.coco_canvas import CATEGORY_IDS, HEIGHT, WIDTH
from harness.tasks.mini.coco_scenes import (
    SHIPPED,
    Scene,
    mini_coco_folder,
    scenes,
)

STRIDES = (4, 8, 16)
LABELS = tuple(CATEGORY_IDS.values())
WEIGHTS_NAME = "detector_weights.npz"

SCORE_FLOOR = 0.005
"""Candidates not above it are dropped."""

MOST_CANDIDATES = 200
"""At most so many candidates an image are kept, those with the highest scores."""


def _unit(fan_in: int, out: int, stride: int = 1) -> nn.Sequential:
    """Return a 3 by 3 convolution with normalisation and activation."""
    return nn.Sequential(
        nn.Conv2d(fan_in, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.SiLU()
    )


def _head_unit(width: int) -> nn.Sequential:
    """Return what :func:`_unit` does, for a head that all levels share.

    Groups are normalised within one level of one image, as in FCOS: running averages over levels
    would fit none of them when the network is used.
    """
    return nn.Sequential(
        nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.GroupNorm(8, width), nn.SiLU()
    )


class _Residual(nn.Module):
    """Two convolutions and a way round them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_unit(width, width), _unit(width, width))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.body(x)
        return out


class Detector(nn.Module):
    """A residual backbone, a feature pyramid and one head for all its levels (0.3 M parameters)."""

    def __init__(self, widths: tuple[int, int, int] = (32, 64, 80), neck: int = 40) -> None:
        """Build the network with fresh weights from PyTorch's generator.

        Args:
            widths: Channels at strides 4, 8 and 16.
            neck: Channels of the pyramid and the head.
        """
        super().__init__()
        self.stem = _unit(3, 16, 2)
        entries = (16, *widths[:-1])
        self.stages = nn.ModuleList(
            nn.Sequential(_unit(a, b, 2), _Residual(b))
            for a, b in zip(entries, widths, strict=True)
        )
        self.lateral = nn.ModuleList(nn.Conv2d(w, neck, 1) for w in widths)
        self.tower = _head_unit(neck)
        self.classify = nn.Sequential(_head_unit(neck), nn.Conv2d(neck, len(LABELS), 1))
        self.regress = nn.Sequential(_head_unit(neck), nn.Conv2d(neck, 4, 1))
        # Scores start at 0.01, so that the many negatives do not drown the first steps.
        nn.init.constant_(self.classify[-1].bias, -4.6)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Predict at all locations of all levels, in the order of :func:`locations`.

        Args:
            images: ``(b, 3, 144, 192)`` float32, 0 to 1.

        Returns:
            ``(b, n, 8)`` class logits and ``(b, n, 4)`` boxes, ``x1, y1, x2, y2`` in pixels.
        """
        x = self.stem(images - 0.5)
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        pyramid = [self.lateral[-1](features[-1])]
        for level in (1, 0):
            above = F.interpolate(pyramid[0], scale_factor=2.0)
            pyramid.insert(0, self.lateral[level](features[level]) + above)
        towers = [self.tower(p) for p in pyramid]
        logits = torch.cat([self.classify(t).flatten(2) for t in towers], 2).transpose(1, 2)
        sides = torch.cat([self.regress(t).flatten(2) for t in towers], 2).transpose(1, 2)
        points, strides = locations()
        # Distances from the location to the four sides, in strides, as in FCOS (equation 1).
        reach = F.softplus(sides) * 2 * strides[:, None]
        return logits, torch.cat([points - reach[..., :2], points + reach[..., 2:]], -1)


def locations() -> tuple[Tensor, Tensor]:
    """Return the ``(n, 2)`` x, y of every location in pixels and its ``(n,)`` stride."""
    points, strides = [], []
    for s in STRIDES:
        y, x = torch.meshgrid(torch.arange(HEIGHT // s), torch.arange(WIDTH // s), indexing="ij")
        level = (torch.stack([x, y], -1).reshape(-1, 2) + 0.5) * s
        points.append(level)
        strides.append(torch.full((len(level),), float(s)))
    return torch.cat(points), torch.cat(strides)


def as_tensor(pixels: Iterable[np.ndarray[Any, np.dtype[np.uint8]]]) -> Tensor:
    """Return ``(b, 3, h, w)`` float32 images, 0 to 1, from ``(h, w, 3)`` bytes each."""
    return torch.from_numpy(np.stack(list(pixels))).permute(0, 3, 1, 2).float() / 255


def candidates(detector: Detector, images: Iterable[Scene]) -> Iterator[coco_files.Record]:
    """Yield the records of an official results file: every box before any suppression.

    Boxes are cut at the image's border and rounded to 2 decimals, scores to 5. At most
    :data:`MOST_CANDIDATES` of an image's scores above :data:`SCORE_FLOOR` are kept, highest first.
    """
    detector.eval()
    limit = torch.tensor([WIDTH, HEIGHT, WIDTH, HEIGHT])
    stream = iter(images)
    while group := list(islice(stream, 16)):
        with torch.inference_mode():
            logits, boxes = detector(as_tensor(scene.pixels for scene in group))
        boxes = boxes.clamp(min=torch.zeros(4), max=limit)
        for scene, scores, corners in zip(group, logits.sigmoid(), boxes, strict=True):
            best = scores.flatten().topk(MOST_CANDIDATES)
            for score, index in zip(best.values.tolist(), best.indices.tolist(), strict=True):
                x1, y1, x2, y2 = corners[index // len(LABELS)].tolist()
                box = [round(v, 2) for v in (x1, y1, x2 - x1, y2 - y1)]
                if score > SCORE_FLOOR and min(box[2:]) > 0:
                    yield {
                        "image_id": scene.image_id,
                        "category_id": LABELS[index % len(LABELS)],
                        "bbox": box,
                        "score": round(score, 5),
                    }


def candidates_name(split: Split) -> str:
    """Return the file name of a split's candidate boxes."""
    return f"candidates_mini_{split}.json.gz"


def save_weights(detector: Detector, path: Path) -> None:
    """Write the weights in half precision, as plain NumPy arrays."""
    arrays = {
        name: value.numpy().astype(np.float16)
        for name, value in detector.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def load_weights(path: Path) -> Detector:
    """Return the detector with the weights stored at ``path``.

    Raises:
        BadInput: The file is missing or does not hold this network's weights.
    """
    detector = Detector()
    try:
        with np.load(path, allow_pickle=False) as arrays:
            state = {k: torch.from_numpy(arrays[k].astype(np.float32)) for k in arrays.files}
        detector.load_state_dict(detector.state_dict() | state)
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; train without --candidates-only first") from None
    except (ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"{path}: not this detector's weights ({reason}); train anew") from None
    detector.eval()
    return detector


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Output folder.")
@click.option("--candidates-only", is_flag=True, help="Use the shipped weights; do not train.")
@click.option("--threads", default=1, show_default=True, help="CPU threads for PyTorch.")
def main(out: Path, candidates_only: bool, threads: int) -> None:
    """Train the detector on train scenes and write weights and candidate files."""
    torch.set_num_threads(threads)
    weights = mini_coco_folder() / WEIGHTS_NAME
    if not candidates_only:
        from harness.tasks.mini.coco_training import train

        weights = out / WEIGHTS_NAME
        # What is shipped is what the rounded weights say, so that anyone can derive it again.
        save_weights(train(report=click.echo), weights)
    detector = load_weights(weights)
    for split in SHIPPED:
        found = list(candidates(detector, scenes(split)))
        path = coco_files.write(found, out / candidates_name(split))
        click.echo(f"wrote {path}: {len(found)} boxes")


if __name__ == "__main__":
    main()
