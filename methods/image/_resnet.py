"""The CIFAR ResNets of He et al. (2016), section 4.2.

The names of the parts are those of pytorch_resnet_cifar10, whose checkpoints load as they are.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (16, 32, 64)


class Block(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut without parameters (option A).

    Where the block halves the resolution and doubles the channels, the shortcut takes every second
    pixel and pads the channels with zeros, half before and half after.
    """

    def __init__(self, before: int, width: int) -> None:
        super().__init__()
        self.stride = 1 if before == width else 2
        self.missing = width - before
        self.conv1 = nn.Conv2d(before, width, 3, self.stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(n, width, h / stride, w / stride)`` from ``(n, before, h, w)``."""
        out = functional.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        half = self.missing // 2
        shortcut = x[:, :, :: self.stride, :: self.stride]
        return functional.relu(out + functional.pad(shortcut, (0, 0, 0, 0, half, half)))


class ResNet(nn.Module):
    """``6 n + 2`` layers: a convolution, three stages of ``n`` blocks, mean pooling, a linear layer."""

    def __init__(self, blocks: int, channels: int, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, WIDTHS[0], 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTHS[0])
        self.layer1 = _stage(blocks, WIDTHS[0], WIDTHS[0])
        self.layer2 = _stage(blocks, WIDTHS[0], WIDTHS[1])
        self.layer3 = _stage(blocks, WIDTHS[1], WIDTHS[2])
        self.linear = nn.Linear(WIDTHS[2], classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(n, classes)`` logits of normalised images ``(n, channels, h, w)``."""
        out = functional.relu(self.bn1(self.conv1(x)))
        out = self.layer3(self.layer2(self.layer1(out)))
        logits: Tensor = self.linear(out.mean(dim=(2, 3)))
        return logits


def _stage(blocks: int, before: int, width: int) -> nn.Sequential:
    return nn.Sequential(Block(before, width), *(Block(width, width) for _ in range(blocks - 1)))


def initialised(blocks: int, channels: int, classes: int, seed: int) -> ResNet:
    """Return a network with weights after He et al. (2015), drawn from ``seed`` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ResNet(blocks, channels, classes)
