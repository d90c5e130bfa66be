"""Small examples of the SuperGLUE tasks, for checking methods and tasks of multiple choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from harness.kinds.multiple_choice import ChoiceScores, Example

_TRUTH = ("False", "True")


def inputs(seed: int) -> list[Example]:
    """Return one example of each task, in an order of the seed: fixed choices and own ones."""
    made = [
        _example("boolq", _TRUTH, question="is rain wet", passage="Rain is liquid water."),
        _example(
            "cb",
            ("entailment", "contradiction", "neutral"),
            premise="Ann said it rained.",
            hypothesis="it rained",
        ),
        _example(
            "copa",
            ("The cat pushed it.", "It rained."),
            premise="The lamp fell.",
            choice1="The cat pushed it.",
            choice2="It rained.",
            question="cause",
        ),
        _example(
            "multirc",
            _TRUTH,
            paragraph="Ann ate soup.",
            question="What did Ann eat?",
            answer="soup",
        ),
        _example(
            "record",
            ("Bo", "Oslo", "Rome"),
            passage="Ann met Bo in Rome.\n@highlight\nBo is from Oslo",
            query="@placeholder comes from Oslo",
            entities=("Bo", "Oslo", "Rome"),
        ),
        _example(
            "rte",
            ("entailment", "not_entailment"),
            premise="Zoë’s café is open 24 hours.",
            hypothesis="The café closes.",
        ),
        _example(
            "wic",
            _TRUTH,
            word="bank",
            sentence1="He sat on the bank.",
            sentence2="The bank closed.",
            start1=14,
            end1=18,
            start2=4,
            end2=8,
        ),
        _example(
            "wsc",
            _TRUTH,
            text="Mark told Pete about himself .",
            span1_text="Mark",
            span1_index=0,
            span2_text="himself",
            span2_index=4,
        ),
    ]
    order = np.random.default_rng(seed).permutation(len(made))
    return [made[i] for i in order]


def _example(subset: str, choices: tuple[str, ...], **fields: Any) -> Example:
    return Example(f"{subset}-0", f"superglue/{subset}", fields, choices)


def spoil(items: Sequence[Example]) -> None:
    """Take every field from the first example."""
    cast(dict[str, Any], items[0].fields).clear()


def _last(item: Example) -> ChoiceScores:
    """Choose the last choice, or the rating 1."""
    scores = np.zeros(max(1, len(item.choices)))
    scores[-1] = 1.0
    return ChoiceScores(item.id, scores)


def _undecided(item: Example) -> ChoiceScores:
    """Score all choices the same: valid, and awkward for scorers."""
    return ChoiceScores(item.id, np.zeros(max(1, len(item.choices))))


def _varied(item: Example) -> ChoiceScores:
    """Score the choices by a number made from the id: every choice wins somewhere."""
    digits = sum(item.id.encode())
    scores = [float((digits * (k + 3)) % 7) for k in range(max(1, len(item.choices)))]
    return ChoiceScores(item.id, np.array(scores))


ANSWERS: dict[str, Callable[[Example], ChoiceScores]] = {
    "plain": _varied,
    "last": _last,
    "undecided": _undecided,
}
