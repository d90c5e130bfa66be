"""Soft prompts: vectors put before the embeddings of the input (Lester et al., 2021, section 2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from harness.methods.understanding._language_model import LanguageModel, Prompt

Initialisation = Literal["vocabulary", "random", "uniform"]
FREQUENT = 5_000
"""Most frequent tokens the prompt is sampled from: Lester et al., section 3.2."""
UNIFORM = 0.5
"""Bound of the paper's uniform initialisation, the same section."""
RATE_OF_DECODERS, RATE_OF_ENCODER_DECODERS = 0.15, 0.3
"""Learning rate in standard deviations of the embedding table."""


class SoftPrompt(Prompt):
    """Free vectors, the same before every input."""

    def __init__(self, vectors: Tensor) -> None:
        """Start from ``(n, d)`` ``vectors``."""
        super().__init__()
        self.vectors = nn.Parameter(vectors)
        self.length = len(vectors)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Return ``(b, n + s, d)`` from ``(b, s, d)``."""
        before = self.vectors.expand(len(embeddings), -1, -1)
        return torch.cat([before.to(embeddings.dtype), embeddings], 1)


def initial_vectors(
    model: LanguageModel,
    texts: Iterable[Sequence[int]],
    length: int,
    kind: Initialisation,
    rng: np.random.Generator,
) -> Tensor:
    """Return ``(length, d)`` float32 vectors to start a prompt from.

    The paper samples the 5,000 most frequent tokens of T5's vocabulary, whose order is that of
    frequency. Orders of other tokenizers mean nothing, so frequency is counted here.

    Args:
        model: Whose embedding table is sampled.
        texts: Tokens of the training inputs; without any, all tokens count as equally frequent.
        length: Vectors wanted.
        kind: ``vocabulary``: embeddings of frequent tokens. ``random``: uniform, with the
            embedding table's deviation. ``uniform``: in [-0.5, 0.5], the paper's.
        rng: What is drawn from.
    """
    table = table_of(model)
    shape = (length, table.shape[1])
    if kind == "vocabulary":
        special = set(model.tokenizer.all_special_ids)
        counted = Counter(token for text in texts for token in text if token not in special)
        frequent = [token for token, _ in counted.most_common(FREQUENT)]
        known = min(len(table), len(model.tokenizer))
        pool = frequent or [token for token in range(known) if token not in special]
        return table[rng.choice(pool, length, replace=length > len(pool))]
    bound = UNIFORM if kind == "uniform" else 3**0.5 * deviation(model)
    return torch.from_numpy(rng.uniform(-bound, bound, shape)).float().to(table.device)


def table_of(model: LanguageModel) -> Tensor:
    """Return a float32 copy of the ``(v, d)`` embedding table."""
    weight: Tensor = model.embedding.weight
    return weight.detach().float().clone()


def deviation(model: LanguageModel) -> float:
    """Return the standard deviation of all entries of the embedding table."""
    return float(table_of(model).std())


def suited_rate(model: LanguageModel) -> float:
    """Return a learning rate for Adam on a soft prompt: it moves vectors as large as the table's.

    Published rates (0.3) belong to T5, whose embeddings are large. The factors were found on mini
    models of both kinds.
    """
    factor = RATE_OF_DECODERS if model.backend == "causal" else RATE_OF_ENCODER_DECODERS
    return factor * deviation(model)
