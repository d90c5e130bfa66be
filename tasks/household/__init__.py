"""Household text games: their files, the engine that plays them, the episodes made of them."""
