"""An encoder with a head on its first token, trained as a classifier (Devlin et al., 2019, section 4).

A task with the same choices for every example gets one number per choice; one whose choices are
sentences gets one number for each sentence read; a rating is the number itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from harness.errors import BadInput
from harness.kinds.contract import Floats
from harness.kinds.multiple_choice import ChoiceScores, Example
from harness.method import Run
from harness.methods.understanding._backbones import loading
from harness.methods.understanding._objectives import choice_loss, gold_of
from harness.methods.understanding._pair_templates import Template, template_of
from harness.methods.understanding._splitting import held_out
from harness.methods.understanding._training import Problem, Progress, Recipe, Rows, State, fit
from harness.methods.understanding._training import restore as restore_into
from harness.task import TrainSplit

DROPOUT = 0.1


@dataclass(frozen=True, slots=True)
class Reading:
    """How texts are read.

    Attributes:
        max_length: Tokens kept of a pair of texts; the longer text loses its end first.
        batch_size: Texts in a forward pass when predicting.
    """

    max_length: int
    batch_size: int


class Headed(nn.Module):
    """A pretrained encoder, and on its first token a hidden layer and the wanted numbers."""

    def __init__(self, backbone: str, outputs: int, reading: Reading, run: Run) -> None:
        """Load the encoder, and draw the head from the run's seed.

        Raises:
            Unavailable: The encoder is neither on disk nor can it be fetched.
        """
        super().__init__()
        from transformers import AutoModel, AutoTokenizer

        with loading(backbone):
            self.tokenizer = AutoTokenizer.from_pretrained(backbone)
            self.encoder = AutoModel.from_pretrained(backbone).float()
        width = self.encoder.config.hidden_size
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(run.rng("head").integers(2**31)))
            self.head = nn.Sequential(
                nn.Dropout(DROPOUT),
                nn.Linear(width, width),
                nn.Tanh(),
                nn.Dropout(DROPOUT),
                nn.Linear(width, outputs),
            )
        positions = getattr(self.encoder.config, "max_position_embeddings", reading.max_length)
        self.longest = min(reading.max_length, self.tokenizer.model_max_length, positions)
        self.to(run.device)

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, Tensor]]:
        """Return the tokens, and where the tokenizer tells them the text, of each pair."""
        firsts, seconds = [first for first, _ in pairs], [second for _, second in pairs]
        found = self.tokenizer(
            firsts,
            seconds if any(seconds) else None,
            truncation=True,
            max_length=self.longest,
            return_attention_mask=True,
        )
        return [{name: torch.tensor(found[name][n]) for name in found} for n in range(len(pairs))]

    def forward(self, texts: Sequence[dict[str, Tensor]]) -> Tensor:
        """Return the ``(b, outputs)`` numbers of some texts."""
        padding = {"input_ids": self.tokenizer.pad_token_id or 0}
        arguments: dict[str, Any] = {
            name: pad_sequence(
                [text[name] for text in texts],
                batch_first=True,
                padding_value=padding.get(name, 0),
            ).to(self.encoder.device)
            for name in texts[0]
        }
        found: Tensor = self.head(self.encoder(**arguments).last_hidden_state[:, 0])
        return found


def fitted(
    backbone: str,
    split: TrainSplit,
    recipe: Recipe,
    share: float,
    reading: Reading,
    run: Run,
) -> Progress:
    """Train an encoder with its head.

    Args:
        backbone: Folder or name on the hub.
        split: Examples of one task, with labels; not empty.
        recipe: How.
        share: Of the examples to hold out, to choose the checkpoint by.
        reading: How texts are read.
        run: Seed, device, progress and cache.

    Raises:
        BadInput: Examples or labels are malformed, or the loss is no longer finite.
        Unavailable: The encoder is not to be had.
    """
    template, outputs = _shape(split.inputs)
    rated = not split.inputs[0].choices
    gold: Sequence[Any] = _ratings(split) if rated else gold_of(split)
    network = Headed(backbone, outputs, reading, run)
    texts = [network.read(template.texts(item)) for item in split.inputs]
    trained, out = held_out(split.inputs, share, run)

    def loss(rows: Rows) -> Tensor:
        numbers = trained[rows]
        found = _numbers(network, [texts[n] for n in numbers])
        return _loss(found, [texts[n] for n in numbers], [gold[n] for n in numbers], rated)

    def judge() -> tuple[float, ...]:
        found = _scored(network, [texts[n] for n in out], reading.batch_size)
        known = [gold[n] for n in out]
        if rated:
            return (-float(np.mean([(s[0] - k) ** 2 for s, k in zip(found, known, strict=True)])),)
        right = [int(np.argmax(s)) == k for s, k in zip(found, known, strict=True)]
        sure = [s[k] - np.logaddexp.reduce(s) for s, k in zip(found, known, strict=True)]
        return float(np.mean(right)), float(np.mean(sure))

    lengths = [sum(len(text["input_ids"]) for text in texts[n]) for n in trained]
    problem = Problem(network, network, lengths, loss, judge if len(out) else None)
    return fit(problem, recipe, run)


def predicted(
    backbone: str,
    inputs: Sequence[Example],
    learned: State | None,
    reading: Reading,
    run: Run,
) -> list[ChoiceScores]:
    """Return the logits of each choice, or the rating.

    Args:
        backbone: Folder or name on the hub.
        inputs: Examples of one task; not empty.
        learned: What training left, or None for a head that has learnt nothing.
        reading: How texts are read.
        run: Seed and device.

    Raises:
        BadInput: Examples are malformed, or of another form than those trained on.
        Unavailable: The encoder is not to be had.
    """
    template, outputs = _shape(inputs)
    network = Headed(backbone, outputs, reading, run).eval()
    if learned is not None:
        known = len(learned["head.4.bias"])
        if known != outputs:
            raise BadInput(
                f"example {inputs[0].id} wants {outputs} numbers of the head, which was trained "
                f"to give {known}; train and predict on the same task"
            )
        restore_into(network, learned)
    texts = [network.read(template.texts(item)) for item in inputs]
    found = _scored(network, texts, reading.batch_size)
    return [ChoiceScores(item.id, scores) for item, scores in zip(inputs, found, strict=True)]


def _shape(inputs: Sequence[Example]) -> tuple[Template, int]:
    """Return the wording of the task and the numbers its head gives for one text.

    Raises:
        BadInput: The examples are not of one form.
    """
    template = template_of(inputs[0])
    outputs = 1 if template.per_choice else max(1, len(inputs[0].choices))
    for item in inputs:
        same = template.per_choice or len(item.choices) == len(inputs[0].choices)
        if template_of(item) != template or not same:
            raise BadInput(
                f"example {item.id} of {item.task} is of another form than {inputs[0].id} of "
                f"{inputs[0].task}; an encoder's head is for one task"
            )
    return template, outputs


def _ratings(split: TrainSplit) -> list[float]:
    """Return the ratings as numbers.

    Raises:
        BadInput: One is no finite number, or they are not one per example.
    """
    if len(split.labels) != len(split.inputs):
        raise BadInput(f"{len(split.labels)} ratings for {len(split.inputs)} training examples")
    for item, label in zip(split.inputs, split.labels, strict=True):
        if not isinstance(label, int | float | np.number) or not np.isfinite(label):
            raise BadInput(f"training example {item.id}: the rating is {label!r}, not a number")
    return [float(label) for label in split.labels]


Texts = Sequence[Sequence[dict[str, Tensor]]]


def _numbers(network: Headed, texts: Texts) -> Tensor:
    """Return the ``(n, outputs)`` numbers of all texts of some examples, side by side."""
    found: Tensor = network([text for each in texts for text in each])
    return found


def _loss(found: Tensor, texts: Texts, gold: Sequence[Any], rated: bool) -> Tensor:
    if rated:
        wanted = torch.tensor(gold, device=found.device, dtype=found.dtype)
        return nn.functional.mse_loss(found[:, 0], wanted)
    if found.shape[1] > 1:
        return nn.functional.cross_entropy(found, torch.tensor(gold, device=found.device))
    return choice_loss(found[:, 0], [len(each) for each in texts], gold)


def _scored(network: Headed, texts: Texts, batch_size: int) -> list[Floats]:
    """Return the float64 scores of each example; texts of like length are read together."""
    flat = [text for each in texts for text in each]
    order = np.argsort([len(text["input_ids"]) for text in flat], kind="stable")
    numbers: list[Floats] = [np.empty(0)] * len(flat)
    with torch.inference_mode():
        for begin in range(0, len(order), batch_size):
            rows = order[begin : begin + batch_size]
            found = network([flat[n] for n in rows]).double().cpu().numpy()
            for row, values in zip(rows, found, strict=True):
                numbers[row] = values
    ends = list(accumulate(len(each) for each in texts))
    begins = [0, *ends[:-1]]
    return [np.concatenate(numbers[a:b]) for a, b in zip(begins, ends, strict=True)]
