"""Small pretrained models shipped with the harness, so that every method runs with no network.

Each is an ordinary Hugging Face folder (config, safetensors, tokenizer), loadable by
``from_pretrained``; methods accept any other folder or hub name in its place. They were trained by
``python -m harness.backbones.train NAME`` on text of the mini world only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness import registry

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Backbone:
    """A pretrained model that methods start from.

    Attributes:
        name: Registry name.
        title: What it is, for listings.
        architecture: Class of transformers that loads it.
        parameters: Number of weights, shared ones counted once.
    """

    name: str
    title: str
    architecture: str
    parameters: int

    @property
    def folder(self) -> Path:
        """Return the folder ``from_pretrained`` reads."""
        return _DATA / self.name


def resolve(name: str) -> str:
    """Return what ``from_pretrained`` loads: a registered backbone's folder, or ``name`` itself.

    Raises:
        BrokenPlugin: A registered backbone does not load.
    """
    if name in registry.backbones.names():
        return str(registry.backbones.load(name).folder)
    return name


MINI_CLIP = Backbone(
    name="mini_clip",
    title="CLIP, 4 + 2 layers of width 96, pictures of the mini world and what they show",
    architecture="CLIPModel",
    parameters=601_249,
)
MINI_DECODER = Backbone(
    name="mini_decoder",
    title="Llama, 4 layers of width 96, causal language model of the mini world",
    architecture="LlamaForCausalLM",
    parameters=571_968,
)
MINI_ENCODER = Backbone(
    name="mini_encoder",
    title="BERT, 4 layers of width 96, masked language model of the mini world",
    architecture="BertForMaskedLM",
    parameters=500_541,
)
MINI_T5 = Backbone(
    name="mini_t5",
    title="T5, 3 + 2 layers of width 96, spans and answers of the mini world",
    architecture="T5ForConditionalGeneration",
    parameters=720_288,
)
MINI_RESNET20 = Backbone(
    name="mini_resnet20",
    title="ResNet-20 of the CIFAR paper, trained on the mini CIFAR-10",
    architecture="harness.methods.image.resnet20",
    parameters=269_722,
)
