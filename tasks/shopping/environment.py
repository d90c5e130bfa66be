"""Shopping: ``search[...]`` and ``click[...]`` on WebShop's pages, a purchase at the end."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Literal

from harness.kinds.episodes import Observation
from harness.tasks.shopping import pages
from harness.tasks.shopping.pages import Page, Part
from harness.tasks.shopping.products import Product
from harness.tasks.shopping.reward import Reward
from harness.tasks.shopping.shop import Shop

Mode = Literal["text", "text_rich"]

_ACTION = re.compile(r"(.+)\[(.+)\]")


def parse_action(action: str) -> tuple[str, str | None]:
    """Return an action's name and its argument, None without one, by the official pattern."""
    found = _ACTION.match(action)
    return (found[1], found[2]) if found else (action, None)


@dataclass(frozen=True, slots=True)
class Purchase:
    """What was bought, and what it was worth.

    Attributes:
        asin: The product.
        options: Chosen values by option name.
        price: Price in dollars.
        reward: The reward and its parts.
    """

    asin: str
    options: dict[str, str]
    price: float
    reward: Reward


@dataclass(slots=True)
class _Session:
    """Where a shopper is, and what has been done so far."""

    page: Page
    place: Literal["search", "results", "item", "sub page", "done"] = "search"
    found: list[Product] = field(default_factory=list)
    number: int = 1
    product: Product | None = None
    opened: set[str] = field(default_factory=set)
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """How a shop is shown and used.

    Attributes:
        mode: How pages become text.
        show_attributes: Whether item pages link to the mined attributes.
        search_anywhere: Whether ``search[...]`` works where no search bar is shown.
    """

    mode: Mode = "text"
    show_attributes: bool = False
    search_anywhere: bool = False


class ShoppingEnvironment:
    """One running session; an action that is not possible changes nothing and earns nothing.

    Attributes:
        purchase: What was bought, None before.
    """

    def __init__(self, shop: Shop, goal_number: int, rules: Rules) -> None:
        """Prepare a session; :meth:`reset` begins it.

        Args:
            shop: The shop.
            goal_number: Place of the goal among the shop's.
            rules: How it is shown and used.
        """
        self._shop, self._goal, self._rules = shop, shop.goals[goal_number], rules
        self._now = _Session(pages.search_page(self._goal.instruction))
        self.purchase: Purchase | None = None

    def reset(self) -> Observation:
        """Begin at the search page."""
        self.purchase = None
        self._now = _Session(pages.search_page(self._goal.instruction))
        return self._seen()

    def step(self, action: str) -> Observation:
        """Search or click; return the page seen then, with the reward if it was a purchase."""
        name, argument = parse_action(action)
        if self._now.place == "done" or argument is None:
            return self._seen()
        argument = argument.lower()
        if name == "search" and (self._now.place == "search" or self._rules.search_anywhere):
            self._search(argument)
        elif name == "click" and argument != "search":
            part = pages.clickables(self._now.page).get(argument)
            if part is not None:
                self._click(part)
        return self._seen(0.0 if self.purchase is None else self.purchase.reward.value)

    def close(self) -> None:
        """Hold nothing of its own, so let go of nothing."""

    def _click(self, part: Part) -> None:
        now = self._now
        if part.role == "product":
            now.product = self._shop.products[part.text]
            now.opened.add(part.text)
            self._open_item()
        elif part.role == "option":
            now.options[part.name] = part.text
            self._open_item()
        elif part.text == pages.BACK:
            self._now = _Session(pages.search_page(self._goal.instruction))
        elif part.text == pages.BUY:
            self._buy()
        elif part.text in pages.SUB_PAGES and now.product is not None:
            now.place = "sub page"
            now.page = pages.sub_page(self._goal.instruction, now.product, part.text)
        elif now.place == "sub page":
            self._open_item()
        elif now.place == "item":
            self._show_results(now.number)
        else:
            self._show_results(now.number + (1 if part.text == pages.NEXT else -1))

    def _search(self, words: str) -> None:
        self._now.found = self._shop.search(words)
        self._show_results(1)

    def _show_results(self, number: int) -> None:
        """Show a page of the last search's results; product and options are forgotten."""
        now = self._now
        now.place, now.number, now.product = "results", number, None
        now.options.clear()
        begin = (number - 1) * pages.PAGE_SIZE
        shown = now.found[begin : begin + pages.PAGE_SIZE]
        now.page = pages.results_page(
            self._goal.instruction, shown, number, len(now.found), now.opened
        )

    def _open_item(self) -> None:
        now = self._now
        if now.product is None:
            return
        now.place = "item"
        now.page = pages.item_page(
            self._goal.instruction, now.product, now.options, self._rules.show_attributes
        )

    def _buy(self) -> None:
        now = self._now
        if now.product is None:
            return
        price = self._shop.prices[now.product.asin]
        options = dict(now.options)
        reward = self._shop.judge(now.product, self._goal, price, options)
        self.purchase = Purchase(now.product.asin, options, price, reward)
        now.place = "done"
        now.page = pages.done_page(now.product.asin, json.dumps(options), reward.value)

    def _seen(self, reward: float = 0.0) -> Observation:
        page = self._now.page
        text = pages.rich(page) if self._rules.mode == "text_rich" else pages.plain(page)
        return Observation(text, self._actions(), reward, done=self._now.place == "done")

    def _actions(self) -> tuple[str, ...]:
        """Return what can be done now; of all searches, the one for the instruction's words."""
        listed = []
        if self._now.place == "search":
            words = re.sub(r"[\[\]]", " ", self._goal.instruction)
            listed.append(f"search[{words}]")
        clickable = pages.clickables(self._now.page)
        return (*listed, *(f"click[{text}]" for text in clickable if text != "search"))


@dataclass(frozen=True, slots=True)
class ShoppingEpisode:
    """One goal to shop for.

    A method acts through :meth:`start` alone; what the shop knows of a goal beyond its text is for
    the judge.

    Attributes:
        id: ``fixed_i`` for goal i, as the released web application calls it.
        goal: The instruction.
        max_steps: Actions after which the episode ends.
        shop: The shop.
        number: Place of the goal among the shop's.
        rules: How the shop is shown and used.
    """

    id: str
    goal: str
    max_steps: int
    shop: Shop
    number: int
    rules: Rules

    def start(self) -> ShoppingEnvironment:
        """Return a session of its own."""
        return ShoppingEnvironment(self.shop, self.number, self.rules)
