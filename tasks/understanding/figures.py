"""The official figures of each SuperGLUE and GLUE task, one :class:`Judge` each.

A judge calls the functions lm-evaluation-harness ships for the task (scikit-learn's beneath them),
SciPy for STS-B as GLUE's own code does, and knows how to resample what is no mean over examples.
Where a task has two figures, ``score`` is their mean, the number that enters the benchmark's average.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.errors import Unavailable
from harness.extras import how_to_install
from harness.task import Absent
from harness.tasks.understanding import outcomes as o
from harness.tasks.understanding.outcomes import Floats, Outcomes

Figure = Callable[[NDArray[np.float64]], Floats]
"""From ``(r, units)`` weights to ``(r,)`` values."""


@dataclass(frozen=True, slots=True)
class Judge:
    """How one task is scored.

    Attributes:
        official: Outcomes to every figure, by the official functions.
        means: Names of the figures that are means over examples of being right.
        resampled: The other figures by name: outcomes to the figure as a function of weights.
    """

    official: Callable[[Outcomes], Mapping[str, float | Absent]]
    means: tuple[str, ...] = ()
    resampled: Mapping[str, Callable[[Outcomes], Figure]] | None = None


def _missing(error: ImportError) -> Unavailable:
    package = (error.name or "lm_eval").partition(".")[0]
    return Unavailable(
        f"the official figures need {package}, which is not installed: "
        + how_to_install(("lm",), package)
    )


def _pairs(outcomes: Outcomes) -> list[tuple[int, int]]:
    """Return (gold, prediction) integers."""
    return list(
        zip(
            outcomes.gold.astype(int).tolist(), outcomes.predicted.astype(int).tolist(), strict=True
        )
    )


def _right(outcomes: Outcomes) -> float:
    return float(np.mean(outcomes.correct))


def _accuracy(outcomes: Outcomes) -> dict[str, float | Absent]:
    return {"accuracy": _right(outcomes)}


def _cb(outcomes: Outcomes) -> dict[str, float | Absent]:
    try:
        from lm_eval.tasks.super_glue.cb.aggregate import cb_multi_fi
    except ImportError as error:
        raise _missing(error) from None
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # a class neither there nor predicted counts 0, as it should
        f1 = float(cb_multi_fi([(p, g) for g, p in _pairs(outcomes)]))
    return _with_mean({"f1": f1, "accuracy": _right(outcomes)})


def _multirc(outcomes: Outcomes) -> dict[str, float | Absent]:
    try:
        from lm_eval.tasks.super_glue.multirc.t5_utils import agg_em, agg_f1
    except ImportError as error:
        raise _missing(error) from None
    answered = list(zip(outcomes.groups, _pairs(outcomes), strict=True))
    f1a = float(agg_f1([(p, g) for _, (g, p) in answered]))
    em = float(agg_em([(group, p, g) for group, (g, p) in answered]))
    return _with_mean({"f1": f1a, "em": em})


def _mrpc(outcomes: Outcomes) -> dict[str, float | Absent]:
    try:
        from lm_eval.api.metrics import f1_score
    except ImportError as error:
        raise _missing(error) from None
    f1 = float(f1_score(_pairs(outcomes)))
    return _with_mean({"f1": f1, "accuracy": _right(outcomes)})


def _cola(outcomes: Outcomes) -> dict[str, float | Absent]:
    try:
        from lm_eval.api.metrics import matthews_corrcoef
    except ImportError as error:
        raise _missing(error) from None
    return {"mcc": float(matthews_corrcoef(_pairs(outcomes)))}


def _stsb(outcomes: Outcomes) -> dict[str, float | Absent]:
    from scipy.stats import pearsonr, spearmanr

    for name, values in (("prediction", outcomes.predicted), ("rating", outcomes.gold)):
        if np.ptp(values) == 0:
            absent = Absent(f"every {name} is the same: no correlation is defined")
            return {"score": absent, "pearson": absent, "spearman": absent}
    return _with_mean(
        {
            "pearson": float(pearsonr(outcomes.predicted, outcomes.gold).statistic),
            "spearman": float(spearmanr(outcomes.predicted, outcomes.gold).statistic),
        }
    )


def _with_mean(figures: dict[str, float]) -> dict[str, float | Absent]:
    return {"score": float(np.mean(list(figures.values()))), **figures}


def record_figures(answers: Sequence[str], accepted: Sequence[Sequence[str]]) -> dict[str, Floats]:
    """Return ReCoRD's ``(n,)`` token F1 and exact match of each query, and their mean.

    Each is the best over the accepted answers, after SQuAD's normalisation.

    Args:
        answers: The entity answered to each query.
        accepted: The accepted entities of each query.

    Raises:
        Unavailable: lm-eval is not installed.
    """
    try:
        from lm_eval.tasks.super_glue.record.t5_utils import squad_em_agg, squad_f1_agg
    except ImportError as error:
        raise _missing(error) from None
    f1, em = [], []
    for answer, golds in zip(answers, accepted, strict=True):
        # The functions want "group_reference"; the normalisation drops underscores anyway.
        items = [(answer, f"0_{gold.replace('_', '')}") for gold in golds]
        f1.append(float(squad_f1_agg(items)))
        em.append(float(squad_em_agg(items)))
    return {"score": (np.array(f1) + em) / 2, "f1": np.array(f1), "em": np.array(em)}


def accepted(gold: int | float | tuple[str, ...]) -> tuple[str, ...]:
    """Return the accepted answers of a ReCoRD row, which are its gold."""
    assert isinstance(gold, tuple)
    return gold


def _counted(classes: int, *values: Callable[[Floats], Floats]) -> Callable[[Outcomes], Figure]:
    """Return the mean of ``values``, each of ``(r, c, c)`` counts."""

    def bind(outcomes: Outcomes) -> Figure:
        counts = o.confusion(outcomes, classes)
        return lambda weights: np.mean(
            [value(np.tensordot(weights, counts, axes=1)) for value in values], axis=0
        )

    return bind


def _question_em(outcomes: Outcomes) -> Figure:
    right = o.groups_right(outcomes)
    return lambda weights: (weights @ right[:, 0]) / (weights @ right[:, 1])


def _f1(counts: Floats) -> Floats:
    return o.class_f1(counts, 1)


def _correlation(
    *kinds: Callable[[Floats, Floats, NDArray[np.float64]], Floats],
) -> Callable[[Outcomes], Figure]:
    def bind(outcomes: Outcomes) -> Figure:
        number, _ = outcomes.unit_numbers()
        x, y = outcomes.predicted, outcomes.gold
        return lambda weights: np.mean([kind(x, y, weights[:, number]) for kind in kinds], axis=0)

    return bind


def _multirc_score(outcomes: Outcomes) -> Figure:
    f1a, em = _counted(2, _f1)(outcomes), _question_em(outcomes)
    return lambda weights: (f1a(weights) + em(weights)) / 2


ACCURACY = Judge(_accuracy, means=("accuracy",))
CB = Judge(
    _cb,
    means=("accuracy",),
    resampled={"f1": _counted(3, o.macro_f1), "score": _counted(3, o.macro_f1, o.accuracy)},
)
MULTIRC = Judge(
    _multirc,
    resampled={"f1": _counted(2, _f1), "em": _question_em, "score": _multirc_score},
)
MRPC = Judge(
    _mrpc,
    means=("accuracy",),
    resampled={"f1": _counted(2, _f1), "score": _counted(2, _f1, o.accuracy)},
)
COLA = Judge(_cola, resampled={"mcc": _counted(2, o.matthews)})
STSB = Judge(
    _stsb,
    resampled={
        "pearson": _correlation(o.pearson),
        "spearman": _correlation(o.spearman),
        "score": _correlation(o.pearson, o.spearman),
    },
)
