"""Geometry of the mini world: rasterising polygons, and tracing masks back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import binary_fill_holes

from harness.tasks.mini.outlines import (
    DISTRACTORS,
    OBJECTS,
    SUBPIXELS,
    bounds,
    placed,
    rasterise,
    signed_area,
    trace,
    unit,
)


def filled(polygon: np.ndarray, width: int, height: int) -> np.ndarray:
    window, inside = rasterise(polygon, width, height)
    mask = np.zeros((height * SUBPIXELS, width * SUBPIXELS), bool)
    mask[window] = inside
    return mask


def test_a_rectangle_fills_exactly_its_cells() -> None:
    mask = filled(np.array([[2.0, 1.0], [5.5, 1.0], [5.5, 3.0], [2.0, 3.0]]), 8, 6)
    assert bounds(mask) == (4, 2, 11, 6)
    assert mask.sum() == 7 * 4


@pytest.mark.parametrize("kind", [*OBJECTS, *DISTRACTORS])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), turn=st.floats(0, 6.3))
def test_rasterised_area_is_the_polygons(kind: str, seed: int, turn: float) -> None:
    outline = (OBJECTS | DISTRACTORS)[kind](np.random.default_rng(seed))
    polygon = placed(unit(outline), (60, 60), 80, turn)
    length = np.hypot(*(polygon - np.roll(polygon, 1, axis=0)).T).sum()
    area = filled(polygon, 120, 120).sum() / SUBPIXELS**2
    assert abs(area - abs(signed_area(polygon))) < length / SUBPIXELS


@settings(deadline=None)
@given(x=st.floats(-300, 300), y=st.floats(-300, 300), size=st.floats(0.1, 400))
def test_what_lies_outside_the_image_is_cut(x: float, y: float, size: float) -> None:
    star = placed(unit(OBJECTS["star"](np.random.default_rng(0))), (x, y), size, 0.3)
    window, inside = rasterise(star, 30, 20)
    assert inside.shape == np.empty((20 * SUBPIXELS, 30 * SUBPIXELS))[window].shape


@settings(deadline=None)
@given(hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=10)))
def test_exact_contours_enclose_the_mask_and_at_most_its_holes(mask: np.ndarray) -> None:
    if not mask.any():
        return
    height, width = mask.shape
    fine = np.kron(mask, np.ones((SUBPIXELS, SUBPIXELS), bool))
    traced = np.zeros_like(fine)
    for loop in trace(fine, tolerance=0.0):
        traced |= filled(loop / SUBPIXELS, width, height)
    assert (traced >= fine).all()
    assert (traced <= binary_fill_holes(fine)).all()


def test_holes_are_filled_and_parts_come_largest_first() -> None:
    mask = np.zeros((40, 60), bool)
    mask[5:30, 5:30] = True
    mask[12:20, 12:20] = False
    mask[35, 50] = True
    body, speck = trace(mask)
    assert sorted(map(tuple, body.tolist())) == [(5, 5), (5, 30), (30, 5), (30, 30)]
    assert signed_area(body) == 25 * 25
    assert signed_area(speck) == 1
