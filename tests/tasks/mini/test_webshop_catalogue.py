"""The mini shop: official format, the same bytes each time, enough of everything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errors import Unavailable
from harness.tasks.mini.webshop_catalogue import (
    ATTRIBUTES,
    INSTRUCTIONS,
    PRODUCTS,
    ensure_mini,
    write_files,
)
from harness.tasks.mini.webshop_words import WARES


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    folder = ensure_mini()
    write_files(tmp_path)
    for name in (PRODUCTS, ATTRIBUTES, INSTRUCTIONS):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
    written = (folder / PRODUCTS).stat().st_mtime_ns
    assert ensure_mini() == folder
    assert (folder / PRODUCTS).stat().st_mtime_ns == written, "written once"


def test_a_half_written_folder_is_completed() -> None:
    folder = ensure_mini()
    (folder / INSTRUCTIONS).unlink()
    assert (ensure_mini() / INSTRUCTIONS).is_file()


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "taken"))
    with pytest.raises(Unavailable, match="set HARNESS_CACHE to a folder"):
        ensure_mini()


def test_official_format_and_size() -> None:
    folder = ensure_mini()
    products, attributes, told = (
        json.loads((folder / name).read_text()) for name in (PRODUCTS, ATTRIBUTES, INSTRUCTIONS)
    )
    assert len(products) == len({p["asin"] for p in products}) == 1020
    assert set(attributes) == {p["asin"] for p in products}
    assert len(told) == 480
    assert {p["category"] for p in products} == {
        "beauty", "garden", "grocery", "electronics", "fashion",
    }  # fmt: skip
    by_asin = {p["asin"]: p for p in products}
    for asin, (goal,) in told.items():
        offered = by_asin[asin]["customization_options"]
        values = {v["value"].lower() for shown in offered.values() if shown for v in shown}
        assert set(goal["instruction_options"]) <= values
        assert set(goal["instruction_attributes"]) <= set(attributes[asin]["attributes"])
        for wanted in (*goal["instruction_options"], *goal["instruction_attributes"]):
            assert wanted in goal["instruction"], "the shopper is told everything that counts"


def test_prices_come_in_all_official_forms() -> None:
    products = json.loads((ensure_mini() / PRODUCTS).read_text())
    prices = [p["pricing"] for p in products]
    assert "" in prices
    assert any(" to $" in price for price in prices)
    assert any(price and " to " not in price for price in prices)


def test_wares_are_all_different() -> None:
    assert len({ware.query for ware in WARES}) == 30
