"""CLIP towers from the Hugging Face hub or a folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 (PyTorch's own convention)

from harness.errors import Unavailable
from harness.extras import how_to_install
from harness.methods.preference._towers import Pixels, Towers


class PretrainedTowers(Towers):
    """The two towers and the scale of a pretrained CLIP."""

    keeps_images = False

    def __init__(self, backbone: str, *, device: str) -> None:
        """Load model, tokenizer and image processor.

        Args:
            backbone: A hub name (``openai/clip-vit-large-patch14``) or a folder; weights must be
                safetensors, as nothing here unpickles.
            device: Where the towers are.

        Raises:
            Unavailable: transformers is not installed, or there is no such model to be had here.
        """
        try:
            from transformers import AutoTokenizer, CLIPImageProcessor, CLIPModel
        except ImportError:
            raise Unavailable(
                "a pretrained backbone needs transformers: "
                + how_to_install(("vision",), "transformers")
            ) from None
        super().__init__()
        try:
            loaded: Any = CLIPModel.from_pretrained(backbone, use_safetensors=True)
            self.tokenizer: Any = AutoTokenizer.from_pretrained(backbone)
            self.processor: Any = CLIPImageProcessor.from_pretrained(backbone)
        except (OSError, ValueError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise Unavailable(
                f"backbone {backbone}: cannot be loaded ({reason}); name a CLIP model of the hub, "
                "or a folder with config.json, model.safetensors, tokenizer and image processor"
            ) from None
        self.clip = loaded
        # Not chained: this ``to`` is typed as if it took no device.
        self.to(device)

    def prepare(self, images: Sequence[Pixels]) -> Tensor:
        """Return ``(n, 3, s, s)`` float32 images as the model's own processor makes them."""
        made: Tensor = self.processor(list(images), return_tensors="pt")["pixel_values"]
        return made

    def embed_images(self, prepared: Tensor) -> Tensor:
        """Return ``(n, d)`` unit vectors."""
        pooled = self.clip.vision_model(pixel_values=prepared.to(self.clip.device)).pooler_output
        return F.normalize(self.clip.visual_projection(pooled), dim=-1)

    def embed_prompts(self, prompts: Sequence[str]) -> Tensor:
        """Return ``(b, d)`` unit vectors of prompts cut at the model's longest."""
        longest = self.clip.config.text_config.max_position_embeddings
        tokens = self.tokenizer(
            list(prompts),
            padding=True,
            truncation=True,
            max_length=longest,
            return_tensors="pt",
        ).to(self.clip.device)
        pooled = self.clip.text_model(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
        ).pooler_output
        return F.normalize(self.clip.text_projection(pooled), dim=-1)

    def scale(self) -> Tensor:
        """Return the model's own factor."""
        factor: Tensor = torch.exp(self.clip.logit_scale)
        return factor
