"""The reward: the worked example, the official tests' cases, its rules and its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.tasks.shopping.colours import COLOURS, normalise_colour
from harness.tasks.shopping.fuzzy import token_set_ratio
from harness.tasks.shopping.goals import Goal
from harness.tasks.shopping.nouns import nouns_by, words
from harness.tasks.shopping.products import Product
from harness.tasks.shopping.reward import (
    matched_attributes,
    matched_options,
    reward_of,
    title_score,
    type_factor,
)

RIGHT = {"color": "dark blue", "size": "pack of 2"}
LETTERS = "ABCDEFGHIJKL"


@pytest.mark.parametrize(
    ("price", "options", "of_product", "of_goal", "expected"),
    [
        (25.0, RIGHT, {}, {}, 1.0),
        (25.0, {"color": "dark blue", "size": "single"}, {}, {}, 0.8),
        (30.01, RIGHT, {}, {}, 0.8),
        (30.0, RIGHT, {}, {}, 1.0),
        (25.0, {}, {}, {}, 0.6),
        (
            25.0,
            RIGHT,
            {"name": "Desk Lamp", "query": "lamp", "product_category": "Home › Lamps"},
            {},
            0.0,
        ),
        (
            25.0,
            RIGHT,
            {"name": "Alpha Lamp", "query": "lamp", "product_category": "Home › Lamps"},
            {"name": "Alpha Beta Gamma Delta Epsilon Zeta Eta"},
            0.5,
        ),
        (
            25.0,
            RIGHT,
            {"name": "Alpha Lamp"},
            {"name": " ".join(f"Word{letter}" for letter in LETTERS[1:]) + " Alpha"},
            0.1,
        ),
        (25.0, {}, {}, {"options": ()}, 1.0),
        (25.0, RIGHT, {}, {"name": "123 456"}, 1.0),
    ],
)
def test_worked_example(
    product: Product,
    goal: Goal,
    price: float,
    options: Mapping[str, str],
    of_product: dict[str, Any],
    of_goal: dict[str, Any],
    expected: float,
) -> None:
    found = reward_of(
        replace(product, **of_product), replace(goal, **of_goal), price, options, words
    )
    assert found.value == pytest.approx(expected, abs=1e-12)


def test_parts_of_the_worked_example(product: Product, goal: Goal) -> None:
    found = reward_of(product, goal, 25.0, RIGHT, words)
    assert found.title_score == pytest.approx(2 / 3)
    assert (found.type, found.attributes, found.options, found.price) == (1.0, 1.0, 1.0, True)
    assert found.query_match
    assert found.category_match


def test_type_factor_in_the_official_order() -> None:
    assert type_factor(True, True, 0.0) == 0.0, "no common noun overrides every match"
    assert type_factor(True, False, 0.09) == 0.1
    assert type_factor(False, False, 0.1) == 0.5
    assert type_factor(False, False, 0.2) == 0.5, "not above .2"
    assert type_factor(False, False, 0.21) == 1.0
    assert type_factor(False, True, 0.1) == 1.0


def test_title_score_counts_repeated_wanted_nouns() -> None:
    assert title_score(["cream", "cream"], ["cream", "cream", "face"]) == pytest.approx(1 / 3)
    assert title_score(["cream"], []) == 0.2


def test_attributes_of_the_official_tests(product: Product) -> None:
    wanted = ("tea tree", "essential oils", "natural ingredients")
    listed = replace(product, attributes=("tea tree", "essential oil", "natural ingredients"))
    assert matched_attributes(listed, wanted) == 3
    told = replace(
        product,
        attributes=(),
        bullets=("This shampoo has essential oils and smells like lemons",),
        description="Best shampoo on the market, made with natural ingredients",
    )
    assert matched_attributes(told, wanted) == 2
    other = replace(
        product,
        name="English tea for breakfast",
        attributes=("tea bag", "earl gray", "lipton"),
        bullets=("Soothing aroma", "Calming, great feeling"),
        description="Best tea made by Lipton, great to pair with breakfast",
    )
    assert matched_attributes(other, wanted) == 0


def test_options_of_the_official_tests() -> None:
    wanted = ("grey", "XL", "pack of 12")
    assert matched_options(["pack of 12", "grey", "XL"], wanted) == 3
    assert matched_options(["pack of 12", "blue", "XL"], wanted) == 2
    assert matched_options(["powder snow"], ("cool powder snow",)) == 1
    assert matched_options([], wanted) == 0


def test_wrong_options_that_the_official_rule_lets_pass() -> None:
    assert matched_options(["x-large"], ("large",)) == 1
    assert matched_options(["size 11"], ("size 10",)) == 1
    assert matched_options(["navy blue"], ("dark blue",)) == 1
    assert normalise_colour("standard") == "tan"


def test_pairs_of_synthetic_goals() -> None:
    assert matched_options(["navy blue"], (("color", "navy blue"),)) == 1
    assert matched_options(["blue"], (("color", "blue"),)) == 1
    assert matched_options(["x-large"], (("size", "small"),)) == 0


def test_colours_are_the_official_list() -> None:
    assert len(COLOURS) == 102
    assert list(COLOURS) == sorted(COLOURS)
    assert normalise_colour("z2-pink") == "pink"
    assert normalise_colour("38 | 40 mm") == "38 | 40 mm"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("2 pack", "pack of 2", 100),
        ("navy", "blue", 0),
        ("long lasting moisture", "long lasting", 100),
        ("large", "x-large", 100),
        ("red wine", "red", 100),
        ("size 10", "size 11", 86),
        ("Noël!", "NOL", 100),
        ("", "x", 0),
        ("...", "...", 0),
    ],
)
def test_token_set_ratio(first: str, second: str, expected: int) -> None:
    assert token_set_ratio(first, second) == expected


@given(st.text(max_size=30), st.text(max_size=30))
def test_token_set_ratio_is_bounded_and_reflexive(first: str, second: str) -> None:
    assert 0 <= token_set_ratio(first, second) <= 100
    assert token_set_ratio(first, first) in (0, 100)


texts = st.text("abc def-1›'", max_size=20)
some = st.lists(texts, max_size=4).map(tuple)


@given(
    name=texts,
    wanted=texts,
    own=some,
    attributes=st.lists(texts, min_size=1, max_size=4).map(tuple),
    options=st.lists(st.one_of(texts, st.tuples(texts, texts)), max_size=3).map(tuple),
    chosen=st.dictionaries(texts, texts, max_size=4),
    price=st.floats(0, 2000),
    bound=st.floats(10, 1000),
)
def test_reward_lies_between_0_and_1(
    name: str,
    wanted: str,
    own: tuple[str, ...],
    attributes: tuple[str, ...],
    options: tuple[Any, ...],
    chosen: dict[str, str],
    price: float,
    bound: float,
) -> None:
    bought = Product("B1", "beauty", "q", name, name, "", own, own, {}, (1.0,))
    goal = Goal("B2", "q", wanted, wanted, "", attributes, options, bound)
    found = reward_of(bought, goal, price, chosen, words)
    assert 0 <= found.value <= 1
    assert found.value <= found.type
    if price > bound:
        assert found.value < 1


SHOES = ("adidas Unisex-Adult D.o.n. Issue 2 Basketball Shoe", "Indoor Court Shoe")
CORD = "Saireed UL Listed 2 Prong Power Cord for JBL Bar 3.1 Bar 2.1 Channel 4K Ultra HD Soundbar"
OUTLET = (
    "BRST AC Power Cord Outlet Socket Cable Plug Lead for Panasonic SC-HT830V DVD/VCR Combo Home "
    "Theater System"
)


@pytest.mark.parametrize(
    ("wanted", "bought", "by_spacy"),
    [
        (SHOES[0], SHOES[0].replace("Basketball Shoe", SHOES[1]), 0.85),
        (f"{CORD} Home Theater System Subwoofer", OUTLET, 0.31),
        (CORD, OUTLET, 0.17),
        (
            "Rusticware 921ORB Kitchen and Bath Cabinet Knob",
            "Minkissy 2pcs Stainless Steel Eyebrow Tweezers Blackhead Acne Remover Portable Makeup "
            "Tweezers (Silver)",
            0.0,
        ),
    ],
)
def test_words_come_close_to_spacy_on_the_names_of_the_official_tests(
    wanted: str, bought: str, by_spacy: float
) -> None:
    assert title_score(words(bought), words(wanted)) == pytest.approx(by_spacy, abs=0.04)


def test_words_stand_in_for_nouns() -> None:
    assert words("Men's 2-Pack Tan Shirt, with 4K & Bag") == ("men", "pack", "tan", "shirt", "bag")
    assert nouns_by("words") is words
