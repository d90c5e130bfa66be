"""A benchmark and evaluation harness: one paper, one plug-in; one benchmark, one adapter."""

from harness._version import __version__

__all__ = ["__version__"]
