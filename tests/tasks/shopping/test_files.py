"""Reading products and goals from official files, sound and damaged, made up and real."""

from __future__ import annotations

import gzip
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from shop_entries import CREAM, entry

from harness.errors import BadInput
from harness.tasks.shopping.goals import human_goals, shuffled, synthetic_goals
from harness.tasks.shopping.products import draw_prices, read_products
from harness.tasks.shopping.sources import find_file, find_optional


def _read(folder: Path, attributes: Any = None) -> list[Any]:
    return read_products(folder / "items_shuffle_1000.json", attributes or {})


def test_an_entry_as_the_shop_holds_it(write_shop: Any) -> None:
    folder = write_shop([CREAM], {})
    (found,) = _read(folder, {"B000000001": {"attributes": ["rich"]}})
    assert found.query == "face cream"
    assert found.options == {"color": ("navy blue", "red | white"), "size": ("2 pack",)}
    assert (found.pricing, found.price_tag) == ((25.0,), "$25.0")
    assert found.attributes == ("rich",)
    assert found.text == (
        "daily face cream rich cream long lasting moisture "
        "color: navy blue, red | white, and size: 2 pack"
    )


def test_prices(write_shop: Any) -> None:
    stated = ["$1,234.50", "$10 to $20", "", None, [3.5]]
    folder = write_shop([entry(n, pricing=p) for n, p in enumerate(stated)], {})
    found = _read(folder)
    assert [p.pricing for p in found] == [(1234.5,), (10.0, 20.0), (100.0,), (100.0,), (3.5,)]
    first, again = (draw_prices(found, random.Random(1)) for _ in range(2))
    assert first == again
    assert 10 <= first["B000000001"] <= 20


def test_entries_the_official_reader_passes_over(write_shop: Any) -> None:
    double = entry(1, name="second")
    folder = write_shop([entry(1), double, entry(2, asin="nan"), entry(2, asin="B" * 11)], {})
    found = _read(folder)
    assert [p.name for p in found] == ["Daily Face Cream"]
    assert found[0].attributes == ("DUMMY_ATTR",)


@pytest.mark.parametrize(
    ("products", "message"),
    [
        ({}, "expected a JSON array, found a dict"),
        ([3], "product 0: expected an object, found a int"),
        ([{}], "product 0: the field 'asin' is missing"),
        ([entry(1, name=None)], "product 0 (B000000001): name is null; expected str"),
        ([entry(1, pricing="$a")], "cannot read the price '$a'; expected $10.99 or $10 to $20"),
        ([entry(1, pricing="12")], "cannot read the price '12'"),
        ([entry(1, customization_options=[1])], "customization_options is no object"),
        ([entry(1, customization_options={"Color": 3})], "option Color: expected a list of values"),
        ([entry(1, small_description=[1])], "small_description is no list of strings"),
        ([], "no product in it"),
    ],
)
def test_damaged_products(write_shop: Any, products: Any, message: str) -> None:
    folder = write_shop(products, {})
    with pytest.raises(BadInput, match=re.escape(message)) as error:
        _read(folder)
    assert "\n" not in str(error.value)
    assert "items_shuffle_1000.json" in str(error.value)


def test_files_that_are_no_json(tmp_path: Path) -> None:
    for name, content in (("a.json", b"[1,"), ("b.json.gz", b"x"), ("c.json", b"\xff")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadInput, match=re.escape(name)):
            read_products(tmp_path / name, {})
    with pytest.raises(BadInput, match="no such file"):
        read_products(tmp_path / "none.json", {})


def test_human_goals(write_shop: Any) -> None:
    told = {"instruction": "a cream.", "instruction_attributes": ["rich"]}
    by_asin = {
        "B000000001": [{**told, "instruction_options": ["navy blue"]}],
        "B000000002": [{**told, "instruction_options": {"color": "red"}}],
        "B000000003": [{**told, "instruction_attributes": [], "instruction_options": []}],
        "B000000004": [{**told, "instruction_options": []}],
    }
    products = _read(write_shop([entry(n, pricing="$975") for n in range(1, 4)] + [entry(4)], {}))
    prices = {p.asin: p.pricing[0] for p in products}
    goals = human_goals(Path("g"), by_asin, products, prices, random.Random(0))
    assert [g.options for g in goals] == [("navy blue",), (("color", "red"),), ()]
    assert goals[0].price_upper == 990.0
    assert goals[0].instruction == "a cream, and price lower than 990.00 dollars"
    bounds = {
        human_goals(Path("g"), by_asin, products, prices, random.Random(s))[2].price_upper
        for s in range(50)
    }
    assert bounds == {40.0, 50.0, 60.0}, "the larger of two of 30, 40, 50, 60"
    dear = human_goals(Path("g"), by_asin, products, dict.fromkeys(prices, 985.0), random.Random(0))
    assert dear[0].price_upper == 1_000_000
    assert dear[0].instruction == "a cream"
    with pytest.raises(BadInput, match=r"B000000001, instruction 0: .*instruction_options"):
        human_goals(Path("g"), {"B000000001": [told]}, products, prices, random.Random(0))


def test_synthetic_goals_are_one_per_combination(write_shop: Any) -> None:
    products = _read(write_shop([CREAM], {}))
    told = {"instruction": "Find me rich cream", "instruction_attributes": ["rich"]}
    goals = synthetic_goals(
        Path("g"), {"B000000001": told}, products, {"B000000001": 25.0}, random.Random(0)
    )
    assert len(goals) == 2
    assert goals[1].options == (("color", "red | white"), ("size", "2 pack"))
    assert goals[1].instruction.startswith(
        "Find me rich cream with color: red | white, and size: 2 pack, and price lower than "
    )
    assert shuffled(goals * 4) == shuffled(goals * 4)
    with pytest.raises(BadInput, match="without instruction_attributes"):
        synthetic_goals(
            Path("g"),
            {"B000000001": {**told, "instruction_attributes": []}},
            products,
            {"B000000001": 25.0},
            random.Random(0),
        )


def test_which_file_is_meant(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no items_shuffle"):
        find_file(tmp_path, "items_shuffle")
    (tmp_path / "items_shuffle.json").write_text("[]")
    assert find_file(tmp_path, "items_shuffle").name == "items_shuffle.json"
    assert find_optional(tmp_path, "items_human_ins") is None
    (tmp_path / "items_shuffle_1000.json.gz").write_bytes(b"")
    with pytest.raises(BadInput, match="several files could be meant"):
        find_file(tmp_path, "items_shuffle")
    with pytest.raises(BadInput, match="no such folder"):
        find_optional(tmp_path / "none", "items_shuffle")


def test_real_products_as_the_official_code_loaded_them(shared_data: Path, tmp_path: Path) -> None:
    packed = (shared_data / "webshop" / "products_100_part_a.jsonl.gz").read_bytes()
    loaded = [json.loads(line) for line in gzip.decompress(packed).splitlines()]
    (tmp_path / "items_shuffle.json").write_text(json.dumps([d["product"] for d in loaded]))
    mined = json.loads((shared_data / "webshop" / "items_ins_v2_970.json").read_text())
    products = read_products(tmp_path / "items_shuffle.json", mined)
    assert len(products) == 70
    for ours, theirs in zip(products, loaded, strict=True):
        official = theirs["product"]
        assert ours.asin == theirs["id"]
        assert ours.text == theirs["contents"]
        assert {k: list(v) for k, v in ours.options.items()} == official["options"]
        assert ours.price_tag == official["Price"]
        assert list(ours.bullets) == official["BulletPoints"]
        assert list(ours.attributes) == official["Attributes"]
