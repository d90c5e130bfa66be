"""Turns texts of the corpus into training batches for each of the language architectures."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.backbones.vocabulary import SENTINELS
from harness.tasks.mini import corpus
from harness.tasks.mini.corpus import Phase
from harness.tasks.mini.corpus_facts import Text

QUESTIONS, PLAIN = 48, 16
"""Texts of each sort in a step."""
POOL = 8
"""Batches drawn together and sorted by length: padding is the largest waste."""
MASKED = 0.15


@dataclass(frozen=True, slots=True)
class Weights:
    """What the loss of a token counts, an answer's being 1.

    Attributes:
        prompt: Of a decoder's prompt, most of which nothing could predict.
        plain: Of a plain text.
    """

    prompt: float = 0.1
    plain: float = 0.5


@dataclass(frozen=True, slots=True)
class Item:
    """One text as token ids.

    Attributes:
        source: What the encoder reads; empty for a decoder.
        target: What is predicted.
        weights: Loss weight per target token.
    """

    source: list[int]
    target: list[int]
    weights: list[float]


def batches(
    name: str, tokenizer: Any, phases: Sequence[tuple[Phase, int]], weights: Weights, seed: str
) -> Iterator[list[Item]]:
    """Yield batches of texts for backbone ``name``, always the same ones.

    Args:
        name: A backbone.
        tokenizer: Its tokenizer.
        phases: Phases of the corpus in order, with the number of batches of each, multiples of 8.
        weights: Of the loss.
        seed: Names the stream.
    """
    rng = random.Random(f"{seed} {name}")
    make = {"mini_decoder": _continued, "mini_t5": _answered, "mini_encoder": _masked}[name]
    for phase in [phase for phase, steps in phases for _ in range(0, steps, POOL)]:
        texts = []
        for _ in range(POOL):
            texts += [corpus.question(rng, phase) for _ in range(QUESTIONS)]
            texts += [corpus.plain(rng) for _ in range(PLAIN)]
        items = [make(rng, tokenizer, text, weights) for text in texts]
        items.sort(key=lambda item: (len(item.source), len(item.target)))
        size = QUESTIONS + PLAIN
        cut = [items[k : k + size] for k in range(0, len(items), size)]
        rng.shuffle(cut)
        yield from cut


def _ids(tokenizer: Any, text: str) -> list[int]:
    # The Rust tokenizer itself: the wrapper's checks cost as much as the model's step.
    found: list[int] = tokenizer.backend_tokenizer.encode(text).ids
    return found


def _continued(rng: random.Random, tokenizer: Any, text: Text, weigh: Weights) -> Item:
    """Return prompt and answer in one row; the first token is not predicted."""
    answer = [*_ids(tokenizer, text.answer), tokenizer.eos_token_id]
    if not text.prompt:
        return Item([], answer, [0.0] + [weigh.plain] * (len(answer) - 1))
    prompt = _ids(tokenizer, text.prompt)
    weights = [0.0] + [weigh.prompt] * (len(prompt) - 1) + [1.0] * len(answer)
    return Item([], prompt + answer, weights)


def _answered(rng: random.Random, tokenizer: Any, text: Text, weigh: Weights) -> Item:
    """Return prompt to answer; plain text loses spans, or its end."""
    end = tokenizer.eos_token_id
    if text.prompt:
        answer = [*_ids(tokenizer, text.answer), end]
        return Item(_ids(tokenizer, text.prompt), answer, [1.0] * len(answer))
    ids = _ids(tokenizer, text.answer)
    if rng.random() < 0.5:
        source, target = _spans(rng, ids, tokenizer.convert_tokens_to_ids(list(SENTINELS)))
    else:
        cut = _cut(rng, tokenizer, ids)
        source, target = ids[:cut], ids[cut:]
    target = [*target, end]
    return Item(source, target, [weigh.plain] * len(target))


def _cut(rng: random.Random, tokenizer: Any, ids: list[int]) -> int:
    """Return where to break a text: before its last sentence or link word, or anywhere."""
    links = tokenizer.convert_tokens_to_ids(["▁so", "▁because", "▁therefore"])
    at = [
        k + (ids[k] not in links)
        for k in range(1, len(ids) - 2)
        if ids[k] in (*links, _stop(tokenizer))
    ]
    # A link word belongs to what is given, as the tasks' prompts end with it.
    return at[-1] + (ids[at[-1]] in links) if at else rng.randrange(1, max(2, len(ids) - 1))


def _stop(tokenizer: Any) -> int:
    found: int = tokenizer.convert_tokens_to_ids(".")
    return found


def _spans(rng: random.Random, ids: list[int], sentinels: list[int]) -> tuple[list[int], list[int]]:
    """Replace spans of one to three tokens by sentinels (Raffel et al. 2020, section 3.1.4)."""
    source: list[int] = []
    target: list[int] = []
    place = used = 0
    while place < len(ids):
        if (rng.random() < 0.12 and used < len(sentinels)) or (place == len(ids) - 1 and not used):
            length = rng.randint(1, 3)
            source.append(sentinels[used])
            target += [sentinels[used], *ids[place : place + length]]
            place, used = place + length, used + 1
        else:
            source.append(ids[place])
            place += 1
    return source, target


def _masked(rng: random.Random, tokenizer: Any, text: Text, weigh: Weights) -> Item:
    """Mask the answer, and tokens elsewhere (Devlin et al. 2019): 80 % mask, 10 % random, 10 % kept."""
    prompt, answer = _ids(tokenizer, text.prompt), _ids(tokenizer, text.answer)
    ids = [*prompt, *answer, tokenizer.eos_token_id]
    source, weights = list(ids), [0.0] * len(ids)
    for place in range(len(ids) - 1):
        told = bool(prompt) and place >= len(prompt)
        if told or rng.random() < MASKED:
            weights[place] = 1.0 if told else weigh.plain
            draw = rng.random()
            if told or draw < 0.8:
                source[place] = tokenizer.mask_token_id
            elif draw < 0.9:
                source[place] = rng.randrange(len(tokenizer))
    return Item(source, ids, weights)
