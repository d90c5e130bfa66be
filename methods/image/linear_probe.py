"""Multinomial logistic regression on pixels: how far one gets without features."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from harness.errors import BadInput
from harness.kinds.image_classification import ClassScores, Image
from harness.method import Method, Run
from harness.methods.image._arrays import labels_of, stacked
from harness.task import TrainSplit

Weights = NDArray[np.float64]
Rows = NDArray[np.float32]
Vector = np.ndarray[tuple[int], np.dtype[np.float64]]


class LinearProbe(Method):
    """Minimise ``sum of cross-entropies + l2 / 2 * ||W||^2`` over ``W`` and biases, by L-BFGS.

    The objective is scikit-learn's ``LogisticRegression`` with ``C = 1 / l2`` and pixels between 0
    and 1; biases are not penalised. Without training images all classes score alike.
    """

    name = "linear_probe"
    title = "Logistic regression on pixels"
    kinds = ("image_classification",)

    class Config(Method.Config):
        """Options of the logistic regression."""

        l2: float = Field(1.0, gt=0, description="Strength of the penalty: 1 / C of scikit-learn")
        iterations: int = Field(100, ge=1, description="Most iterations of L-BFGS")

    def __init__(self, config: Method.Config | None = None) -> None:
        super().__init__(config)
        self._weights: Weights | None = None

    def train(self, split: TrainSplit, run: Run) -> None:
        """Fit the weights.

        Raises:
            BadInput: Images differ in size, or a label is of no class.
        """
        if not split.inputs:
            return
        rows, labels = _rows(split.inputs), labels_of(split)
        classes = len(split.inputs[0].class_names)
        limit = self.config.iterations
        self._weights = fit(rows, labels, classes, self.config.l2, limit, run.on_progress)

    def predict(self, inputs: Sequence[Image], run: Run) -> Iterable[ClassScores]:
        """Return the logits of each image.

        Raises:
            BadInput: An image is malformed, or not of the size of those trained on.
        """
        if not inputs:
            return
        rows, classes = _rows(inputs), len(inputs[0].class_names)
        weights = self._weights
        if weights is None:
            weights = np.zeros((rows.shape[1] + 1, classes))
        if weights.shape != (rows.shape[1] + 1, classes):
            raise BadInput(
                f"images of {rows.shape[1]} values and {classes} classes; trained on "
                f"{weights.shape[0] - 1} and {weights.shape[1]}"
            )
        for scores in run.track(list(logits(rows, weights))):
            yield ClassScores(scores)


def _rows(inputs: Sequence[Image]) -> Rows:
    """Return ``(n, d)`` pixels between 0 and 1; float32, as CIFAR's 50,000 take 614 MB."""
    pixels = stacked(inputs)
    return np.divide(pixels.reshape(len(pixels), -1), np.float32(255), dtype=np.float32)


def logits(rows: Rows, weights: Weights) -> NDArray[np.float64]:
    """Return ``(n, k)`` scores from ``(n, d)`` rows and ``(d + 1, k)`` weights, biases last."""
    product = rows @ weights[:-1].astype(np.float32)
    return np.asarray(product + weights[-1], np.float64)


def objective(
    weights: Weights, rows: Rows, labels: NDArray[np.int64], l2: float
) -> tuple[float, Weights]:
    """Return the penalised sum of cross-entropies and its gradient, both over the sample size.

    Args:
        weights: ``(d + 1, k)``, biases last.
        rows: ``(n, d)``.
        labels: ``(n,)``.
        l2: Strength of the penalty on all but the biases.
    """
    scores = logits(rows, weights)
    scores -= scores.max(axis=1, keepdims=True)
    log_normaliser = np.log(np.exp(scores).sum(axis=1))
    picked = np.arange(len(labels)), labels
    loss = float((log_normaliser - scores[picked]).sum())
    error = np.exp(scores - log_normaliser[:, None])
    error[picked] -= 1
    gradient = np.empty_like(weights)
    gradient[:-1] = rows.T @ error.astype(np.float32) + l2 * weights[:-1]
    gradient[-1] = error.sum(axis=0)
    penalised = loss + l2 / 2 * float((weights[:-1] ** 2).sum())
    return penalised / len(labels), gradient / len(labels)


def fit(
    rows: Rows,
    labels: NDArray[np.int64],
    classes: int,
    l2: float,
    iterations: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> Weights:
    """Return the ``(d + 1, classes)`` weights that minimise :func:`objective`.

    Args:
        rows: ``(n, d)``.
        labels: ``(n,)``.
        classes: Number of classes.
        l2: Strength of the penalty.
        iterations: Most iterations of L-BFGS, from weights of zero.
        on_progress: Called with the iterations done and the most there can be.
    """
    from scipy.optimize import minimize

    shape = (rows.shape[1] + 1, classes)
    done = 0

    def flat(x: Vector) -> tuple[float, Vector]:
        value, gradient = objective(x.reshape(shape), rows, labels, l2)
        return value, gradient.ravel()

    def iterated(x: Vector) -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            on_progress(done, iterations)

    found = minimize(  # type: ignore[call-overload] # the stubs lack jac=True beside a callback
        flat,
        np.zeros(shape[0] * shape[1]),
        jac=True,
        method="L-BFGS-B",
        callback=iterated,
        options={"maxiter": iterations, "maxfun": 2 * iterations, "gtol": 1e-4},
    )
    return np.asarray(found.x, np.float64).reshape(shape)
