"""Composition of the mini COCO's scenes: what the dials promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.tasks.mini.coco_canvas import CATEGORY_IDS, DIALS, HEIGHT, WIDTH, Canvas, Dials
from harness.tasks.mini.outlines import SUBPIXELS


def composed(seed: int, dials: Dials = DIALS) -> Canvas:
    canvas = Canvas(np.random.default_rng(seed), dials)
    canvas.compose()
    return canvas


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_object_stays_visible_enough(seed: int) -> None:
    canvas = composed(seed)
    seen = np.bincount(canvas.owner.ravel(), minlength=len(canvas.labels) + 1)
    assert canvas.owner.shape == (HEIGHT * SUBPIXELS, WIDTH * SUBPIXELS)
    assert len(seen) == len(canvas.labels) + 1 == len(canvas.crowd) + 1
    assert (seen[1:] >= DIALS.visible_pixels * SUBPIXELS**2).all()
    assert set(canvas.labels) <= set(CATEGORY_IDS.values())


def test_a_clump_is_one_crowd_region() -> None:
    canvas = composed(0, replace(DIALS, clump=1.0))
    assert sum(canvas.crowd) == 1
    assert not any(composed(0, replace(DIALS, clump=0.0)).crowd)


def test_crowded_scenes_hold_more_objects_of_one_kind() -> None:
    def per_kind(crowded: float) -> float:
        dials = replace(DIALS, crowded=crowded, clump=0.0)
        scenes = [composed(seed, dials) for seed in range(12)]
        return float(np.mean([len(s.labels) / max(1, len(set(s.labels))) for s in scenes]))

    assert per_kind(1.0) > per_kind(0.0) + 0.5


def test_the_same_seed_paints_the_same_picture() -> None:
    first, second = composed(3), composed(3)
    assert np.array_equal(first.picture, second.picture)
    assert np.array_equal(first.owner, second.owner)
