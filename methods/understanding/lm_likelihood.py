"""Zero-shot: choose the answer a causal language model finds likeliest, through lm-eval."""

from __future__ import annotations

import os
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from harness.config import Config
from harness.errors import BadInput, Unavailable
from harness.extras import how_to_install
from harness.kinds.multiple_choice import ChoiceScores, Example
from harness.method import Method, Run
from harness.methods.understanding._lm_eval_tasks import write_task


class LMLikelihood(Method):
    """Score every choice by its log-likelihood after the prompt, with no training at all.

    The protocol of Brown et al. (2020, section 2.4) as lm-evaluation-harness implements it: its
    prompts, its choice strings, its requests, the summed log-likelihood of blank plus choice.
    ``lm_eval.simple_evaluate`` does the work; the scores are read from its log of samples.
    """

    name = "lm_likelihood"
    title = "Zero-shot likelihood of a causal language model (lm-eval)"
    kinds = ("multiple_choice",)
    paper = "Brown et al., Language Models are Few-Shot Learners, NeurIPS 2020, arXiv:2005.14165"
    requires = ("lm",)

    class Config(Config):
        """Options of the zero-shot likelihood."""

        backbone: str = Field(
            "EleutherAI/pythia-160m",
            description="A causal language model of Hugging Face: a name on the hub or a folder",
        )
        normalise: Literal["none", "characters"] = Field(
            "none",
            description="none: lm-eval's acc; characters: divide by the choice's length, acc_norm",
        )
        batch_size: int = Field(8, ge=1, description="Requests in a forward pass")
        dtype: Literal["float32", "bfloat16", "float16", "auto"] = Field(
            "float32", description="Number type of the weights"
        )

    def predict(self, inputs: Sequence[Example], run: Run) -> Iterable[ChoiceScores]:
        """Return the log-likelihood of each choice.

        Raises:
            BadInput: lm-eval has no prompt for a task, or an example lacks a field of its task.
            Unavailable: lm-eval or transformers is not installed, or the backbone is not to be had.
        """
        if not inputs:
            return []
        by_task: dict[str, list[int]] = defaultdict(list)
        for number, item in enumerate(inputs):
            if not item.fields:
                raise BadInput(
                    f"example {item.id}: the input has no fields; read the examples again"
                )
            by_task[item.task].append(number)
        scores = self._scores(inputs, by_task, run)
        return [ChoiceScores(item.id, scores[n]) for n, item in enumerate(run.track(inputs))]

    def _scores(
        self, inputs: Sequence[Example], by_task: dict[str, list[int]], run: Run
    ) -> dict[int, np.ndarray[Any, np.dtype[np.float64]]]:
        with tempfile.TemporaryDirectory(prefix="lm-likelihood-") as name, _surroundings():
            folder = Path(name)
            try:
                named = {
                    write_task(task, [inputs[n] for n in numbers], folder): numbers
                    for task, numbers in by_task.items()
                }
                samples = _evaluate(self._model(run), list(named), folder)
            except ImportError as error:
                package = (error.name or "lm_eval").partition(".")[0]
                raise Unavailable(
                    f"lm_likelihood needs {package}, which is not installed: "
                    + how_to_install(self.requires, package)
                ) from None
        found = {}
        for task, numbers in named.items():
            for sample in samples[task]:
                number = numbers[sample["doc_id"]]
                found[number] = self._read(sample, inputs[number])
        return found

    def _read(self, sample: Any, item: Example) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the ``(c,)`` scores in lm-eval's log of one example."""
        scores = np.array([float(response[0]) for response in sample["filtered_resps"]])
        if len(scores) != len(item.choices):
            raise BadInput(
                f"example {item.id}: lm-eval scored {len(scores)} choices of {len(item.choices)}; "
                "its task differs from ours, install the release in constraints.txt"
            )
        if self.config.normalise == "characters":
            # lm-eval's acc_norm: the choice without the blank that joins it to the prompt.
            scores /= [len(arguments[1]) - 1 for arguments in sample["arguments"]]
        return scores

    def _model(self, run: Run) -> Any:
        """Return the backbone as an lm-eval model.

        Raises:
            Unavailable: It is neither on disk nor can it be fetched.
        """
        from lm_eval.models.huggingface import HFLM

        backbone = run.backbone or self.config.backbone
        try:
            return HFLM(
                pretrained=backbone,
                device=run.device,
                dtype=self.config.dtype,
                batch_size=self.config.batch_size,
            )
        except (OSError, ValueError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise Unavailable(
                f"backbone {backbone!r} cannot be loaded ({reason}); "
                "name a folder with its config, weights and tokenizer: --backbone DIR"
            ) from None


def _evaluate(model: Any, tasks: list[str], folder: Path) -> Any:
    """Return lm-eval's log of samples, by task."""
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    results = simple_evaluate(
        model=model,
        tasks=tasks,
        task_manager=TaskManager(include_path=str(folder), include_defaults=False),
        bootstrap_iters=0,
        log_samples=True,
        # Nothing that counts is drawn, so the global random states are left alone.
        random_seed=None,
        numpy_random_seed=None,
        torch_random_seed=None,
    )
    assert results is not None
    return results["samples"]


@contextmanager
def _surroundings() -> Iterator[None]:
    """Keep ``datasets`` from asking the hub about local files, and the random state as it was."""
    os.environ.setdefault("HF_DATASETS_OFFLINE", "1")  # read once, when datasets is first imported
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)  # lm-eval draws names it may never use
