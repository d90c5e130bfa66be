"""The mini CLIP: a vision and a text transformer trained on rendered scenes and what they show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.tasks.mini import preference_files, preference_scenes
from harness.tasks.mini.preference_scenes import COLOURS, KINDS, NUMBERS, OPPOSITES, Content

WIDTH = 96
PATCH = 6
BATCH = 96
RATE = 1e-3
WARM_UP = 200
STEPS = 800
SCENES = 12_000
"""Scenes painted once; each epoch shows them in another order, moved and lit at random."""
PAD, UNKNOWN, BEGIN, END = "<pad>", "<unk>", "<s>", "</s>"


def model(tokenizer: Any) -> Any:
    """Return a CLIP with a vision tower of four layers and a text tower of two."""
    from transformers import CLIPConfig, CLIPModel

    tower = {
        "hidden_size": WIDTH,
        "intermediate_size": 3 * WIDTH,
        "num_attention_heads": 6,
        "projection_dim": WIDTH,
    }
    vision = {**tower, "num_hidden_layers": 4, "image_size": preference_scenes.SIZE}
    text = {
        **tower,
        "num_hidden_layers": 2,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 32,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    config = CLIPConfig(
        text_config=text, vision_config={**vision, "patch_size": PATCH}, projection_dim=WIDTH
    )
    return CLIPModel(config)


def tokenizer() -> Any:
    """Return a tokenizer of whole words of the prompts, lower-cased; other words are unknown."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    plurals = [f"{kind}s" for kind in KINDS]
    relations = {word for relation in OPPOSITES for word in relation.split()}
    words = [PAD, UNKNOWN, BEGIN, END, *NUMBERS, *COLOURS, *KINDS, *plurals, *sorted(relations)]
    vocabulary = {word: number for number, word in enumerate(words)}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        f"{BEGIN} $A {END}", special_tokens=[(w, vocabulary[w]) for w in (BEGIN, END)]
    )
    fast: Any = PreTrainedTokenizerFast  # untyped where it is installed
    return fast(
        tokenizer_object=made,
        pad_token=PAD,
        unk_token=UNKNOWN,
        bos_token=BEGIN,
        eos_token=END,
        model_max_length=32,
    )


def processor() -> Any:
    """Return the image processor: scaled to 48 pixels a side and to -1 to 1."""
    from transformers import CLIPImageProcessor

    side = preference_scenes.SIZE
    return CLIPImageProcessor(
        size={"height": side, "width": side},
        crop_size={"height": side, "width": side},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    )


def train(network: Any, words: Any, steps: int) -> None:
    """Train in place with CLIP's symmetric contrastive loss; half of a batch are near misses."""
    import torch
    from rich.progress import track
    from torch.nn.functional import cross_entropy

    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, betas=(0.9, 0.98), fused=True)
    shape = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda n: min((n + 1) / WARM_UP, 0.5 * (1 + np.cos(np.pi * n / steps))),
    )
    network.train()
    for pixels, prompts in track(_batches(steps), description="mini_clip", total=steps):
        tokens = words(prompts, padding=True, return_tensors="pt")
        made = network(
            input_ids=tokens["input_ids"],
            attention_mask=tokens["attention_mask"],
            pixel_values=torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1,
        )
        # Equal prompts in a batch are equally right.
        same = torch.tensor([[float(a == b) for b in prompts] for a in prompts])
        wanted = same / same.sum(1, keepdim=True)
        logits = made.logits_per_image
        loss = (cross_entropy(logits, wanted) + cross_entropy(logits.t(), wanted)) / 2
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        shape.step()
    network.eval()


def make(folder: Path, steps: int = STEPS) -> None:
    """Train, and write what ``CLIPModel``, ``AutoTokenizer`` and ``CLIPImageProcessor`` read."""
    words = tokenizer()
    network = model(words)
    train(network, words, steps)
    network.save_pretrained(folder)
    words.save_pretrained(folder)
    processor().save_pretrained(folder)


def _scenes() -> tuple[NDArray[np.uint8], list[str]]:
    """Return ``(n, 48, 48, 3)`` scenes and what they show, each with a near miss after it.

    What test prompts ask for is never shown.
    """
    rng = np.random.default_rng([preference_files.SEED, 77])
    tested = {str(sheet.asked) for sheet in preference_files.sheets("test")}
    shown: list[Content] = []
    while len(shown) < SCENES:
        asked = preference_scenes.draw_prompt(rng)
        pair = (asked, preference_scenes.draw_attempt(asked, rng))
        if not tested & set(map(str, pair)):
            shown += pair
    painted = np.stack([preference_scenes.render(content, rng) for content in shown])
    return painted, list(map(str, shown))


def _batches(steps: int) -> Iterator[tuple[NDArray[np.uint8], list[str]]]:
    painted, prompts = _scenes()
    rng = np.random.default_rng([preference_files.SEED, 78])
    order = rng.permutation(SCENES // 2)
    place = 0
    for _ in range(steps):
        if place + BATCH // 2 > len(order):
            order, place = rng.permutation(SCENES // 2), 0
        rows = (2 * order[place : place + BATCH // 2, None] + np.arange(2)).ravel()
        place += BATCH // 2
        down, right = rng.integers(-2, 3, 2)
        moved = np.roll(painted[rows], (down, right), (1, 2)) * rng.uniform(
            0.8, 1.2, (BATCH, 1, 1, 1)
        )
        yield moved.clip(0, 255).astype(np.uint8), [prompts[n] for n in rows]
