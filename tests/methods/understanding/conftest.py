"""A tiny causal language model with random weights and a word-level tokenizer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.kinds.multiple_choice import Example
from harness.tasks.superglue import COPA, BoolQ, ReCoRD
from harness.testing import samples


@pytest.fixture(scope="session")
def tiny_backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a two-layer GPT-2 that has never learnt anything."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("lm_eval")
    pytest.importorskip("accelerate")  # lm-eval loads Hugging Face models through it
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    words = _words()
    vocabulary = {word: number for number, word in enumerate(["[UNK]", "[END]", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\w+|[^\w\s]"), "removed", invert=True)
    folder = tmp_path_factory.mktemp("backbone")
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", eos_token="[END]", pad_token="[END]"
    ).save_pretrained(folder)
    config = transformers.GPT2Config(
        vocab_size=len(vocabulary),
        n_positions=512,
        n_embd=32,
        n_layer=2,
        n_head=2,
        bos_token_id=1,
        eos_token_id=1,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = transformers.GPT2LMHeadModel(config)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.5)  # far from uniform, so that choices differ
        model.save_pretrained(folder)
    return folder


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
