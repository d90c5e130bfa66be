"""trec_eval through pytrec_eval: the judge that :mod:`harness.tasks.ranking.figures` is held to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import Unavailable
from harness.extras import how_to_install
from harness.tasks.ranking.figures import CUT, FIGURES
from harness.tasks.ranking.lists import Lists

MEASURES = {
    "nDCG@10": "ndcg_cut_10",
    "RR": "recip_rank",
    "AP": "map",
    "R@100": "recall_100",
    "R@1000": "recall_1000",
}
"""Our names to pytrec_eval's. trec_eval has no reciprocal rank with a cut."""


def evaluate_officially(run: Lists, qrels: Lists, *, level: int) -> NDArray[np.float64]:
    """Return what :func:`~harness.tasks.ranking.figures.evaluate` returns, from pytrec_eval.

    ``RR@10`` is no trec_eval measure and is computed here from the sorted run, as the MS MARCO
    evaluation does.

    Raises:
        Unavailable: pytrec_eval is not installed.
    """
    # trec_eval crashes on grades below -1, its mark for "not in the pool"; neither is relevant.
    judgements = as_dicts(replace(qrels, values=np.maximum(qrels.values, -1)))
    scored = as_dicts(run)
    found = evaluator(judgements, level).evaluate(scored)
    rows = []
    for query, grades in judgements.items():
        values = found.get(query, {})
        official = reciprocal_rank_at_10(scored.get(query, {}), grades, level)
        rows.append(
            [official if name == "RR@10" else values.get(MEASURES[name], 0.0) for name in FIGURES]
        )
    return np.array(rows, np.float64).reshape(-1, len(FIGURES))


def evaluator(judgements: Mapping[str, Mapping[str, int]], level: int) -> Any:
    """Return a ``pytrec_eval.RelevanceEvaluator`` of our measures.

    Raises:
        Unavailable: pytrec_eval is not installed.
    """
    try:
        import pytrec_eval
    except ImportError:
        raise Unavailable(
            "scorer pytrec_eval is not installed (leave scorer = columnar, or): "
            + how_to_install(("retrieval",), "pytrec-eval-terrier")
        ) from None
    measures = {"ndcg_cut.10", "recip_rank", "map", "recall.100,1000"}
    return pytrec_eval.RelevanceEvaluator(judgements, measures, relevance_level=level)


def as_dicts(lists: Lists) -> dict[str, dict[str, Any]]:
    """Return lists as pytrec_eval takes them: query to document to score or grade."""
    docs, values = lists.docs.to_pylist(), lists.values.tolist()
    return {
        query: dict(zip(docs[rows], values[rows], strict=True))
        for number, query in enumerate(lists.queries)
        for rows in [lists.rows(number)]
    }


def reciprocal_rank_at_10(
    scores: Mapping[str, float], grades: Mapping[str, int], level: int
) -> float:
    """Return 1 over the rank of the first relevant document among the best ten, else 0.

    Ties go by document id ascending, as in ir_measures' provider of the MS MARCO evaluation.
    """
    ranked = sorted(scores, key=lambda doc: (-scores[doc], doc))[:CUT]
    hits = (rank for rank, doc in enumerate(ranked, 1) if grades.get(doc, 0) >= level)
    return 1 / next(hits, float("inf"))
