"""Products: the official ``items_shuffle.json`` with the attributes of ``items_ins_v2.json``."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.tasks.shopping.jsonfile import field, read_array, read_lines, strings

NO_PRICE = 100.0
"""Price in dollars of a product that names none."""
NO_ATTRIBUTES = ("DUMMY_ATTR",)
"""Attributes of a product that the attribute file does not know."""
_ASIN_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Product:
    """One product as the shop shows and judges it.

    Attributes:
        asin: Its identifier, 10 characters.
        category: One of beauty, garden, grocery, electronics, fashion.
        query: The search query under which it was found, lower-cased.
        name: Its title.
        product_category: Levels of category, separated by "›".
        description: Full description.
        bullets: Feature lines.
        attributes: Mined attributes.
        options: Option name to values, all lower-cased, in the file's order.
        pricing: One price in dollars, or the bounds of a range.
    """

    asin: str
    category: str
    query: str
    name: str
    product_category: str
    description: str
    bullets: tuple[str, ...]
    attributes: tuple[str, ...]
    options: Mapping[str, tuple[str, ...]]
    pricing: tuple[float, ...]

    @property
    def price_tag(self) -> str:
        """The price as pages show it."""
        return " to ".join(f"${price}" for price in self.pricing)

    @property
    def text(self) -> str:
        """What the search index holds: title, description, first bullet and options."""
        options = ", and ".join(f"{k}: {', '.join(v)}" for k, v in self.options.items())
        first = self.bullets[0] if self.bullets else ""
        return " ".join((self.name, self.description, first, options)).lower()


def read_products(path: Path, attributes: Mapping[str, Any]) -> list[Product]:
    """Return the products of an official file, in its order.

    Entries without a proper asin, and repetitions of one, are passed over as the official reader
    does.

    Args:
        path: ``items_shuffle*.json``, or ``*.jsonl`` with a loaded product a line under ``product``,
            as the official search index is made of; plain or gzipped.
        attributes: The parsed ``items_ins_v2*.json``.

    Raises:
        BadInput: The file is missing or damaged, or an entry lacks a field.
    """
    products: dict[str, Product] = {}
    for number, entry in enumerate(_entries(path)):
        where = f"{path}, product {number}"
        asin = field(entry, "asin", str, where)
        if asin == "nan" or len(asin) > _ASIN_LENGTH or asin in products:
            continue
        products[asin] = _product(entry, asin, attributes, f"{where} ({asin})")
    if not products:
        raise BadInput(f"{path}: no product in it; expected an items_shuffle file of WebShop")
    return list(products.values())


def _entries(path: Path) -> list[Any]:
    if ".jsonl" not in path.suffixes:
        return read_array(path)
    lines = read_lines(path)
    return [field(line, "product", dict, f"{path}, line {n}") for n, line in enumerate(lines, 1)]


def draw_prices(products: Sequence[Product], rng: random.Random) -> dict[str, float]:
    """Return each product's price in dollars; ranges are drawn from uniformly, in order."""
    return {
        p.asin: p.pricing[0] if len(p.pricing) == 1 else rng.uniform(*p.pricing) for p in products
    }


def _product(
    entry: Mapping[str, Any], asin: str, attributes: Mapping[str, Any], where: str
) -> Product:
    bullets = field(entry, "small_description", (list, str), where)
    known = attributes.get(asin)
    mined = known.get("attributes") if isinstance(known, Mapping) else None
    return Product(
        asin=asin,
        category=field(entry, "category", str, where),
        query=field(entry, "query", str, where).lower().strip(),
        name=field(entry, "name", str, where),
        product_category=field(entry, "product_category", str, where),
        description=field(entry, "full_description", str, where),
        bullets=(bullets,)
        if isinstance(bullets, str)
        else strings(bullets, "small_description", where),
        attributes=NO_ATTRIBUTES if mined is None else strings(mined, "attributes", where),
        options=_options(entry.get("customization_options"), where),
        pricing=_pricing(entry.get("pricing"), where),
    )


def _options(stated: Any, where: str) -> dict[str, tuple[str, ...]]:
    options: dict[str, tuple[str, ...]] = {}
    if not stated:
        return options
    if not isinstance(stated, Mapping):
        raise BadInput(f"{where}: customization_options is no object of option names to values")
    for name, values in stated.items():
        if values is not None:
            if not isinstance(values, list):
                raise BadInput(f"{where}, option {name}: expected a list of values")
            shown = [field(value, "value", str, f"{where}, option {name}") for value in values]
            options[name.lower()] = tuple(v.strip().replace("/", " | ").lower() for v in shown)
    return options


def _pricing(stated: Any, where: str) -> tuple[float, ...]:
    """Return one price or two; files saved by the official code hold numbers instead of text."""
    if not stated:
        return (NO_PRICE,)
    try:
        if isinstance(stated, str):
            prices = [float(re.sub(r"[^\d.]", "", part)) for part in stated.split("$")[1:]]
        else:
            prices = [float(price) for price in stated]
        return tuple(prices[:2]) if prices else _refuse_price(stated, where)
    except (TypeError, ValueError):
        return _refuse_price(stated, where)


def _refuse_price(stated: Any, where: str) -> tuple[float, ...]:
    raise BadInput(f"{where}: cannot read the price {stated!r}; expected $10.99 or $10 to $20")
