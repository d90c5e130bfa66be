from __future__ import annotations

import io
from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.tasks.detection.matches import from_table, to_table
from harness.tasks.detection.matching import match_boxes


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_tables_keep_all_that_figures_depend_on(
    data: st.DataObject, worlds: Any, read_world: Any
) -> None:
    matches = match_boxes(*read_world(data.draw(worlds)))
    file = io.BytesIO()
    pq.write_table(to_table(matches), file)
    again = from_table(pq.read_table(file))

    counted = matches.objects[0].any(axis=0)
    keep = counted[matches.category]
    assert again.images == matches.images
    assert np.array_equal(again.categories, matches.categories[counted])
    assert np.array_equal(again.objects, matches.objects[:, :, counted])
    assert np.array_equal(again.image, matches.image[keep])
    assert np.array_equal(
        again.categories[again.category], matches.categories[matches.category[keep]]
    )
    assert np.array_equal(again.scores, matches.scores[keep])
    assert np.array_equal(again.matched, matches.matched[:, keep])
    assert np.array_equal(again.ignored, matches.ignored[:, keep])
    for field in fields(again):
        value = getattr(again, field.name)
        if isinstance(value, np.ndarray) and len(value.flat):
            assert value.dtype == getattr(matches, field.name).dtype


def test_rows_are_images(card: Any, read_world: Any) -> None:
    table = to_table(match_boxes(*read_world(card)))
    assert table.column_names[0] == "id"
    assert table.column("id").to_pylist() == ["1", "2"]
    assert table.column("objects_all").to_pylist() == [[2], [1, 1]]
    assert table.column("category").to_pylist() == [[1, 1, 1], [1, 1, 3, 3, 3]]
    assert table.column("score").to_pylist()[0] == [0.90, 0.85, 0.80]


def test_ranks_count_within_image_and_category(card: Any, read_world: Any) -> None:
    assert match_boxes(*read_world(card)).rank().tolist() == [0, 1, 2, 0, 1, 0, 1, 2]


def test_another_tasks_table_is_refused(card: Any, read_world: Any) -> None:
    table = to_table(match_boxes(*read_world(card)))
    with pytest.raises(BadInput, match=r"no 'matched_small'.*run it again"):
        from_table(table.drop_columns(["matched_small"]))
