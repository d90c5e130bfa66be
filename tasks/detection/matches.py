"""Verdicts on detections, from which every COCO figure can be recomputed for any images.

A run record keeps them as one Arrow row per image, so that intervals and paired tests over images
need neither boxes nor a second matching: matching never looks beyond one image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALL_POINTS = np.linspace(0.0, 1.0, 101)
AREA_NAMES = ("all", "small", "medium", "large")
AREA_RANGES = np.array([[0, 1e10], [0, 32**2], [32**2, 96**2], [96**2, 1e10]], np.float64)
MAX_DETECTIONS = 100
"""Detections kept per image and category."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Objects counted and detections judged, in the order image, category, falling score.

    Attributes:
        images: One id per image, ascending as integers.
        categories: ``(categories,)`` int64 ids, ascending.
        objects: ``(areas, images, categories)`` int64 counts of objects that are not ignored.
        image: ``(n,)`` int64 image index of each detection.
        category: ``(n,)`` int64 category index of each detection.
        scores: ``(n,)`` float64.
        matched: ``(areas, n)`` uint16; bit ``t`` is set where the detection found an object at
            ``IOU_THRESHOLDS[t]``.
        ignored: ``(areas, n)`` uint16; bit ``t`` is set where it counts neither as right nor wrong.
    """

    images: tuple[str, ...]
    categories: NDArray[np.int64]
    objects: NDArray[np.int64]
    image: NDArray[np.int64]
    category: NDArray[np.int64]
    scores: NDArray[np.float64]
    matched: NDArray[np.uint16]
    ignored: NDArray[np.uint16]

    def rank(self) -> NDArray[np.int64]:
        """Return ``(n,)`` positions of the detections within their image and category, from 0."""
        pair = self.image * max(len(self.categories), 1) + self.category
        _, start, count = np.unique(pair, return_index=True, return_counts=True)
        rank: NDArray[np.int64] = np.arange(len(pair)) - np.repeat(start, count)
        return rank


def to_table(matches: Matches) -> pa.Table:
    """Return one row per image: its object counts and its detections as lists.

    Detections of categories without any object are left out: no figure depends on them.

    Columns:
        id: The image id.
        object_category: Category ids of the image's objects.
        objects_all, objects_small, ...: Counts, parallel to ``object_category``.
        category, score: Of each kept detection, by category and falling score.
        matched_all, ignored_all, ...: Verdict bits, parallel to ``score``.
    """
    import pyarrow as pa

    images, areas = len(matches.images), range(len(AREA_NAMES))
    counted = matches.objects[0]
    row, column = np.nonzero(counted)
    keep = counted.any(axis=0)[matches.category]
    object_ends, found_ends = _ends(row, images), _ends(matches.image[keep], images)
    columns = {
        "id": pa.array(matches.images, pa.string()),
        "object_category": _lists(object_ends, matches.categories[column]),
        **{
            f"objects_{AREA_NAMES[a]}": _lists(
                object_ends, matches.objects[a, row, column].astype(np.int32)
            )
            for a in areas
        },
        "category": _lists(found_ends, matches.categories[matches.category[keep]]),
        "score": _lists(found_ends, matches.scores[keep]),
        **{f"matched_{AREA_NAMES[a]}": _lists(found_ends, matches.matched[a][keep]) for a in areas},
        **{f"ignored_{AREA_NAMES[a]}": _lists(found_ends, matches.ignored[a][keep]) for a in areas},
    }
    return pa.table(columns)


def from_table(table: pa.Table) -> Matches:
    """Return the matches that :func:`to_table` wrote.

    Raises:
        BadInput: The table lacks a column; it comes from another task or version.
    """
    names = ["id", "object_category", "category", "score"]
    names += [f"{c}_{a}" for c in ("objects", "matched", "ignored") for a in AREA_NAMES]
    missing = [name for name in names if name not in table.column_names]
    if missing:
        raise BadInput(
            f"the record's examples have no {missing[0]!r}: not scored by this version of coco; "
            "run it again"
        )
    rows, object_category = _flat(table, "object_category")
    categories, column = np.unique(object_category, return_inverse=True)
    objects = np.zeros((len(AREA_NAMES), len(table), len(categories)), np.int64)
    for a, area in enumerate(AREA_NAMES):
        objects[a, rows, column] = _flat(table, f"objects_{area}")[1]
    image, category = _flat(table, "category")
    return Matches(
        images=tuple(table.column("id").to_pylist()),
        categories=categories.astype(np.int64),
        objects=objects,
        image=image,
        category=np.searchsorted(categories, category).astype(np.int64),
        scores=_flat(table, "score")[1].astype(np.float64),
        matched=np.array([_flat(table, f"matched_{a}")[1] for a in AREA_NAMES], np.uint16),
        ignored=np.array([_flat(table, f"ignored_{a}")[1] for a in AREA_NAMES], np.uint16),
    )


def _ends(row: NDArray[np.int64], rows: int) -> NDArray[np.int32]:
    """Return ``(rows + 1,)`` list offsets of entries whose ascending row is ``row``."""
    return np.searchsorted(row, np.arange(rows + 1)).astype(np.int32)


def _lists(ends: NDArray[np.int32], values: NDArray[np.generic]) -> pa.Array:
    import pyarrow as pa

    return pa.ListArray.from_arrays(pa.array(ends), pa.array(np.ascontiguousarray(values)))


def _flat(table: pa.Table, name: str) -> tuple[NDArray[np.int64], NDArray[np.generic]]:
    """Return the row of each list entry and its value."""
    lists = table.column(name).combine_chunks()
    lengths = lists.value_lengths().to_numpy(zero_copy_only=False)
    rows = np.repeat(np.arange(len(table)), lengths)
    return rows, lists.flatten().to_numpy(zero_copy_only=False)
