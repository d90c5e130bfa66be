"""A shop: products with prices, goals, a search engine and a judge, read from official files once."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from harness.errors import BadInput
from harness.tasks.shopping.bm25 import BM25
from harness.tasks.shopping.goals import Goal, human_goals, shuffled, synthetic_goals
from harness.tasks.shopping.jsonfile import read_object
from harness.tasks.shopping.nouns import Tagger
from harness.tasks.shopping.official import Engine, judge_by
from harness.tasks.shopping.products import Product, draw_prices, read_products
from harness.tasks.shopping.reward import Reward

RESULTS = 50
"""Products a search returns at most, on five pages."""

GoalKind = Literal["human", "synthetic"]
Judge = Callable[[Product, Goal, float, Mapping[str, str]], Reward]


@dataclass(frozen=True, slots=True)
class Source:
    """Everything a shop is made from.

    Attributes:
        products: ``items_shuffle*.json``.
        attributes: ``items_ins_v2*.json``.
        instructions: ``items_human_ins.json``, or None for synthetic goals.
        price_seed: Seed of drawn prices and price bounds.
        nouns: Who finds the nouns of names.
        engine: Who computes rewards.
        stamp: Sizes and times of the files: a changed file is another source.
    """

    products: Path
    attributes: Path
    instructions: Path | None
    price_seed: int
    nouns: Tagger
    engine: Engine
    stamp: tuple[tuple[int, int], ...] = ()

    def stamped(self) -> Source:
        """Return this source with the present sizes and times of its files."""
        states = [os.stat(path) for path in self.files()]
        stamp = tuple((state.st_size, state.st_mtime_ns) for state in states)
        return Source(
            self.products,
            self.attributes,
            self.instructions,
            self.price_seed,
            self.nouns,
            self.engine,
            stamp,
        )

    def files(self) -> list[Path]:
        """Return the files."""
        paths = (self.products, self.attributes, self.instructions)
        return [path for path in paths if path is not None]


@dataclass(frozen=True, slots=True, eq=False)
class Shop:
    """An opened shop, shared by all episodes in it; nothing in it changes.

    It pickles as its source, so that episodes can be sent to another process.

    Attributes:
        source: What it was made from.
        products: Product by asin, in the file's order.
        prices: Price in dollars by asin.
        goals: All goals, in the official order.
        judge: Gives the reward of buying a product at a price with options for a goal.
    """

    source: Source
    products: Mapping[str, Product]
    prices: Mapping[str, float]
    goals: tuple[Goal, ...]
    judge: Judge
    _index: BM25
    _asins: tuple[str, ...]

    def search(self, words: str) -> list[Product]:
        """Return up to 50 products, best first."""
        return [self.products[self._asins[i]] for i in self._index.search(words, RESULTS)]

    def __reduce__(self) -> tuple[Any, ...]:
        return open_shop, (self.source,)


@lru_cache(maxsize=2)
def open_shop(source: Source) -> Shop:
    """Read the files and build the search index.

    Prices of ranges and price bounds of goals are drawn from one generator, in the order of the
    official code, which leaves its seed to chance.

    Raises:
        BadInput: A file is missing or damaged, or there is no goal in it.
        Unavailable: The tagger or engine asked for is not installed.
    """
    attributes = read_object(source.attributes)
    products = read_products(source.products, attributes)
    rng = random.Random(source.price_seed)
    prices = draw_prices(products, rng)
    if source.instructions is not None:
        told = read_object(source.instructions)
        goals = human_goals(source.instructions, told, products, prices, rng)
    else:
        goals = synthetic_goals(source.attributes, attributes, products, prices, rng)
    if not goals:
        place = source.instructions or source.attributes
        raise BadInput(f"{place}: no goal for any product of {source.products}; do they belong?")
    return Shop(
        source=source,
        products={product.asin: product for product in products},
        prices=prices,
        goals=tuple(shuffled(goals)),
        judge=judge_by(source.engine, source.nouns),
        _index=BM25([product.text for product in products]),
        _asins=tuple(product.asin for product in products),
    )
