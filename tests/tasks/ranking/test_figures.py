from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.tasks.ranking.figures import FIGURES, evaluate
from harness.tasks.ranking.judge import evaluate_officially
from harness.tasks.ranking.lists import Lists

Table = Mapping[str, Mapping[str, float]]


def lists(table: Table, dtype: type) -> Lists:
    rows = [(doc, value) for documents in table.values() for doc, value in documents.items()]
    return Lists(
        tuple(table),
        np.cumsum([0, *map(len, table.values())], dtype=np.int64),
        pa.array([doc for doc, _ in rows], pa.string()),
        np.array([value for _, value in rows], dtype),
    )


def figures(run: Table, qrels: Table, level: int = 1) -> list[dict[str, float]]:
    found = evaluate(lists(run, np.float64), lists(qrels, np.int64), level=level)
    return [dict(zip(FIGURES, row, strict=True)) for row in found.tolist()]


QRELS = {"1": {"d1": 3, "d2": 0, "d3": 1, "d4": 2, "d9": 2}, "2": {"a": 1}, "3": {"z": 1}}
RUN = {"1": {"d2": 9, "d4": 8, "d3": 7, "d1": 7, "x": 5}, "2": {"b": 2, "a": 1}}


def test_the_worked_example() -> None:
    first, second, absent = figures(RUN, QRELS)
    assert first["nDCG@10"] == pytest.approx(0.536473, abs=5e-7)
    assert (first["RR"], first["R@100"]) == (0.5, 0.75)
    assert first["AP"] == pytest.approx(0.479167, abs=5e-7)
    assert second["nDCG@10"] == pytest.approx(0.630930, abs=5e-7)
    assert (second["RR"], second["AP"], second["R@1000"]) == (0.5, 0.5, 1.0)
    assert set(absent.values()) == {0.0}
    means = np.mean([list(q.values()) for q in (first, second, absent)], axis=0)
    expected = {"nDCG@10": 0.389134, "RR@10": 0.333333, "RR": 0.333333, "AP": 0.326389}
    assert dict(zip(FIGURES, means, strict=True)) == pytest.approx(
        expected | {"R@100": (0.75 + 1) / 3, "R@1000": (0.75 + 1) / 3}, abs=5e-7
    )


def test_the_worked_example_at_level_2() -> None:
    first, second, _ = figures(RUN, QRELS, level=2)
    assert first["AP"] == pytest.approx(0.333333, abs=5e-7)
    assert first["RR"] == 0.5
    assert first["R@100"] == pytest.approx(0.666667, abs=5e-7)
    assert [v for name, v in second.items() if name != "nDCG@10"] == [0.0] * 5
    assert second["nDCG@10"] > 0


def test_ties_go_by_id_descending_but_for_rr_at_10() -> None:
    (tied,) = figures({"q": {"d1": 1, "d2": 1}}, {"q": {"d1": 0, "d2": 1}})
    assert (tied["RR"], tied["nDCG@10"], tied["RR@10"]) == (1.0, 1.0, 0.5)
    (strings,) = figures({"q": {"d10": 1, "d9": 1}}, {"q": {"d10": 1, "d9": 0}})
    assert (strings["RR"], strings["RR@10"]) == (0.5, 1.0)
    (prefix,) = figures({"q": {"ab": 1, "abc": 1, "é": 1}}, {"q": {"ab": 1}})
    assert (prefix["RR"], prefix["RR@10"]) == (1 / 3, 1.0)


def test_scores_collapse_to_32_bits_but_for_rr_at_10() -> None:
    (found,) = figures({"q": {"a": 1.00000001, "b": 1.0}}, {"q": {"a": 1, "b": 0}})
    assert (found["RR"], found["RR@10"]) == (0.5, 1.0)


def test_rr_at_10_stops_at_10() -> None:
    run = {str(q): {f"d{i:02}": 20.0 - i for i in range(12)} for q in range(3)}
    found = figures(run, {"0": {"d01": 1}, "1": {"d00": 1}, "2": {"d10": 1}})
    assert [q["RR@10"] for q in found] == [0.5, 1.0, 0.0]
    assert found[2]["RR"] == pytest.approx(1 / 11)


def test_queries_count_by_the_judgements() -> None:
    found = figures({"1": {"a": 1}, "77": {"a": 1}}, {"1": {"a": 1}, "2": {"b": 1}})
    assert [q["nDCG@10"] for q in found] == [1.0, 0.0]


def test_a_perfect_order_is_1_and_a_reversed_one_less() -> None:
    grades = {f"d{i}": g for i, g in enumerate((3, 2, 2, 1, 0))}
    perfect = {doc: 10.0 - i for i, doc in enumerate(grades)}
    (best,) = figures({"q": perfect}, {"q": grades})
    (worst,) = figures({"q": {doc: -s for doc, s in perfect.items()}}, {"q": grades})
    (curved,) = figures({"q": {doc: np.exp(s) for doc, s in perfect.items()}}, {"q": grades})
    assert best["nDCG@10"] == 1 == best["AP"]
    assert worst["nDCG@10"] < 1
    assert curved == best


IDS = st.sampled_from(
    ["", *"ab", "d1", "d10", "d9", "d01", "1", "10", "100", "é", "東", "zz", "xd1"]
)
SCORES = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 1.00000001, 1.0 + 2**-23, -3.5, 1e30]),
    st.floats(-1e38, 1e38, allow_nan=False),
)
QUERIES = st.sampled_from(["1", "2", "q10", "q9"])


@settings(max_examples=300, deadline=None)
@given(
    run=st.dictionaries(QUERIES, st.dictionaries(IDS, SCORES, min_size=1), max_size=4),
    qrels=st.dictionaries(
        QUERIES, st.dictionaries(IDS, st.integers(-2, 4), min_size=1), min_size=1, max_size=4
    ),
    level=st.integers(1, 3),
)
def test_equal_to_trec_eval_in_every_query(run: Table, qrels: Table, level: int) -> None:
    pytest.importorskip("pytrec_eval")
    columns = lists(run, np.float64), lists(qrels, np.int64)
    ours = evaluate(*columns, level=level)
    official = evaluate_officially(*columns, level=level)
    assert np.array_equal(ours, official)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 1300), judged=st.integers(1, 400))
def test_equal_to_trec_eval_on_long_lists(seed: int, depth: int, judged: int) -> None:
    pytest.importorskip("pytrec_eval")
    rng = np.random.default_rng(seed)
    ids = [str(i) for i in rng.choice(3000, 1500, replace=False)]
    scores = np.round(rng.normal(0, 5, depth), int(rng.integers(0, 4)))
    run = {"q": dict(zip(ids[:depth], scores.tolist(), strict=True))}
    docs = rng.choice(ids, judged, replace=False).tolist()
    qrels = {"q": dict(zip(docs, rng.integers(-1, 4, judged).tolist(), strict=True))}
    columns = lists(run, np.float64), lists(qrels, np.int64)
    assert np.array_equal(evaluate(*columns, level=2), evaluate_officially(*columns, level=2))


def test_slices_of_arrow_arrays_are_read_where_they_lie() -> None:
    whole = lists({"0": {"x": 1, "y": 2}, **RUN}, np.float64)
    cut = Lists(whole.queries[1:], whole.offsets[1:] - 2, whole.docs[2:], whole.values[2:])
    expected = evaluate(lists(RUN, np.float64), lists(QRELS, np.int64), level=1)
    assert np.array_equal(evaluate(cut, lists(QRELS, np.int64), level=1), expected)
