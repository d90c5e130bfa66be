"""WebShop's reward: how well a purchase fits a goal (Yao et al. 2022, section 3).

With A the goal's attributes and O its options,

    reward = r_type * (matched attributes + matched options + price in bounds) / (|A| + |O| + 1)

as in ``get_reward`` of the released code (``web_agent_site/engine/goal.py``), whose details differ
from the paper's text here and there; where they do, the code is followed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.tasks.shopping.colours import COLOURS, normalise_colour
from harness.tasks.shopping.fuzzy import matches
from harness.tasks.shopping.goals import Goal, GoalOption
from harness.tasks.shopping.nouns import Nouns
from harness.tasks.shopping.products import Product

NO_NOUN_SCORE = 0.2
"""Title score where the goal's name has no noun."""


@dataclass(frozen=True, slots=True)
class Reward:
    """A reward and what it is made of.

    Attributes:
        value: The reward, 0 to 1.
        type: Factor for buying the right type of product.
        attributes: Share of the goal's attributes found.
        options: Share of the goal's options chosen; None for a goal without options.
        price: Whether the price is within the goal's bound.
        query_match: Whether both products belong to the same search query.
        category_match: Whether they share two or more levels of category.
        title_score: Share of the goal name's nouns found in the purchase's name.
    """

    value: float
    type: float
    attributes: float
    options: float | None
    price: bool
    query_match: bool
    category_match: bool
    title_score: float


def reward_of(
    product: Product, goal: Goal, price: float, options: Mapping[str, str], nouns: Nouns
) -> Reward:
    """Return the reward of buying ``product`` at ``price`` with the chosen ``options``.

    Args:
        product: What was bought.
        goal: What was asked for.
        price: Its price in dollars.
        options: Chosen values by option name.
        nouns: Finds the nouns of a name.
    """
    query = product.query == goal.query
    category = len(_levels(product.product_category) & _levels(goal.product_category)) >= 2
    title = title_score(nouns(product.name), nouns(goal.name))
    kind = type_factor(query, category, title)
    n_attributes = matched_attributes(product, goal.attributes)
    n_options = matched_options(list(options.values()), goal.options)
    within = price <= goal.price_upper
    return Reward(
        value=combine(kind, n_attributes, n_options, within, goal),
        type=kind,
        attributes=n_attributes / len(goal.attributes),
        options=n_options / len(goal.options) if goal.options else None,
        price=within,
        query_match=query,
        category_match=category,
        title_score=title,
    )


def combine(kind: float, attributes: int, options: int, within: bool, goal: Goal) -> float:
    """Return the reward from its parts: counts of matches, and the factor for the type."""
    parts = len(goal.attributes) + len(goal.options) + 1
    return (attributes + options + within) / parts * kind


def title_score(bought: Sequence[str], wanted: Sequence[str]) -> float:
    """Return distinct nouns in common by nouns wanted, repeated ones counted each time."""
    if not wanted:
        return NO_NOUN_SCORE
    return len(set(bought) & set(wanted)) / len(wanted)


def type_factor(query_match: bool, category_match: bool, title: float) -> float:
    """Return 1, .5, .1 or 0: whether the purchase is of the type of product wanted.

    A title score below .1 overrides a match of query or category; this is the official order.
    """
    if title == 0.0:
        return 0.0
    if title < 0.1:
        return 0.1
    return 1.0 if query_match or category_match or title > 0.2 else 0.5


def matched_attributes(product: Product, wanted: Sequence[str]) -> int:
    """Count wanted attributes among the product's, or else in its title, bullets or description."""
    texts = (
        product.name.lower(),
        " ".join(product.bullets).lower(),
        product.description.lower(),
    )
    return sum(
        any(matches(own, attribute) for own in product.attributes)
        or any(attribute in text for text in texts)
        for attribute in wanted
    )


def matched_options(chosen: Sequence[str], wanted: Sequence[GoalOption]) -> int:
    """Count wanted options that one of the chosen values matches, after mapping colours."""
    ours = [normalise_colour(value) for value in chosen]
    return sum(any(matches(value, _comparable(goal)) for value in ours) for goal in wanted)


def _comparable(option: GoalOption) -> str:
    """Return a goal option as it is compared.

    Synthetic goals have pairs of name and value. The official code searches such a pair for a
    colour as a whole element, and compares the pair's printed form.
    """
    if isinstance(option, str):
        return normalise_colour(option)
    return next((colour for colour in COLOURS if colour in option), str(option))


def _levels(category: str) -> set[str]:
    return {level.strip() for level in category.split("›")}
