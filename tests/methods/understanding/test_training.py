from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.kinds.multiple_choice import Example
from harness.method import Run
from harness.methods.understanding._splitting import held_out
from harness.tasks.superglue import RTE, BoolQ, MultiRC

torch = pytest.importorskip("torch")

from harness.methods.understanding import _training  # noqa: E402 - needs torch

RUN = Run(seed=0)


def line() -> tuple[Any, Any]:
    """Return a line to fit to y = 2 x, and its problem."""
    x = torch.arange(1.0, 11.0)
    layer = torch.nn.Linear(1, 1)
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)

    def loss(rows: Any) -> Any:
        return ((layer(x[rows, None])[:, 0] - 2 * x[rows]) ** 2).mean()

    problem = _training.Problem(
        layer, layer, [1] * 10, loss, lambda: (-loss(np.arange(10)).item(),)
    )
    return layer, problem


def recipe(**options: Any) -> Any:
    return _training.Recipe(**{"steps": 40, "batch_size": 4, "learning_rate": 0.1, **options})


def test_it_learns_and_keeps_the_best() -> None:
    layer, problem = line()
    progress = _training.fit(problem, recipe(steps=200, schedule="linear"), RUN)
    assert [step for step, _ in progress.figures] == list(range(20, 201, 20))
    assert max(figures for _, figures in progress.figures) == problem.judge()
    assert layer.weight.item() == pytest.approx(2, abs=0.1)
    assert len(progress.losses) == 200


def test_an_interrupted_training_goes_on(tmp_path: Path) -> None:
    def stop(done: int, total: int | None) -> None:
        if done == 21:
            raise KeyboardInterrupt

    layer, problem = line()
    whole = _training.fit(problem, recipe(), RUN)
    _, problem = line()
    with pytest.raises(KeyboardInterrupt):
        _training.fit(problem, recipe(), Run(0, cache=tmp_path, on_progress=stop))
    again, problem = line()
    steps: list[int] = []
    resumed = _training.fit(
        problem,
        recipe(),
        Run(0, cache=tmp_path, on_progress=lambda done, total: steps.append(done)),
    )
    assert steps == list(range(21, 41))
    assert resumed.losses == whole.losses
    assert resumed.figures == whole.figures
    assert again.weight.item() == layer.weight.item()


def test_a_damaged_cache_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "training.pt").write_bytes(b"PK\x03\x04 no")
    _, problem = line()
    assert len(_training.fit(problem, recipe(), Run(0, cache=tmp_path)).losses) == 40


def test_no_steps_leave_everything_as_it_was() -> None:
    layer, problem = line()
    progress = _training.fit(problem, recipe(steps=0), RUN)
    assert progress.losses == progress.figures == []
    assert layer.weight.item() == progress.best["weight"].item() == 0


def test_a_loss_that_is_not_finite() -> None:
    _, problem = line()
    broken = _training.Problem(
        problem.learner, problem.body, problem.lengths, lambda rows: problem.loss(rows) / 0, None
    )
    with pytest.raises(BadInput, match="loss of step 1 is inf; choose a smaller learning_rate"):
        _training.fit(broken, recipe(), RUN)


@given(lengths=st.lists(st.integers(1, 50), min_size=1, max_size=200), size=st.integers(1, 7))
def test_an_epoch_has_every_example_once(lengths: list[int], size: int) -> None:
    batches = _training._epoch(np.array(lengths), size, np.random.default_rng(0))
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    assert len(batches) == -(-len(lengths) // size)


def test_rates() -> None:
    falling = recipe(steps=4, schedule="linear", learning_rate=1.0)
    assert [falling.rate(step) for step in range(4)] == [1, 0.75, 0.5, 0.25]
    assert recipe(steps=3, checkpoints=10).evaluated() == {1, 2, 3}
    assert recipe(steps=100, checkpoints=3).evaluated() == {33, 67, 100}


@given(
    texts=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=60),
    share=st.floats(0, 0.99),
)
def test_no_text_is_on_both_sides(texts: list[tuple[int, int]], share: float) -> None:
    items = [
        Example(
            str(n),
            "t",
            {"premise": f"it is premise {a}", "hypothesis": f"so says hypothesis {b}"},
            (),
        )
        for n, (a, b) in enumerate(texts)
    ]
    kept, out = held_out(items, share, RUN)
    assert sorted([*kept, *out]) == list(range(len(items)))
    assert len(kept) >= 1
    assert len(out) <= share * len(items) + 0.5
    for key in ("premise", "hypothesis"):
        sides = [{items[n].fields[key] for n in side} for side in (kept, out)]
        assert not sides[0] & sides[1]


def test_about_a_fifth_of_real_splits_is_held_out() -> None:
    for task in (RTE, BoolQ, MultiRC):
        inputs = task().train_split().inputs
        kept, out = held_out(inputs, 0.2, RUN)
        assert len(out) == pytest.approx(0.2 * len(inputs), rel=0.1)
        assert not np.array_equal(out, held_out(inputs, 0.2, Run(1))[1])
        assert set(kept).isdisjoint(out)
