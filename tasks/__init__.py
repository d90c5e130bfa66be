"""The task adapters: one benchmark, one file, official formats and official scorers."""
