"""What is shipped loads, is what its entry says, and a short training makes one like it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import backbones, registry
from harness.backbones.language import STAGES, Stage

LANGUAGE = sorted(STAGES)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    pytest.importorskip("tokenizers")
    pytest.importorskip("transformers")
    from harness.backbones import vocabulary

    return vocabulary.build()


@pytest.mark.parametrize("name", LANGUAGE)
def test_a_shipped_language_model_loads(name: str) -> None:
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("torch")
    backbone = registry.backbones.load(name)
    model = getattr(transformers, backbone.architecture).from_pretrained(backbone.folder)
    assert sum(p.numel() for p in model.parameters()) == backbone.parameters
    words = transformers.AutoTokenizer.from_pretrained(backbone.folder)
    assert len(words) == model.config.vocab_size


def test_the_shipped_tokenizers_are_what_the_corpus_gives(tokenizer: Any) -> None:
    transformers = pytest.importorskip("transformers")
    for name in LANGUAGE:
        shipped = transformers.AutoTokenizer.from_pretrained(registry.backbones.load(name).folder)
        assert shipped.get_vocab() == tokenizer.get_vocab()


def test_the_shipped_resnet_loads() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    from harness.methods.image import _checkpoint, _resnet

    weights, (mean, std) = _checkpoint.pretrained("mini_resnet20")
    network = _resnet.initialised(3, 3, 10, seed=0)
    _checkpoint.load_weights(network, weights)
    entry = registry.backbones.load("mini_resnet20")
    assert sum(p.numel() for p in network.parameters()) == entry.parameters
    assert len(mean) == len(std) == 3


def test_all_together_are_small() -> None:
    folders = [registry.backbones.load(name).folder for name in registry.backbones.names()]
    assert sum(f.stat().st_size for folder in folders for f in folder.iterdir()) < 12_000_000


def test_other_names_pass_through() -> None:
    assert backbones.resolve("google-t5/t5-base") == "google-t5/t5-base"
    assert Path(backbones.resolve("mini_t5")).is_dir()


@settings(deadline=None)
@given(st.text(max_size=40))
def test_nothing_is_unknown_to_the_tokenizer(tokenizer: Any, text: str) -> None:
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.unk_token_id not in ids
    # Names of special tokens in a text, and the mark of a blank, do not come back as they were.
    if "<" not in text and "\u2581" not in text:
        assert tokenizer.decode(ids) == text


@pytest.mark.parametrize("word", ["yes", "no", "True", "False", "Neither"])
def test_answers_are_single_tokens(tokenizer: Any, word: str) -> None:
    assert len(tokenizer(f" {word}")["input_ids"]) == 1


@pytest.mark.parametrize("name", LANGUAGE)
def test_a_short_training_lowers_the_loss(name: str, tokenizer: Any) -> None:
    torch = pytest.importorskip("torch")
    from harness.backbones import architectures, batches, language

    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = architectures.MODELS[name](tokenizer)
    stage = Stage((("dense", 8),), decay=False)
    held = next(iter(batches.batches(name, tokenizer, stage.phases, stage.weights, "held out")))
    with torch.no_grad():
        before = float(language.loss_of(model, held, tokenizer.pad_token_id))
    language.train(name, model, tokenizer, stage, 0)
    with torch.no_grad():
        after = float(language.loss_of(model, held, tokenizer.pad_token_id))
    assert after < before


def test_batches_are_the_same_each_time_and_as_many_as_asked(tokenizer: Any) -> None:
    from harness.backbones import batches

    phases = (("dense", 8), ("drill", 16))
    made = [
        list(batches.batches("mini_t5", tokenizer, phases, batches.Weights(), "x"))
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert Counter(map(len, made[0])) == {batches.QUESTIONS + batches.PLAIN: 24}


def test_the_rate_warms_up_and_falls() -> None:
    stage = Stage((("dense", 800), ("drill", 1_200)), decay=True)
    rates = [stage.rate(step) for step in range(stage.steps)]
    assert rates[0] == pytest.approx(1 / 150)
    assert max(rates) == rates[150] == rates[1_000] == 1
    assert rates[-1] == pytest.approx(0.03, abs=0.001)


def test_an_unknown_backbone_is_refused() -> None:
    from harness.backbones.train import main

    answer = CliRunner().invoke(main, ["mini_gpt"])
    assert answer.exit_code == 2
    assert "mini_decoder" in answer.output
