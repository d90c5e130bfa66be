"""Tiny models with random weights and a word-level tokenizer."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import pytest

from harness.kinds.multiple_choice import Example
from harness.task import TrainSplit
from harness.tasks.superglue import COPA, RTE, BoolQ, ReCoRD
from harness.testing import samples


def saved(model: Any, folder: Path, *, spread: float) -> Path:
    """Save ``model`` with random weights of deviation ``spread``, and the tokenizer, in ``folder``."""
    import torch
    import transformers
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

    vocabulary = {word: number for number, word in enumerate(vocabulary_of_samples())}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\w+|[^\w\s]"), "removed", invert=True)
    if model.config.is_encoder_decoder:  # T5's tokenizers end a text
        tokenizer.post_processor = processors.TemplateProcessing(
            "$A [END]", "$A $B [END]", [("[END]", 1)]
        )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", eos_token="[END]", pad_token="[END]"
    ).save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=spread)  # so far from uniform that choices differ
    model.save_pretrained(folder)
    return folder


@functools.cache
def vocabulary_of_samples() -> list[str]:
    return ["[UNK]", "[END]", *_words()]


def _needed() -> Any:
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("lm_eval")
    pytest.importorskip("accelerate")  # lm-eval loads Hugging Face models through it
    return transformers


@pytest.fixture(scope="session")
def tiny_backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a two-layer GPT-2 that has never learnt anything."""
    transformers = _needed()
    config = transformers.GPT2Config(
        vocab_size=len(vocabulary_of_samples()),
        n_positions=512,
        n_embd=32,
        n_layer=2,
        n_head=2,
        bos_token_id=1,
        eos_token_id=1,
    )
    model = transformers.GPT2LMHeadModel(config)
    return saved(model, tmp_path_factory.mktemp("backbone"), spread=0.5)


@pytest.fixture(scope="session")
def tiny_t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a T5 of one layer on either side that has never learnt anything."""
    transformers = _needed()
    config = transformers.T5Config(
        vocab_size=len(vocabulary_of_samples()),
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=1,
        num_heads=2,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
    )
    model = transformers.T5ForConditionalGeneration(config)
    return saved(model, tmp_path_factory.mktemp("t5"), spread=0.3)


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a one-layer BERT that has never learnt anything."""
    transformers = _needed()
    config = transformers.BertConfig(
        vocab_size=len(vocabulary_of_samples()),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    return saved(transformers.BertModel(config), tmp_path_factory.mktemp("encoder"), spread=0.1)


@pytest.fixture(params=["decoder", "encoder_decoder"])
def either(request: pytest.FixtureRequest) -> Path:
    """Return the folder of the decoder, then that of the encoder-decoder."""
    name = "tiny_backbone" if request.param == "decoder" else "tiny_t5"
    folder: Path = request.getfixturevalue(name)
    return folder


@pytest.fixture
def sixteen() -> TrainSplit:
    """Return sixteen training examples of RTE with their labels."""
    split = RTE().train_split()
    return TrainSplit(split.inputs[:16], split.labels[:16])


def _words() -> list[str]:
    """Return the words of the sample and mini examples and of lm-eval's choices."""
    tree = Path(__file__).parents[3] / "tasks" / "mini"
    texts = [
        (tree / name).read_text(encoding="utf-8") for name in ("text_facts.py", "text_words.py")
    ]
    texts += [repr(item.fields) for item in samples.inputs("multiple_choice")]
    texts.append("Question Answer True False Neither yes no because therefore Sentence 1 2 : ? . ,")
    return sorted(set(re.findall(r"\w+|[^\w\s]", " ".join(texts))))


@pytest.fixture
def few() -> list[Example]:
    """Return some mini examples of three tasks, mixed."""
    made = [list(task().load().inputs[:6]) for task in (BoolQ, COPA, ReCoRD)]
    return [item for together in zip(*made, strict=True) for item in together]
