"""Colours and camera effects of the mini world."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.tasks.mini.painting import background, photographed, random_colour, textured

seeds = st.integers(0, 2**32 - 1)


@given(seed=seeds, hue=st.none() | st.floats(-1, 7))
def test_colours_are_between_black_and_white(seed: int, hue: float | None) -> None:
    colour = random_colour(np.random.default_rng(seed), hue)
    assert colour.shape == (3,)
    assert ((colour >= 0) & (colour <= 1)).all()


@settings(max_examples=20)
@given(seed=seeds, height=st.integers(1, 20), width=st.integers(1, 20))
def test_textures_have_the_asked_shape(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    patch = textured(random_colour(rng), (height, width), rng)
    assert patch.shape == (height, width, 3)
    assert np.isfinite(patch).all()


def test_a_photograph_halves_the_sub_pixel_grid() -> None:
    rng = np.random.default_rng(0)
    pixels = photographed(background(40, 60, rng), rng)
    assert pixels.shape == (20, 30, 3)
    assert pixels.dtype == np.uint8
    assert pixels.std() > 0
