"""Loads the weights of a published network; nothing in a checkpoint is run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from harness import backbones
from harness.errors import BadInput, Unavailable


def load_weights(network: nn.Module, path: Path) -> None:
    """Load a checkpoint into ``network``: ``.safetensors``, or what ``torch.save`` wrote.

    A dictionary with an entry ``state_dict`` and names that begin with ``module.``, as training in
    parallel leaves them, are understood.

    Raises:
        BadInput: The file is missing, damaged, holds more than tensors and plain values, or its
            tensors do not fit the network.
        Unavailable: It is a safetensors file, and safetensors is not installed.
    """
    if not path.is_file():
        raise BadInput(f"{path}: no such checkpoint; check the path")
    state = _safetensors(path) if path.suffix == ".safetensors" else _torch(path)
    tensors = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        first = " ".join(str(error).split())[:200]
        raise BadInput(f"{path}: these weights are of another network: {first}") from None


def pretrained(backbone: str) -> tuple[Path, tuple[tuple[float, ...], tuple[float, ...]]]:
    """Return the weights of a backbone and the channel means and deviations it was trained with.

    Args:
        backbone: A registered name, or a folder with config.json and model.safetensors.

    Raises:
        BadInput: The folder is no ResNet of CIFAR's kind.
    """
    folder = Path(backbones.resolve(backbone))
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        figures = tuple(config["mean"]), tuple(config["std"])
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput(
            f"backbone {backbone!r} is no ResNet for CIFAR: it has no config.json with mean and std; "
            "name mini_resnet20, or give weights with checkpoint=FILE"
        ) from None
    return folder / "model.safetensors", figures


def _torch(path: Path) -> Mapping[str, Tensor]:
    try:
        loaded = torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:
        # A damaged file can fail anywhere in the reader; weights_only keeps it from running anything.
        first = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise BadInput(f"{path}: no checkpoint of tensors alone, or damaged: {first}") from None
    state = loaded.get("state_dict", loaded) if isinstance(loaded, Mapping) else None
    if not isinstance(state, Mapping) or not all(
        isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in state.items()
    ):
        raise BadInput(f"{path}: holds no state_dict of named tensors")
    return state


def _safetensors(path: Path) -> Mapping[str, Tensor]:
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ImportError:
        raise Unavailable(
            f"{path}: reading it needs safetensors: pip install safetensors"
        ) from None
    try:
        loaded: Mapping[str, Tensor] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise BadInput(f"{path}: damaged safetensors file: {error}") from None
    return loaded
