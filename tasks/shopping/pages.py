"""WebShop's pages as text: what an agent reads, and what it can click.

A page is a row of parts. The ``text`` mode joins them by " [SEP] "; ``text_rich`` gives each a line
and marks buttons, products and options, as the released text environment does with the pages'
HTML. (Its ``html`` and
``url`` modes are not offered; nor are reviews, of which the public files hold none.)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.tasks.shopping.products import Product

PAGE_SIZE = 10
BACK, PREVIOUS, NEXT, BUY = "Back to Search", "< Prev", "Next >", "Buy Now"
SUB_PAGES = ("Description", "Features", "Reviews", "Attributes")

Role = Literal["text", "button", "product", "option"]


@dataclass(frozen=True, slots=True)
class Part:
    """One visible string and what it is.

    Attributes:
        text: The string.
        role: Plain text, or what can be clicked.
        name: Of an option: the option's name, lower-cased.
        clicked: Whether a product was opened, or an option chosen, before.
    """

    text: str
    role: Role = "text"
    name: str = ""
    clicked: bool = False


Page = tuple[Part, ...]


def search_page(instruction: str) -> Page:
    """Return the page with the search bar."""
    return (Part("WebShop"), *_told(instruction), Part("Search", "button"))


def results_page(
    instruction: str, products: Sequence[Product], number: int, total: int, opened: Collection[str]
) -> Page:
    """Return a page of search results.

    Args:
        instruction: The goal's text.
        products: The products on this page.
        number: Its number, from 1.
        total: Results on all pages.
        opened: Products opened earlier.
    """
    parts = [*_told(instruction), Part(BACK, "button")]
    parts.append(Part(f"Page {number} (Total results: {total})"))
    if number > 1:
        parts.append(Part(PREVIOUS, "button"))
    if number * PAGE_SIZE < total:
        parts.append(Part(NEXT, "button"))
    for product in products:
        parts.append(Part(product.asin, "product", clicked=product.asin in opened))
        parts += [Part(product.name), Part(product.price_tag)]
    return tuple(parts)


def item_page(
    instruction: str, product: Product, chosen: Mapping[str, str], attributes: bool
) -> Page:
    """Return a product's page.

    Args:
        instruction: The goal's text.
        product: The product.
        chosen: Options chosen so far.
        attributes: Whether there is a button to its mined attributes.
    """
    parts = [*_told(instruction), Part(BACK, "button"), Part(PREVIOUS, "button")]
    for name, values in product.options.items():
        parts.append(Part(name))
        parts += [Part(v, "option", name, clicked=v in chosen.values()) for v in values]
    parts += [Part(product.name), Part(f"Price: {product.price_tag}"), Part("Rating: N.A.")]
    shown = SUB_PAGES if attributes else SUB_PAGES[:-1]
    parts += [Part(title, "button") for title in shown]
    return (*parts, Part(BUY, "button"))


def sub_page(instruction: str, product: Product, title: str) -> Page:
    """Return one of a product's further pages: its description, features, reviews or attributes."""
    contents: dict[str, Sequence[str]] = {
        "Description": (product.description or "No Description",),
        "Features": product.bullets or ("No Features",),
        "Reviews": ("No Reviews",),
        "Attributes": (*product.attributes, product.category, product.query),
    }
    body = [Part(text) for text in contents[title]]
    return (*_told(instruction), Part(BACK, "button"), Part(PREVIOUS, "button"), *body)


def done_page(asin: str, options: str, reward: float) -> Page:
    """Return the page after a purchase; ``options`` is a JSON object.

    What the goal was is not told: the released page leaves those fields empty.
    """
    empty = "asin|options|attrs|price upper|instuction text|category|product category|query"  # codespell:ignore
    told = (
        "Thank you for shopping with us!|Your code:|None|(Paste it in your MTurk interface.)|"
        f"Purchased|asin|{asin}|options".split("|")
    )
    told += [options, "attrs", "None", "category", "None", "query", "None"]
    told += ["product category", "None", "Target", *empty.split("|"), "Goal", "None", "Reward"]
    told += ["Your score (min 0.0, max 1.0)", str(reward), "Reward Details", "None"]
    return tuple(Part(text) for text in told)


def clickables(page: Page) -> dict[str, Part]:
    """Return what ``click[...]`` accepts on a page, as the official environment lists it."""
    buttons = {part.text.lower(): part for part in page if part.role == "button"}
    products = {part.text.lower(): part for part in page if part.role == "product"}
    options = {part.text: part for part in page if part.role == "option"}
    return {**buttons, **products, **options}


def plain(page: Page) -> str:
    """Return a page in the ``text`` mode."""
    return " [SEP] ".join(part.text.strip() for part in page)


def rich(page: Page) -> str:
    """Return a page in the ``text_rich`` mode."""
    lines = []
    for part in page:
        mark = "clicked button" if part.clicked else "button"
        before = {"text": "", "button": "", "product": "\n", "option": "  "}[part.role]
        shown = part.text if part.role == "text" else f"[{mark}] {part.text} [{mark}_]"
        lines.append(before + shown + "\n")
    # The official environment puts each choice it comes upon before those it has seen.
    chosen = [part.text for part in page if part.role == "option" and part.clicked]
    return "".join(f"You have clicked {text}.\n" for text in reversed(chosen)) + "".join(lines)


def _told(instruction: str) -> tuple[Part, Part]:
    return Part("Instruction:"), Part(instruction)
