"""The worked example of WebShop's reward."""

from __future__ import annotations

import pytest

from harness.tasks.shopping.goals import Goal
from harness.tasks.shopping.products import Product


@pytest.fixture
def goal() -> Goal:
    """The worked example's goal."""
    return Goal(
        asin="B000000001",
        query="face cream",
        name="Daily Face Cream",
        product_category="Beauty › Skin Care › Face",
        instruction="",
        attributes=("fragrance free", "long lasting"),
        options=("navy blue", "2 pack"),
        price_upper=30.0,
    )


@pytest.fixture
def product() -> Product:
    """The worked example's purchase."""
    return Product(
        asin="B000000002",
        category="beauty",
        query="face cream",
        name="Night Face Cream",
        product_category="Beauty › Skin Care › Eyes",
        description="",
        bullets=("Long Lasting moisture",),
        attributes=("fragrance free formula",),
        options={},
        pricing=(25.0,),
    )
