"""What a language model learns from: the tokens of the right answer, or the choice among answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from harness.errors import BadInput
from harness.kinds.multiple_choice import Example
from harness.methods.understanding._language_model import Encoded, LanguageModel
from harness.methods.understanding._requests import Request
from harness.methods.understanding._training import Rows
from harness.task import TrainSplit

Objective = Literal["tokens", "choices"]


def gold_of(split: TrainSplit) -> list[int]:
    """Return the right choice of each training example.

    Raises:
        BadInput: Labels are not one per example, or one is no number of a choice.
    """
    if len(split.inputs) != len(split.labels):
        raise BadInput(
            f"{len(split.labels)} labels for {len(split.inputs)} training examples; "
            "give one for each"
        )
    for item, label in zip(split.inputs, split.labels, strict=True):
        _check(item, label)
    return [int(label) for label in split.labels]


def _check(item: Example, label: object) -> None:
    """Raise :class:`BadInput` unless ``label`` is the number of one of the example's choices."""
    if not item.choices:
        raise BadInput(
            f"training example {item.id} of {item.task} has no choices: it asks for a number, "
            "which a language model's likelihoods do not give"
        )
    if not isinstance(label, int | np.integer) or not 0 <= label < len(item.choices):
        raise BadInput(
            f"training example {item.id}: the label is {label!r}, "
            f"expected a number from 0 to {len(item.choices) - 1}"
        )


class Tokens:
    """Cross-entropy of the right continuation's tokens, averaged over all tokens of a batch.

    The text-to-text objective of T5 (Raffel et al., 2020, section 2.4), with which Lester et al.
    (2021) train prompts and models. Only what lm-eval scores is trained: no end of text.
    """

    def __init__(
        self, model: LanguageModel, requests: Sequence[Sequence[Request]], gold: Sequence[int]
    ) -> None:
        """Encode the right continuation of each example."""
        self.model = model
        self.encoded = [model.encode(each[k]) for each, k in zip(requests, gold, strict=True)]

    def lengths(self) -> list[int]:
        """Return the tokens each example costs."""
        return [len(item) for item in self.encoded]

    def texts(self) -> list[list[int]]:
        """Return the tokens of each example's context and right continuation."""
        return [item.pair[0] + item.pair[1] for item in self.encoded]

    def __call__(self, rows: Rows) -> Tensor:
        """Return the mean loss of some examples."""
        found, counts = self.model.token_log_likelihoods([self.encoded[n] for n in rows])
        return -found.sum() / counts.sum()


class Choices:
    """Cross-entropy of the softmax over the summed log-likelihoods of an example's choices."""

    def __init__(
        self, model: LanguageModel, requests: Sequence[Sequence[Request]], gold: Sequence[int]
    ) -> None:
        """Encode every choice of each example."""
        self.model = model
        self.gold = gold
        self.encoded = [[model.encode(request) for request in each] for each in requests]

    def lengths(self) -> list[int]:
        """Return the tokens each example costs."""
        return [sum(map(len, each)) for each in self.encoded]

    def texts(self) -> list[list[int]]:
        """Return the tokens of each example's context and right continuation."""
        pairs = [each[k].pair for each, k in zip(self.encoded, self.gold, strict=True)]
        return [context + continuation for context, continuation in pairs]

    def __call__(self, rows: Rows) -> Tensor:
        """Return the mean loss of some examples."""
        chosen = [self.encoded[n] for n in rows]
        scores = self.model.log_likelihoods([item for each in chosen for item in each])
        return choice_loss(scores, [len(each) for each in chosen], [self.gold[n] for n in rows])


def choice_loss(scores: Tensor, counts: Sequence[int], gold: Sequence[int]) -> Tensor:
    """Return the mean cross-entropy over examples of unequal numbers of choices.

    Args:
        scores: ``(sum(counts),)`` scores, those of an example side by side.
        counts: Choices of each example.
        gold: The right one of each.
    """
    rows = nn.utils.rnn.pad_sequence(
        list(scores.split(list(counts))), batch_first=True, padding_value=-torch.inf
    )
    return nn.functional.cross_entropy(rows, torch.tensor(gold, device=rows.device))


OBJECTIVES: dict[Objective, type[Tokens] | type[Choices]] = {"tokens": Tokens, "choices": Choices}


def judge(
    model: LanguageModel, requests: Sequence[Sequence[Request]], gold: Sequence[int]
) -> Callable[[], tuple[float, ...]] | None:
    """Return a function that judges the model on held-out examples, or None if there are none.

    It returns the share of right answers, as lm-eval scores them, and, to decide between equals,
    the mean log-probability of the right choice among the choices.
    """
    if not requests:
        return None
    encoded: list[Encoded] = [model.encode(request) for each in requests for request in each]
    ends = list(accumulate(len(each) for each in requests))

    def figures() -> tuple[float, ...]:
        scores = np.split(np.array(model.score(encoded)), ends[:-1])
        right = [int(np.argmax(each)) == k for each, k in zip(scores, gold, strict=True)]
        sure = [each[k] - np.logaddexp.reduce(each) for each, k in zip(scores, gold, strict=True)]
        return float(np.mean(right)), float(np.mean(sure))

    return figures
