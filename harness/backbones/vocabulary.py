"""The tokenizer of the mini language backbones: whole words of the mini world, bytes for the rest."""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import Any

from harness.tasks.mini import corpus

PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"
SENTINELS = tuple(f"<extra_id_{n}>" for n in range(20))
MASK = "<mask>"
_BLANK = "\u2581"
_SAMPLE = 30_000
_PIECES = re.compile(rf"{_BLANK}?[A-Za-z]+|{_BLANK}?[^A-Za-z{_BLANK}]|{_BLANK}")


def build() -> Any:
    """Return a fast tokenizer whose pieces are the words of the corpus, with their leading blank.

    A unigram vocabulary holds words without the intermediate merges of byte-pair encoding, so it is
    about half as large. Text from elsewhere falls back to letters and bytes; nothing is unknown.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    special = [PAD, END, UNKNOWN, MASK, *SENTINELS]
    bytes_ = [f"<0x{n:02X}>" for n in range(256)]
    pieces = [(name, 0.0) for name in special + bytes_]
    # Longer pieces win: every piece costs the same, so fewer pieces score higher.
    pieces += [(word, -1.0) for word in words()]
    made = Tokenizer(models.Unigram(pieces, unk_id=special.index(UNKNOWN), byte_fallback=True))
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never", split=True)
    made.decoder = decoders.Sequence(
        [decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="never"), decoders.Fuse()]
    )
    made.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in special])
    fast: Any = PreTrainedTokenizerFast  # untyped where it is installed
    return fast(
        tokenizer_object=made,
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        mask_token=MASK,
        additional_special_tokens=list(SENTINELS),
        model_max_length=512,
        clean_up_tokenization_spaces=False,
    )


def words() -> list[str]:
    """Return the pieces of a sample of the corpus, most frequent first, and the single letters."""
    rng = random.Random("vocabulary")
    counted: Counter[str] = Counter()
    for number in range(_SAMPLE):
        made = (
            corpus.question(rng, "dense" if number < _SAMPLE / 4 else "mixed")
            if number % 2
            else corpus.plain(rng)
        )
        counted.update(_PIECES.findall((made.prompt + made.answer).replace(" ", _BLANK)))
    letters = [chr(n) for n in range(33, 127)] + [_BLANK]
    for letter in letters:
        counted[letter] += 0
    return sorted(counted, key=lambda piece: (-counted[piece], piece))
