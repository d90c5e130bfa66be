"""Entries of a product file."""

from __future__ import annotations

from typing import Any

CREAM: dict[str, Any] = {
    "asin": "B000000001",
    "category": "beauty",
    "query": "Face Cream ",
    "name": "Daily Face Cream",
    "product_category": "Beauty › Skin Care › Face",
    "full_description": "rich cream",
    "small_description": ["Long Lasting moisture"],
    "pricing": "$25.00",
    "images": [""],
    "customization_options": {
        "Color": [{"value": " Navy Blue", "image": None}, {"value": "Red/White", "image": None}],
        "Size": [{"value": "2 pack", "image": None}],
        "Style": None,
    },
}


def entry(number: int, **changes: Any) -> dict[str, Any]:
    """Return an entry of the product file like the cream's."""
    return {**CREAM, "asin": f"B{number:09d}", **changes}
