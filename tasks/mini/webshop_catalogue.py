"""The mini shop: 1,020 products and 480 goals in WebShop's official file formats.

Every ware comes from many brands whose titles, features and options overlap, and shoppers partly
use other words than the titles do; so the first search result is often of the right type, seldom
the product meant, and an option left unchosen always costs. Written into the cache within a second:

    python -m harness.tasks.mini.webshop_catalogue FOLDER
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import Unavailable
from harness.paths import cache_root, write_atomically
from harness.tasks.mini import webshop_words
from harness.tasks.mini.webshop_words import (
    BRANDS,
    COLOURS,
    ENDINGS,
    FLAVOURS,
    OPENERS,
    WARES,
    Ware,
)

PER_WARE = 34
GOALS_PER_WARE = 16
SEED = 2207_01206
"""WebShop's arXiv number."""

PRODUCTS, ATTRIBUTES, INSTRUCTIONS = (
    "items_shuffle_1000.json",
    "items_ins_v2_1000.json",
    "items_human_ins.json",
)

_ASKS = (
    "i am looking for {what}{with_}{options}",
    "i need {what}{with_}{options}",
    "find me {what}{with_}{options}",
    "i would like to buy {what}{options}{with_}",
    "looking for {what}{with_}, please{options}",
    "i'm shopping for a friend and want {what}{options}{with_}",
)
_DETAILS = (
    "{Noun} that is {first} and {second}, made to last.",
    "Our {noun} is {first}; customers also praise that it is {second}.",
    "{First}, {second}: the {noun} you were looking for.",
)


@dataclass(frozen=True, slots=True)
class _Made:
    """A product entry with what its goals are made from."""

    ware: Ware
    entry: dict[str, Any]
    attributes: list[str]


def ensure_mini() -> Path:
    """Return the folder of the mini shop's files, written first if they are not there.

    The folder is named after the sources that write it, so a changed generator writes a new one.

    Raises:
        Unavailable: The cache cannot be written.
    """
    sources = [Path(__file__), Path(webshop_words.__file__)]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    folder = cache_root() / "mini" / f"webshop-{digest[:16]}"
    if not all((folder / name).is_file() for name in (PRODUCTS, ATTRIBUTES, INSTRUCTIONS)):
        try:
            write_files(folder)
        except OSError as error:
            raise Unavailable(
                f"{folder}: the mini shop cannot be written there ({error.strerror}); "
                "set HARNESS_CACHE to a folder that can be"
            ) from None
    return folder


def write_files(folder: Path) -> None:
    """Write the three official files into ``folder``; the same bytes each time."""
    made = _products(random.Random(f"{SEED} products"))
    contents = {
        PRODUCTS: [product.entry for product in made],
        ATTRIBUTES: {product.entry["asin"]: {"attributes": product.attributes} for product in made},
        INSTRUCTIONS: _instructions(made, random.Random(f"{SEED} goals")),
    }
    for name, content in contents.items():
        data = json.dumps(content, ensure_ascii=False, indent=0).encode()
        write_atomically(folder / name, data, durable=False)


def _products(rng: random.Random) -> list[_Made]:
    made = [_product(ware, rng) for ware in WARES for _ in range(PER_WARE)]
    rng.shuffle(made)
    for number, product in enumerate(made):
        product.entry["asin"] = f"B{number:09d}"
    return made


def _product(ware: Ware, rng: random.Random) -> _Made:
    noun = rng.choice(ware.nouns)
    attributes = rng.sample(ware.attributes, rng.randint(3, 5))
    title = [rng.choice(BRANDS), rng.choice(OPENERS), noun.title()]
    # Titles name one or two of the attributes; the rest stands in the features alone.
    for attribute in rng.sample(attributes, rng.randint(1, 2)):
        title.insert(rng.randint(1, len(title)), attribute.title())
    title.append(rng.choice(ENDINGS))
    detail = rng.choice(_DETAILS).format(
        noun=noun,
        Noun=noun.capitalize(),
        first=attributes[0],
        First=attributes[0].capitalize(),
        second=attributes[1],
    )
    related = rng.choice(WARES)
    entry = {
        "asin": "",
        "category": ware.category,
        "query": ware.query,
        "name": " ".join(title),
        "product_category": ware.path,
        "full_description": f"{detail} Goes well with our {rng.choice(related.nouns)}.",
        "small_description": [
            f"{attribute.capitalize()}: what we promise." for attribute in attributes[1:]
        ],
        "pricing": _price(ware, rng),
        "images": [""],
        "customization_options": _options(ware, rng),
    }
    return _Made(ware, entry, attributes)


def _price(ware: Ware, rng: random.Random) -> str:
    """Return one price, sometimes a range, rarely none: as in the official files."""
    low = round(rng.uniform(*ware.dollars), 2)
    kind = rng.random()
    if kind < 0.03:
        return ""
    return f"${low:.2f}" if kind < 0.8 else f"${low:.2f} to ${low * 1.5:.2f}"


def _options(ware: Ware, rng: random.Random) -> dict[str, list[dict[str, Any]] | None]:
    options: dict[str, list[dict[str, Any]] | None] = {}
    if ware.colours:
        grocery = ware.category == "grocery"
        values = rng.sample(FLAVOURS if grocery else COLOURS, rng.randint(2, 5))
        options["Flavor Name" if grocery else "Color"] = _listed([v.title() for v in values])
    if ware.sizes:
        count = rng.randint(2, len(ware.sizes))
        chosen = sorted(rng.sample(range(len(ware.sizes)), count))
        options["Size"] = _listed([ware.sizes[i] for i in chosen])
    if not options:
        options["Style"] = None
    return options


def _listed(values: Sequence[str]) -> list[dict[str, Any]]:
    return [{"value": value, "image": None} for value in values]


def _instructions(made: Sequence[_Made], rng: random.Random) -> dict[str, list[dict[str, Any]]]:
    """Return goals for the first products of every ware, one each."""
    left = {ware.query: GOALS_PER_WARE for ware in WARES}
    told = {}
    for product in made:
        if left[product.ware.query] > 0:
            left[product.ware.query] -= 1
            told[product.entry["asin"]] = [_instruction(product, rng)]
    return told


def _instruction(product: _Made, rng: random.Random) -> dict[str, Any]:
    wanted = rng.sample(product.attributes, rng.choice((1, 1, 2, 2, 3)))
    offered = {k: v for k, v in product.entry["customization_options"].items() if v}
    options = {name: rng.choice(values)["value"].lower() for name, values in offered.items()}
    # People leave options open: a quarter of the real sessions' goals names none at all.
    if rng.random() < 0.25:
        options = {}
    elif len(options) > 1 and rng.random() < 0.3:
        options.pop(rng.choice(sorted(options)))
    before, after = wanted[:1], wanted[1:]
    noun = rng.choice(product.ware.spoken)
    what = f"{' '.join(before)} {noun}"
    with_ = f" that is {' and '.join(after)}" if after else ""
    said = [f"in {v}" if k != "Size" else f"size {v}" for k, v in options.items()]
    text = rng.choice(_ASKS).format(
        what=f"a {what}", with_=with_, options="".join(f", {part}" for part in said)
    )
    return {
        "asin": product.entry["asin"],
        "instruction": f"{text}.",
        "instruction_attributes": wanted,
        "instruction_options": list(options.values()),
    }


if __name__ == "__main__":
    write_files(Path(sys.argv[1]))
