"""Times the columnar scorer against pytrec_eval on a synthetic run of MS MARCO dev's size.

    python -m harness.tasks.ranking.benchmark                   # 6,980 queries x 1,000 candidates
    python -m harness.tasks.ranking.benchmark --queries 500 --depth 100

Both are timed from a run in memory, each in its own form, to nDCG@10, RR, average precision and
recall of every query; imports, just-in-time compilation and the building of either form are left
out. Also timed: scoring a method's predictions as the task does, which includes gathering them.
The fastest of ``--repeats`` counts, and every figure of every query is compared with pytrec_eval's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa

from harness.kinds.reranking import Ranking
from harness.tasks.ranking.figures import FIGURES, evaluate
from harness.tasks.ranking.judge import MEASURES, as_dicts, evaluator
from harness.tasks.ranking.lists import Lists, from_rankings

COLLECTION = 8_841_823
RELEVANT = (1, 1, 1, 1, 1, 1, 1, 1, 1, 2)
"""Labelled passages a query: dev.small has 7,437 for 6,980 queries."""

T = TypeVar("T")


def synthetic(queries: int, depth: int, rng: np.random.Generator) -> tuple[Lists, Lists]:
    """Return a run and its judgements: passage numbers as ids, one score in five tied.

    Half of the labelled passages are in the run, at ranks that favour the top; the others are not,
    as with a first stage whose recall is one half.
    """
    names = tuple(str(i) for i in range(queries))
    ids = rng.integers(0, COLLECTION // depth, (queries, depth)) * depth + np.arange(depth)
    scores = np.sort(rng.gamma(4, 3, (queries, depth)), axis=1)[:, ::-1]
    scores = np.where(rng.random((queries, depth)) < 0.2, np.round(scores), scores)
    run = Lists(
        names,
        np.arange(queries + 1, dtype=np.int64) * depth,
        pa.array(ids.ravel().astype(str).tolist(), pa.string()),
        scores.ravel(),
    )
    counts = rng.choice(RELEVANT, queries)
    labelled: list[str] = []
    for query, count in enumerate(counts.tolist()):
        ranks = np.unique((depth * rng.random(count) ** 3).astype(int))
        inside = [str(ids[query, r]) if rng.random() < 0.5 else f"{r}x" for r in ranks]
        labelled += inside
        counts[query] = len(inside)
    judged = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    grades = rng.integers(1, 4, len(labelled))
    return run, Lists(names, judged, pa.array(labelled, pa.string()), grades)


def fastest(call: Callable[[], T], repeats: int) -> tuple[float, T]:
    """Return the least wall time in seconds of ``repeats`` calls, and the last one's result."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return min(times), result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0 where every figure is pytrec_eval's, else 1."""
    parser = argparse.ArgumentParser(prog="python -m harness.tasks.ranking.benchmark")
    parser.add_argument("--queries", type=int, default=6980)
    parser.add_argument("--depth", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args(arguments)
    run, qrels = synthetic(given.queries, given.depth, np.random.default_rng(0))
    print(f"{given.queries:,} queries x {given.depth:,} candidates, {len(qrels):,} judgements")

    judge, scored = evaluator(as_dicts(qrels), 1), as_dicts(run)
    judge_s, judged = fastest(lambda: judge.evaluate(scored), given.repeats)
    print(f"pytrec_eval            {judge_s:8.4f} s")
    compile_s, _ = fastest(lambda: evaluate(run, qrels, level=1), 1)
    own_s, figures = fastest(lambda: evaluate(run, qrels, level=1), given.repeats)
    _tell("columnar", own_s, judge_s, f"first call {compile_s:.2f} s")

    orders = [tuple(scored[query]) for query in run.queries]
    kept = _rankings(run, orders)
    turned = [Ranking(r.query_id, r.doc_ids[::-1], r.scores[::-1]) for r in kept]
    for name, rankings in (("predictions", kept), ("predictions, reordered", turned)):
        seconds, _ = fastest(
            lambda given=rankings: evaluate(  # type: ignore[misc]
                from_rankings(given, run, orders), qrels, level=1
            ),
            given.repeats,
        )
        _tell(name, seconds, judge_s, "from Ranking objects")

    apart = 0
    for name, measure in MEASURES.items():
        theirs = np.array([judged[query][measure] for query in qrels.queries])
        apart += int((figures[:, FIGURES.index(name)] != theirs).sum())
    print(f"figures that differ    {apart:8d} of {len(MEASURES) * len(qrels.queries):,}")
    return 1 if apart else 0


def _rankings(run: Lists, orders: Sequence[tuple[str, ...]]) -> list[Ranking]:
    return [
        Ranking(query, order, np.ascontiguousarray(run.values[run.rows(number)], np.float64))
        for number, (query, order) in enumerate(zip(run.queries, orders, strict=True))
    ]


def _tell(name: str, seconds: float, judge_s: float, note: str) -> None:
    print(f"{name:22} {seconds:8.4f} s  {judge_s / seconds:6.1f} times as fast  ({note})")


if __name__ == "__main__":
    raise SystemExit(main())
