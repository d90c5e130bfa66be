"""The colour words WebShop maps options to before it compares them."""

from __future__ import annotations

_WORDS = (
    "alabaster apricot aqua ash asphalt azure banana beige black blue blush bordeaux bronze brown "
    "burgundy camel camo caramel champagne charcoal cheetah chestnut chocolate christmas coffee "
    "cognac copper coral cranberry cream crystal dark denim eggplant elephant espresso fuchsia gold "
    "granite grape graphite grass gray green grey heather indigo ivory ivy khaki lavender lemon "
    "leopard light lilac lime magenta maroon mauve merlot midnight mint mocha multicolor mushroom "
    "mustard natural navy nude olive orange peach pewter pink plum purple rainbow red rose royal "
    "rust sand sapphire seashell silver skull slate steel stone stonewash sunflower tan taupe teal "
    "tiger turquoise violet walnut wheat white wine yellow"
)

COLOURS = tuple(_WORDS.split())
"""Alphabetical, as in the official ``normalize.py`` (princeton-nlp/WebShop, MIT)."""


def normalise_colour(option: str) -> str:
    """Return the alphabetically first colour word inside ``option``, or ``option`` without one.

    Substrings count, also inside other words: "navy blue" and "dark blue" are both "blue", and
    "standard" is "tan". This is the official rule.
    """
    return next((colour for colour in COLOURS if colour in option), option)
