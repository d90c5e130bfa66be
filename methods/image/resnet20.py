"""ResNet-20 for CIFAR."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from harness.errors import BadInput, Unavailable
from harness.kinds.image_classification import ClassScores, Image
from harness.method import Method, Run
from harness.methods.image._arrays import labels_of, stacked
from harness.task import TrainSplit

if TYPE_CHECKING:
    from harness.methods.image._resnet import ResNet
    from harness.methods.image._training import Normalisation

BLOCKS = 3
"""Blocks in each of the three stages: 6 * 3 + 2 layers."""
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Mean and deviation that pytorch_resnet_cifar10 normalises CIFAR with."""
AT_ONCE = 500


class ResNet20(Method):
    """The smallest of the CIFAR networks of He et al. (2016), section 4.2, and its training.

    Preset ``paper`` is the published schedule: 64,000 iterations of 128 images, learning rate 0.1
    divided by ten at 32,000 and 48,000. The default is cut short for a CPU: fewer and smaller batches
    and a smaller rate, chosen on the validation split of the mini CIFAR-10.
    The paper subtracts a mean per pixel; here inputs are normalised per channel, as in every
    re-implementation since, and padded with black before. Digits and other images that are not
    themselves in a mirror want ``flip=false``.

    With ``checkpoint``, or with a backbone such as ``mini_resnet20``, which knows its normalisation,
    nothing is trained. Without either training images or a checkpoint the network
    stays as initialised.
    """

    name = "resnet20"
    title = "ResNet-20"
    kinds = ("image_classification",)
    paper = "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016, arXiv:1512.03385"
    requires = ("vision",)
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "mini": {},
        "paper": {"iterations": 64_000, "batch_size": 128, "learning_rate": 0.1},
        "pytorch_resnet_cifar10": {"normalisation": "imagenet"},
    }

    class Config(Method.Config):
        """Options of ResNet-20."""

        iterations: int = Field(350, ge=0, description="Mini-batches in all; the paper's: 64,000")
        batch_size: int = Field(32, ge=1, description="Images a mini-batch; the paper's: 128")
        learning_rate: float = Field(0.02, gt=0, description="At the start; the paper's: 0.1")
        milestones: tuple[float, ...] = Field(
            (0.5, 0.75), description="Shares of the iterations after which the rate falls tenfold"
        )
        momentum: float = Field(0.9, ge=0, lt=1, description="Of SGD")
        weight_decay: float = Field(1e-4, ge=0, description="On all parameters")
        crop: bool = Field(True, description="Pad by four black pixels and crop at random")
        flip: bool = Field(True, description="Mirror half of the training images")
        normalisation: Literal["data", "imagenet"] = Field(
            "data",
            description="Channel means and deviations: of the training images, or ImageNet's, as "
            "checkpoints of pytorch_resnet_cifar10 need",
        )
        checkpoint: Path | None = Field(
            None, description="Weights to use instead of training: .safetensors, or of torch.save"
        )

    def __init__(self, config: Method.Config | None = None) -> None:
        super().__init__(config)
        self._network: ResNet | None = None
        self._normalise: Normalisation | None = None
        given = self.config.checkpoint
        self._checkpoint = None if given is None else Path(given)

    def train(self, split: TrainSplit, run: Run) -> None:
        """Train the network, or load the checkpoint.

        Raises:
            BadInput: Images or labels are malformed, or a checkpoint lacks what it needs.
            Unavailable: torch is not installed.
        """
        _need_torch()
        from harness.methods.image import _training

        self._network = self._normalise = None
        pixels = stacked(split.inputs) if split.inputs else None
        if run.backbone is not None:
            from harness.methods.image._checkpoint import pretrained

            self._checkpoint, figures = pretrained(run.backbone)
            self._normalise = _training.Normalisation(*figures)
        elif self.config.normalisation == "imagenet":
            self._normalise = _training.Normalisation(*IMAGENET)
        elif pixels is not None:
            self._normalise = _training.channel_figures(pixels)
        elif self.config.checkpoint is not None:
            raise BadInput(
                "resnet20: without training images the checkpoint's normalisation is not known; "
                "name it with normalisation=imagenet"
            )
        if pixels is None or self._checkpoint is not None:
            return
        classes = len(split.inputs[0].class_names)
        self._network = self._initialised(pixels.shape[-1], classes, run)
        assert self._normalise is not None
        self._suits(pixels.shape[-1])
        _training.train(
            self._network, pixels, labels_of(split), self._recipe(), self._normalise, run
        )

    def predict(self, inputs: Sequence[Image], run: Run) -> Iterable[ClassScores]:
        """Return the logits of each image.

        Raises:
            BadInput: An image is malformed, or of other channels than the network's.
            Unavailable: torch is not installed.
        """
        _need_torch()
        import torch

        from harness.methods.image._training import Normalisation

        if not inputs:
            return
        channels, classes = inputs[0].pixels.shape[-1], len(inputs[0].class_names)
        stacked(inputs[:1])
        network = self._network or self._initialised(channels, classes, run)
        if self._normalise is None:
            self._normalise = Normalisation((0.0,) * channels, (1.0,) * channels)
        self._suits(channels)
        if network.linear.out_features != classes:
            raise BadInput(
                f"image {inputs[0].id} has {classes} classes; the network was trained on "
                f"{network.linear.out_features}"
            )
        network.eval()
        for begin in range(0, len(inputs), AT_ONCE):
            batch = inputs[begin : begin + AT_ONCE]
            with torch.inference_mode():
                logits = network(self._normalise(stacked(batch), run.device))
            for scores in logits.cpu().numpy().astype(np.float64):
                yield ClassScores(scores)
            run.on_progress(begin + len(batch), len(inputs))

    def _initialised(self, channels: int, classes: int, run: Run) -> ResNet:
        """Return the network with initial weights, or those of the checkpoint."""
        from harness.methods.image._resnet import initialised

        seed = int(run.rng("initial weights").integers(2**63))
        network = initialised(BLOCKS, channels, classes, seed)
        if self._checkpoint is not None:
            from harness.methods.image._checkpoint import load_weights

            load_weights(network, self._checkpoint)
        network.to(run.device)
        return network

    def _suits(self, channels: int) -> None:
        """Raise :class:`BadInput` unless images have as many channels as the normalisation."""
        if self._normalise is not None and len(self._normalise.mean) != channels:
            raise BadInput(
                f"resnet20: images have {channels} channels, the normalisation "
                f"{len(self._normalise.mean)}; train on images of the same kind, or use "
                "normalisation=data"
            )

    def _recipe(self) -> Any:
        from harness.methods.image._training import Recipe

        config = self.config
        return Recipe(
            iterations=config.iterations,
            batch_size=config.batch_size,
            learning_rate=config.learning_rate,
            milestones=config.milestones,
            momentum=config.momentum,
            weight_decay=config.weight_decay,
            crop=config.crop,
            flip=config.flip,
        )


def _need_torch() -> None:
    """Raise :class:`Unavailable`, with the remedy, unless torch is installed."""
    try:
        import torch  # noqa: F401 - only whether it is there
    except ImportError:
        from harness.extras import how_to_install

        raise Unavailable(f"resnet20 needs torch: {how_to_install(('vision',), 'torch')}") from None
