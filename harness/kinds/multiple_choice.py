"""Multiple choice: an example's fields and its answer choices in, a score for each choice out.

The kind of SuperGLUE and GLUE, and what lm-evaluation-harness calls ``output_type:
multiple_choice``. A classification lists its label words as choices, the same for every example; a
question with answers of its own (COPA, ReCoRD) lists those. A rating (STS-B) has no choices: its
one score is the predicted value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.errors import BadInput
from harness.kinds.contract import Floats, Kind


@dataclass(frozen=True, slots=True)
class Example:
    """One example without its label.

    Attributes:
        id: The example's id, unique within its data set.
        task: Registry name of the task (``"superglue/boolq"``); it says what the fields mean.
        fields: The official fields by name, as the benchmark's tables on the Hugging Face hub
            flatten them (one row per answer in MultiRC, one per query in ReCoRD), label left out.
        choices: The distinct answers to choose from, in the order of the official integer labels;
            empty where a number is asked for.
    """

    id: str
    task: str
    fields: Mapping[str, Any]
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChoiceScores:
    """How well each choice fits: the prediction of kind ``multiple_choice``.

    Attributes:
        id: The example's id, as in the input.
        scores: ``(c,)`` float64, one score per choice, higher is better; log-likelihoods, logits and
            probabilities all do. ``(1,)``, the predicted value, where the example has no choices.
    """

    id: str
    scores: Floats

    @property
    def choice(self) -> int:
        """Return the index of the best choice, the first of equals."""
        return int(np.argmax(self.scores))


def _check_multiple_choice(item: Example, out: ChoiceScores) -> None:
    """Raise :class:`BadInput` unless ``out`` is a well-formed answer to ``item``."""
    where = f"example {item.id}"
    if out.id != item.id:
        raise BadInput(f"{where}: the prediction is for example {out.id}; keep the input order")
    if not item.fields:
        raise BadInput(f"{where}: the input has no fields; read the examples again")
    if len(item.choices) == 1 or len(set(item.choices)) < len(item.choices):
        raise BadInput(f"{where}: the choices {item.choices} are not several different ones")
    expected = (max(1, len(item.choices)),)
    if np.shape(out.scores) != expected:
        raise BadInput(
            f"{where}: scores of shape {np.shape(out.scores)}, expected {expected}, one per choice"
        )
    if not np.isfinite(out.scores).all():
        raise BadInput(f"{where}: a score is NaN or infinite")


KIND = Kind("multiple_choice", Example, ChoiceScores, _check_multiple_choice)
