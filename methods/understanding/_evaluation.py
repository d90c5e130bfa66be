"""Has lm-eval score the choices of examples with a language model."""

from __future__ import annotations

import os
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import BadInput
from harness.kinds.contract import Floats
from harness.kinds.multiple_choice import ChoiceScores, Example
from harness.methods.understanding._lm_eval_tasks import write_task


def choice_scores(
    model: Callable[[], Any], inputs: Sequence[Example], *, per_character: bool = False
) -> list[ChoiceScores]:
    """Return the log-likelihoods that ``lm_eval.simple_evaluate`` finds, read from its samples.

    Args:
        model: Makes the lm-eval model; called once the examples have proved sound.
        inputs: Examples of any tasks lm-eval has.
        per_character: Divide by the choice's length, as lm-eval's ``acc_norm`` does.

    Raises:
        BadInput: lm-eval has no prompt for a task, or an example lacks a field of its task.
    """
    if not inputs:
        return []
    with written(inputs) as (folder, named):
        samples = _evaluate(model(), list(named), folder)
    found: dict[int, Floats] = {}
    for task, numbers in named.items():
        for sample in samples[task]:
            number = numbers[sample["doc_id"]]
            found[number] = _read(sample, inputs[number], per_character)
    return [ChoiceScores(item.id, found[number]) for number, item in enumerate(inputs)]


@contextmanager
def written(inputs: Sequence[Example]) -> Iterator[tuple[Path, Mapping[str, Sequence[int]]]]:
    """Give a folder with lm-eval's definition of each task among ``inputs``.

    Yields:
        The folder, and lm-eval's name of each task with the numbers of its examples.

    Raises:
        BadInput: lm-eval has no prompt for a task, or an example has no fields.
    """
    by_task: dict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(inputs):
        if not item.fields:
            raise BadInput(f"example {item.id}: the input has no fields; read the examples again")
        by_task[item.task].append(number)
    with tempfile.TemporaryDirectory(prefix="lm-eval-") as name, _surroundings():
        folder = Path(name)
        yield (
            folder,
            {
                write_task(task, [inputs[n] for n in numbers], folder): numbers
                for task, numbers in by_task.items()
            },
        )


def manager(folder: Path) -> Any:
    """Return lm-eval's index of the tasks in ``folder`` alone; indexing its own takes seconds."""
    from lm_eval.tasks import TaskManager

    return TaskManager(include_path=str(folder), include_defaults=False)


def _evaluate(model: Any, tasks: list[str], folder: Path) -> Any:
    """Return lm-eval's log of samples, by task."""
    from lm_eval import simple_evaluate

    results = simple_evaluate(
        model=model,
        tasks=tasks,
        task_manager=manager(folder),
        bootstrap_iters=0,
        log_samples=True,
        # Nothing that counts is drawn, so the global random states are left alone.
        random_seed=None,
        numpy_random_seed=None,
        torch_random_seed=None,
    )
    assert results is not None
    return results["samples"]


def _read(sample: Any, item: Example, per_character: bool) -> Floats:
    """Return the ``(c,)`` scores in lm-eval's log of one example."""
    scores = np.array([float(response[0]) for response in sample["filtered_resps"]])
    if len(scores) != len(item.choices):
        raise BadInput(
            f"example {item.id}: lm-eval scored {len(scores)} choices of {len(item.choices)}; "
            "its task differs from ours, install the release in constraints.txt"
        )
    if per_character:
        # lm-eval's acc_norm: the choice without the blank that joins it to the prompt.
        scores /= [len(arguments[1]) - 1 for arguments in sample["arguments"]]
    return scores


@contextmanager
def _surroundings() -> Iterator[None]:
    """Keep ``datasets`` from asking the hub about local files, and the random state as it was."""
    os.environ.setdefault("HF_DATASETS_OFFLINE", "1")  # read once, when datasets is first imported
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)  # lm-eval draws names it may never use
