"""The mini ResNet-20: He et al.'s CIFAR network, trained on the mini CIFAR-10."""

from __future__ import annotations

import json
from pathlib import Path

from harness.method import Run
from harness.methods.image import _resnet, _training
from harness.methods.image._arrays import labels_of, stacked
from harness.tasks.cifar import CIFAR10

BLOCKS, CHANNELS, CLASSES = 3, 3, 10
STEPS = 1_000


def make(folder: Path, steps: int = STEPS) -> None:
    """Train on the training split for ``steps`` batches of 64 and save in ``folder``.

    ``config.json`` holds the normalisation, which a checkpoint is of no use without.
    """
    from safetensors.torch import save_file

    split = CIFAR10().train_split()
    pixels, labels = stacked(split.inputs), labels_of(split)
    network = _resnet.initialised(BLOCKS, CHANNELS, CLASSES, seed=0)
    figures = _training.channel_figures(pixels)
    recipe = _training.Recipe(
        iterations=steps,
        batch_size=64,
        learning_rate=0.05,
        milestones=(0.5, 0.75),
        momentum=0.9,
        weight_decay=5e-4,
        crop=True,
        flip=True,
    )
    _training.train(network, pixels, labels, recipe, figures, Run(seed=0))
    folder.mkdir(parents=True, exist_ok=True)
    save_file(network.state_dict(), folder / "model.safetensors")
    config = {"model_type": "cifar_resnet", "layers": 6 * BLOCKS + 2, "classes": CLASSES}
    config |= {"mean": figures.mean, "std": figures.std}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
