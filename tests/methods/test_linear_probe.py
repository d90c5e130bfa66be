from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.kinds.image_classification import Image
from harness.method import Run
from harness.methods.image.linear_probe import LinearProbe, fit, objective
from harness.task import TrainSplit
from harness.tasks.mnist import MNIST
from harness.testing import check_method

RUN = Run(seed=0)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_gradient_is_that_of_finite_differences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.random((7, 4), np.float32)
    labels, weights = rng.integers(0, 3, 7), rng.normal(size=(5, 3))
    _, gradient = objective(weights, rows, labels, 0.7)
    step = 1e-2
    for place in np.ndindex(5, 3):
        shift = np.zeros((5, 3))
        shift[place] = step
        up, _ = objective(weights + shift, rows, labels, 0.7)
        down, _ = objective(weights - shift, rows, labels, 0.7)
        assert gradient[place] == pytest.approx((up - down) / (2 * step), abs=2e-4)


def test_biases_alone_give_the_class_frequencies() -> None:
    labels = np.array([0, 0, 0, 1])
    weights = fit(np.zeros((4, 2), np.float32), labels, 2, 1.0, 100)
    odds = weights[-1, 0] - weights[-1, 1]
    assert odds == pytest.approx(np.log(3), abs=1e-3)


def test_a_strong_penalty_leaves_only_the_biases() -> None:
    rng = np.random.default_rng(0)
    weights = fit(rng.random((30, 4), np.float32), np.arange(30) % 3, 3, 1e8, 100)
    assert np.abs(weights[:-1]).max() < 1e-6


def test_images_of_another_size_are_refused() -> None:
    names = ("a", "b")
    items = [Image(str(n), np.full((3, 3, 1), n, np.uint8), names) for n in range(4)]
    method = LinearProbe()
    method.train(TrainSplit(items, [0, 0, 1, 1]), RUN)
    with pytest.raises(BadInput, match="images of 4 values"):
        list(method.predict([Image("x", np.zeros((2, 2, 1), np.uint8), names)], RUN))
    with pytest.raises(BadInput, match="images of one size"):
        list(method.predict([items[0], Image("x", np.zeros((2, 2, 1), np.uint8), names)], RUN))


def test_the_published_figure_on_mnist(shared_data: Path) -> None:
    # scikit-learn, C = 1, 200 iterations, first half of the test set to the second: 89.8 per cent.
    dataset = MNIST(MNIST.Config(data=shared_data / "mnist", train=False)).load()
    method = LinearProbe(LinearProbe.Config(l2=1.0, iterations=200))
    method.train(TrainSplit(dataset.inputs[:5000], dataset.targets[:5000].tolist()), RUN)
    answered = [int(a.scores.argmax()) for a in method.predict(dataset.inputs[5000:], RUN)]
    assert np.mean(answered == dataset.targets[5000:]) == pytest.approx(0.898, abs=0.0015)


def test_the_contract() -> None:
    check_method(LinearProbe)
