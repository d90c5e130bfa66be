"""Goals: what a shopper is sent to buy, people's own words or texts made from attributes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.tasks.shopping.jsonfile import field, strings
from harness.tasks.shopping.products import Product

GoalOption = str | tuple[str, str]
"""A wanted value, or in synthetic goals a pair of option name and value."""

SHUFFLE_SEED = 233
"""The official code shuffles goals with it; session i is goal i after that."""
ANY_PRICE = 1_000_000.0
_BOUNDS = [10.0 * step for step in range(1, 100)]


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be bought.

    Attributes:
        asin: The product the goal was written for.
        query: That product's search query.
        name: Its name.
        product_category: Its levels of category.
        instruction: What the shopper is told, price bound included.
        attributes: Wanted attributes, at least one.
        options: Wanted options.
        price_upper: Highest price in dollars.
    """

    asin: str
    query: str
    name: str
    product_category: str
    instruction: str
    attributes: tuple[str, ...]
    options: tuple[GoalOption, ...]
    price_upper: float


def human_goals(
    path: Path,
    instructions: Mapping[str, Any],
    products: Sequence[Product],
    prices: Mapping[str, float],
    rng: random.Random,
) -> list[Goal]:
    """Return people's goals in the products' order; those without attributes are left out.

    Args:
        path: ``items_human_ins.json``, for messages.
        instructions: Its contents: asin to a list of instructions.
        products: All products.
        prices: Price in dollars by asin.
        rng: Draws price bounds.

    Raises:
        BadInput: An instruction lacks a field.
    """
    goals = []
    for product in products:
        for number, entry in enumerate(instructions.get(product.asin, ())):
            where = f"{path}, {product.asin}, instruction {number}"
            stated = field(entry, "instruction_attributes", list, where)
            attributes = strings(stated, "instruction_attributes", where)
            if not attributes:
                continue
            wanted = field(entry, "instruction_options", (list, dict), where)
            options: tuple[GoalOption, ...] = (
                tuple(
                    zip(
                        wanted,
                        strings([*wanted.values()], "instruction_options", where),
                        strict=True,
                    )
                )
                if isinstance(wanted, dict)
                else strings(wanted, "instruction_options", where)
            )
            upper, clause = _price_bound(prices[product.asin], rng)
            text = field(entry, "instruction", str, where).strip(".") + clause
            goals.append(_goal(product, text, attributes, options, upper))
    return goals


def synthetic_goals(
    path: Path,
    attributes: Mapping[str, Any],
    products: Sequence[Product],
    prices: Mapping[str, float],
    rng: random.Random,
) -> list[Goal]:
    """Return goals made from attributes: one per combination of a product's options.

    Args:
        path: ``items_ins_v2*.json``, for messages.
        attributes: Its contents by asin.
        products: All products.
        prices: Price in dollars by asin.
        rng: Draws price bounds, one per product.

    Raises:
        BadInput: An instruction has no attributes.
    """
    goals = []
    for product in products:
        entry = attributes.get(product.asin) or {}
        if entry.get("instruction") is None:
            continue
        where = f"{path}, {product.asin}"
        text = field(entry, "instruction", str, where)
        stated = field(entry, "instruction_attributes", list, where)
        wanted = strings(stated, "instruction_attributes", where)
        if not wanted:
            raise BadInput(f"{where}: an instruction without instruction_attributes")
        upper, clause = _price_bound(prices[product.asin], rng)
        for options in _combinations(product):
            listed = ", and ".join(f"{name}: {value}" for name, value in options)
            told = text + (f" with {listed}" if listed else "") + clause
            goals.append(_goal(product, told, wanted, options, upper))
    return goals


def shuffled(goals: Sequence[Goal]) -> list[Goal]:
    """Return the goals in the official order, in which the splits are cut."""
    order = list(goals)
    random.Random(SHUFFLE_SEED).shuffle(order)
    return order


def _combinations(product: Product) -> Iterator[tuple[tuple[str, str], ...]]:
    names = sorted(product.options)
    for values in itertools.product(*(product.options[name] for name in names)):
        yield tuple(zip(names, values, strict=True))


def _price_bound(price: float, rng: random.Random) -> tuple[float, str]:
    """Return a bound in dollars and its clause: the larger of two of the next four tens."""
    above = [bound for bound in _BOUNDS if bound > price][:4]
    if len(above) < 2:
        return ANY_PRICE, ""
    upper = max(rng.sample(above, 2))
    return upper, f", and price lower than {upper:.2f} dollars"


def _goal(
    product: Product,
    text: str,
    attributes: tuple[str, ...],
    options: tuple[GoalOption, ...],
    upper: float,
) -> Goal:
    return Goal(
        asin=product.asin,
        query=product.query,
        name=product.name,
        product_category=product.product_category,
        instruction=text,
        attributes=attributes,
        options=options,
        price_upper=upper,
    )
