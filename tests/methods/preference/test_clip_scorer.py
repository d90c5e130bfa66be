from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.config import build
from harness.errors import BadInput, Unavailable
from harness.kinds.preference import LazyImage, PromptImages, Rewards
from harness.method import Run
from harness.methods.preference.clip_scorer import CLIPScorer
from harness.png import encode_png
from harness.task import TrainSplit
from harness.tasks.preference.pairs import count_pairs
from harness.testing import check_method

torch = pytest.importorskip("torch")
pytest.importorskip("PIL")

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (40, 40, 230)}


def method(**options: Any) -> CLIPScorer:
    return CLIPScorer(build(CLIPScorer.Config, options, owner="method clip_scorer"))


def colour_prompts(count: int, seed: int) -> tuple[list[PromptImages], list[np.ndarray]]:
    """Prompts that name a colour, each with one noisy image of it and two of the others."""
    rng = np.random.default_rng(seed)
    items, labels = [], []
    for number in range(count):
        shown = rng.permutation(list(COLOURS))
        images = []
        for name in shown:
            pixels = np.array(COLOURS[name]) + rng.normal(0, 25, (20, 16, 3))
            images.append(LazyImage("x", data=encode_png(np.clip(pixels, 0, 255).astype(np.uint8))))
        asked = str(rng.choice(list(COLOURS)))
        items.append(PromptImages(str(number), f"something {asked}, please", images))
        labels.append(1.0 + (shown != asked))
    return items, labels


def accuracy(answers: list[Rewards], labels: list[np.ndarray]) -> float:
    counts = [count_pairs(r, out.scores) for r, out in zip(labels, answers, strict=True)]
    return sum(c.right for c in counts) / sum(c.counted for c in counts)


SMALL = {"size": 16, "width": 16, "batch": 8}


def test_the_contract() -> None:
    check_method(CLIPScorer)


def test_it_learns_what_prompts_ask_for() -> None:
    scorer = method(**SMALL, epochs=12)
    scorer.train(TrainSplit(*colour_prompts(48, 0)), Run(seed=0))
    items, labels = colour_prompts(40, 1)
    assert accuracy(list(scorer.predict(items, Run(seed=0))), labels) > 0.9
    blind = [PromptImages(item.id, "", item.images) for item in items]
    assert accuracy(list(scorer.predict(blind, Run(seed=0))), labels) < 0.7


def test_training_is_the_seed_s_alone() -> None:
    items, labels = colour_prompts(16, 0)
    state = torch.get_rng_state()

    def scores(seed: int) -> np.ndarray:
        scorer = method(**SMALL, epochs=1)
        scorer.train(TrainSplit(items, labels), Run(seed=seed))
        return np.concatenate([out.scores for out in scorer.predict(items, Run(seed=seed))])

    first = scores(1)
    torch.rand(7)
    np.testing.assert_array_equal(first, scores(1))
    assert not np.array_equal(first, scores(2))
    torch.set_rng_state(state)
    scores(3)
    assert torch.equal(state, torch.get_rng_state())


def test_the_loss_is_the_published_one_and_ties_teach_nothing() -> None:
    from harness.methods.preference._fit import pairwise_loss

    scores, ranks = torch.tensor([2.0, 0.5, 0.5, -1.0]), torch.tensor([1.0, 2, 2, 4])
    pairs = [(0, 1), (0, 2), (0, 3), (1, 3), (2, 3)]
    expected = np.mean([np.log1p(np.exp(float(scores[j] - scores[i]))) for i, j in pairs])
    assert float(pairwise_loss([scores], [ranks])) == pytest.approx(expected)
    twice = pairwise_loss([scores, scores[:2]], [ranks, torch.tensor([3.0, 3.0])])
    assert float(twice) == pytest.approx(expected)
    tied = torch.zeros(3, requires_grad=True)
    torch.autograd.backward(pairwise_loss([tied], [torch.ones(3)]))
    assert tied.grad is not None
    assert not tied.grad.any()


def test_the_gradient_of_the_loss_is_the_derivative() -> None:
    from harness.methods.preference._fit import pairwise_loss

    scores = torch.randn(5, dtype=torch.float64, requires_grad=True)
    ranks = torch.tensor([1.0, 3, 2, 2, 5])
    assert torch.autograd.gradcheck(lambda s: pairwise_loss([s], [ranks]), (scores,))


def test_images_of_any_size_and_long_and_foreign_prompts() -> None:
    from harness.methods.preference._towers import SmallTowers

    towers = SmallTowers(["two red stars"], size=32, width=16, device="cpu").eval()
    made = towers.prepare([np.zeros(shape, np.uint8) for shape in ((1, 1, 3), (99, 7, 3))])
    assert made.shape == (2, 3, 32, 32)
    flat = towers.prepare([np.full((200, 100, 3), 77, np.uint8)])
    assert (flat == 77).all()
    found = towers.embed_prompts(["", "red " * 500, "心 Herz"])
    assert found.shape == (3, 16)
    norms = torch.linalg.vector_norm(found, dim=-1)
    torch.testing.assert_close(norms, torch.ones(3))
    # Padding to the longest prompt of a batch changes nothing.
    torch.testing.assert_close(towers.embed_prompts(["two red stars"])[0], _last(towers))


def _last(towers: Any) -> Any:
    return towers.embed_prompts(["red " * 30, "two red stars"])[1]


def test_predict_before_train_and_absent_images_are_told() -> None:
    items, _ = colour_prompts(1, 0)
    with pytest.raises(BadInput, match="train before predict"):
        list(method().predict(items, Run(seed=0)))
    scorer = method(**SMALL)
    scorer.train(TrainSplit(), Run(seed=0))
    with pytest.raises(Unavailable, match="is not here"):
        list(scorer.predict([PromptImages("1", "", [LazyImage("a")] * 2)], Run(seed=0)))


def test_without_torch_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(Unavailable, match="pip install"):
        method().train(TrainSplit(), Run(seed=0))


needs_transformers = pytest.mark.skipif(
    importlib.util.find_spec("transformers") is None, reason="transformers is not installed"
)


@pytest.fixture
def tiny_clip(tmp_path: Path) -> Path:
    """A CLIP of a few thousand random weights, saved as the hub's models are."""
    transformers = pytest.importorskip("transformers")
    folder = tmp_path / "tiny-clip"
    folder.mkdir()
    letters = "abcdefghijklmnopqrstuvwxyz,"
    tokens = [*letters, *(f"{c}</w>" for c in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    end = vocabulary["<|endoftext|>"]
    shape = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_attention_heads": 2,
        "num_hidden_layers": 2,
    }
    text = {**shape, "vocab_size": len(tokens), "max_position_embeddings": 20}
    special = {"bos_token_id": end - 1, "eos_token_id": end, "pad_token_id": end}
    config = transformers.CLIPConfig(
        text_config={**text, **special},
        vision_config={**shape, "image_size": 32, "patch_size": 8},
        projection_dim=16,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        transformers.CLIPModel(config).save_pretrained(folder)
    tokenizer = transformers.CLIPTokenizer.from_pretrained(folder)
    tokenizer.save_pretrained(folder)
    transformers.CLIPImageProcessor(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    ).save_pretrained(folder)
    return folder


@needs_transformers
def test_a_pretrained_clip_scores_as_transformers_says(tiny_clip: Path) -> None:
    import transformers

    items, labels = colour_prompts(3, 0)
    scorer = method(backbone=str(tiny_clip))
    scorer.train(TrainSplit(items, labels), Run(seed=0))  # 0 epochs: as it is
    found = list(scorer.predict(items, Run(seed=0)))

    clip = transformers.CLIPModel.from_pretrained(tiny_clip).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_clip)
    processor = transformers.CLIPImageProcessor.from_pretrained(tiny_clip)
    for item, out in zip(items, found, strict=True):
        pixels = processor([i.pixels() for i in item.images], return_tensors="pt")
        tokens = tokenizer([item.prompt], truncation=True, max_length=20, return_tensors="pt")
        with torch.inference_mode():
            logits = clip(**pixels, **tokens).logits_per_image[:, 0]
        np.testing.assert_allclose(out.scores, logits.numpy(), rtol=1e-5)


@needs_transformers
def test_a_pretrained_clip_can_be_tuned(tiny_clip: Path) -> None:
    items, labels = colour_prompts(24, 0)
    scorer = method(backbone=str(tiny_clip), epochs=15, learning_rate=3e-3, batch=8)
    scorer.train(TrainSplit(items, labels), Run(seed=0))
    assert accuracy(list(scorer.predict(items, Run(seed=0))), labels) > 0.8


@needs_transformers
def test_a_backbone_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(Unavailable, match="cannot be loaded") as raised:
        method(backbone=str(tmp_path)).train(TrainSplit(), Run(seed=0))
    assert "\n" not in str(raised.value)
