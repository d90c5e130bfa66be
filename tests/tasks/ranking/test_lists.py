from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.kinds.reranking import Ranking
from harness.tasks.ranking.lists import from_rankings, group


def strings(*items: str) -> pa.StringArray:
    return pa.array(items, pa.string())


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("pqr"), st.text(max_size=3), st.integers(-5, 5)), max_size=30
    )
)
def test_grouping_keeps_rows_and_finds_duplicates(rows: list[tuple[str, str, int]]) -> None:
    columns = (
        strings(*(q for q, _, _ in rows)),
        strings(*(d for _, d, _ in rows)),
        np.array([v for _, _, v in rows], np.int64),
    )
    if len({(q, d) for q, d, _ in rows}) < len(rows):
        with pytest.raises(BadInput, match=r"(?s)somewhere: query . has document .* twice"):
            group(*columns, origin="somewhere")
        return
    lists = group(*columns, origin="somewhere")
    assert lists.queries == tuple(dict.fromkeys(q for q, _, _ in rows))
    docs, values = lists.docs.to_pylist(), lists.values.tolist()
    for number, query in enumerate(lists.queries):
        here = lists.rows(number)
        found = list(zip(docs[here], values[here], strict=True))
        assert found == [(d, v) for q, d, v in rows if q == query]


def test_a_duplicate_is_named() -> None:
    with pytest.raises(BadInput, match=r"run\.txt: query 2 has document d7 twice; keep one"):
        group(
            strings("1", "2", "1", "2"),
            strings("d7", "d7", "d8", "d7"),
            np.zeros(4),
            origin="run.txt",
        )


def test_rankings_in_the_order_of_the_pool_share_its_strings() -> None:
    pool = group(strings("1", "1", "2"), strings("a", "b", "c"), np.zeros(3), origin="")
    orders = (("a", "b"), ("c",))
    kept = [Ranking("1", ("a", "b"), np.array([1.0, 2.0])), Ranking("2", ("c",), np.array([3.0]))]
    run = from_rankings(kept, pool, orders)
    assert run.docs is pool.docs
    assert run.values.tolist() == [1, 2, 3]
    turned = [Ranking("1", ("b", "a"), np.array([2.0, 1.0])), kept[1]]
    run = from_rankings(turned, pool, orders)
    assert run.docs.to_pylist() == ["b", "a", "c"]
    assert run.offsets.tolist() == [0, 2, 3]
    with pytest.raises(BadInput, match="1 predictions do not match the 2 queries"):
        from_rankings(kept[:1], pool, orders)


def test_unsound_rankings_are_refused() -> None:
    pool = group(strings("1", "1"), strings("a", "b"), np.zeros(2), origin="")
    for ids, scores, complaint in (
        (("a", "b"), [1.0, np.nan], "query 1, document b: the predicted score is nan"),
        (("b", "a"), [np.inf, 0.0], "query 1, document b: the predicted score is inf"),
        (("a", "b"), [1.0], r"query 1: scores of shape \(1,\) for 2 documents"),
        (("b", "b"), [1.0, 2.0], "query 1 has document b twice"),
    ):
        with pytest.raises(BadInput, match=complaint):
            from_rankings([Ranking("1", ids, np.array(scores))], pool, (("a", "b"),))
