"""The training loop of the understanding tasks: seeded, resumable, best of its checkpoints."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.errors import BadInput
from harness.method import Run
from harness.paths import write_atomically

Rows = NDArray[np.int64]
State = dict[str, Tensor]
POOL = 16
"""Batches whose examples are sorted by length together, so that little is padded."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The schedule.

    Attributes:
        steps: Batches in all.
        batch_size: Examples in a batch.
        learning_rate: Of AdamW, at the start.
        schedule: ``constant``, or ``linear``: falling to zero at the end.
        weight_decay: Of AdamW.
        clip: Bound of the gradient's norm, or None.
        checkpoints: Evaluations on the held-out examples, evenly spaced.
    """

    steps: int
    batch_size: int
    learning_rate: float
    schedule: Literal["constant", "linear"] = "constant"
    weight_decay: float = 0.0
    clip: float | None = 1.0
    checkpoints: int = 10

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        left = 1 - step / self.steps if self.schedule == "linear" else 1.0
        return self.learning_rate * left

    def evaluated(self) -> frozenset[int]:
        """Return the numbers of steps after which the model is evaluated; always the last."""
        count = min(self.checkpoints, self.steps)
        return frozenset(round(self.steps * k / count) for k in range(1, count + 1))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is trained on what.

    Attributes:
        learner: Its parameters with ``requires_grad`` are trained.
        body: What is put into training mode (dropout) for a step: the whole network.
        lengths: Length of each training example, by which batches are sorted.
        loss: The mean loss of some examples, by their numbers.
        judge: The figures of the held-out examples, higher is better, the first one decides; None
            where nothing is held out, which keeps the last state.
    """

    learner: nn.Module
    body: nn.Module
    lengths: Sequence[int]
    loss: Callable[[Rows], Tensor]
    judge: Callable[[], tuple[float, ...]] | None


@dataclass(slots=True)
class Progress:
    """Where training stands.

    Attributes:
        step: Steps done.
        losses: The loss of each step.
        figures: Step and held-out figures of each checkpoint.
        best: The trained tensors of the best checkpoint so far; without any step, the first ones.
    """

    step: int = 0
    losses: list[float] = field(default_factory=list)
    figures: list[tuple[int, tuple[float, ...]]] = field(default_factory=list)
    best: State = field(default_factory=dict)


def fit(problem: Problem, recipe: Recipe, run: Run) -> Progress:
    """Train in place, from where an interrupted run of the same key left off.

    The learner ends with the tensors of its best checkpoint, the body in evaluation mode.

    Raises:
        BadInput: The loss is no longer finite.
    """
    learner = problem.learner
    trained = {name: p for name, p in learner.named_parameters() if p.requires_grad}
    optimiser = torch.optim.AdamW(
        trained.values(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
    )
    kept = run.cache / "training.pt" if run.cache is not None else None
    progress = _restored(kept, trained, optimiser)
    evaluated, seed = recipe.evaluated(), int(run.rng("dropout").integers(2**31))
    cuda = [torch.cuda.current_device()] if run.device == "cuda" else []
    problem.body.train()
    with torch.random.fork_rng(devices=cuda):
        for rows in _batches(problem.lengths, recipe, progress.step, run):
            torch.manual_seed(seed + progress.step)
            for group in optimiser.param_groups:
                group["lr"] = recipe.rate(progress.step)
            loss = problem.loss(rows)
            optimiser.zero_grad()
            loss.backward()
            if recipe.clip is not None:
                nn.utils.clip_grad_norm_(trained.values(), recipe.clip)
            optimiser.step()
            progress.step += 1
            progress.losses.append(_finite(loss, progress.step))
            if progress.step in evaluated:
                _evaluate(problem, trained, progress)
                if kept is not None:
                    _keep(kept, trained, optimiser, progress)
            run.on_progress(progress.step, recipe.steps)
    problem.body.eval()
    if not progress.best:
        progress.best = _copied(trained)
    restore(learner, progress.best)
    return progress


def restore(learner: nn.Module, state: State) -> None:
    """Copy trained tensors back into the parameters of their names."""
    parameters = dict(learner.named_parameters())
    with torch.no_grad():
        for name, tensor in state.items():
            parameters[name].copy_(tensor)


def _finite(loss: Tensor, step: int) -> float:
    value = float(loss.detach())
    if not np.isfinite(value):
        raise BadInput(f"the loss of step {step} is {value}; choose a smaller learning_rate")
    return value


def _evaluate(problem: Problem, trained: State, progress: Progress) -> None:
    """Judge the present state, and remember it if it is the best so far."""
    figures: tuple[float, ...] = ()
    if problem.judge is not None:
        problem.body.eval()
        figures = problem.judge()
        problem.body.train()
    # Without figures, later is better.
    if not figures or all(figures > earlier for _, earlier in progress.figures):
        progress.best = _copied(trained)
    progress.figures.append((progress.step, figures))


def _copied(trained: State) -> State:
    return {name: p.detach().cpu().clone() for name, p in trained.items()}


def _batches(lengths: Sequence[int], recipe: Recipe, done: int, run: Run) -> Iterator[Rows]:
    """Yield the batches that are still to come; an epoch's order depends on seed and epoch only."""
    size = np.array(lengths)
    per_epoch = -(-len(size) // recipe.batch_size)
    for step in range(done, recipe.steps):
        epoch, number = divmod(step, per_epoch)
        if number == 0 or step == done:
            batches = _epoch(size, recipe.batch_size, run.rng(f"epoch {epoch}"))
        yield batches[number]


def _epoch(lengths: Rows, batch_size: int, rng: np.random.Generator) -> list[Rows]:
    """Return one epoch's batches: every example once, neighbours in length together."""
    order = rng.permutation(len(lengths))
    batches = []
    for begin in range(0, len(order), POOL * batch_size):
        pool = order[begin : begin + POOL * batch_size]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches += [pool[at : at + batch_size] for at in range(0, len(pool), batch_size)]
    return [batches[number] for number in rng.permutation(len(batches))]


def _keep(path: Path, trained: State, optimiser: Any, progress: Progress) -> None:
    state = {
        "trained": {name: p.detach() for name, p in trained.items()},
        "optimiser": optimiser.state_dict(),
        "progress": {name: getattr(progress, name) for name in Progress.__slots__},
    }
    sink = io.BytesIO()
    torch.save(state, sink)
    write_atomically(path, sink.getvalue())


def _restored(path: Path | None, trained: State, optimiser: Any) -> Progress:
    """Load what was kept into both; return how far it was (nowhere if there is nothing sound)."""
    if path is None or not path.is_file():
        return Progress()
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
    except Exception:  # damaged, in whatever way: training then starts afresh
        return Progress()
    with torch.no_grad():
        for name, parameter in trained.items():
            parameter.copy_(state["trained"][name])
    optimiser.load_state_dict(state["optimiser"])
    return Progress(**state["progress"])
