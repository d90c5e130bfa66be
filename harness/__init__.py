"""A benchmark and evaluation harness: one paper, one plug-in; one benchmark, one adapter.

Everything below is loaded on first use, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from harness._version import __version__

if TYPE_CHECKING:
    from harness.api import compare as compare
    from harness.api import results as results
    from harness.api import run as run
    from harness.config import Config as Config
    from harness.method import Method as Method
    from harness.method import Run as Run
    from harness.record import RunRecord as RunRecord
    from harness.store import Store as Store
    from harness.task import Task as Task

HOMES = {
    "Config": "config",
    "Method": "method",
    "Run": "method",
    "RunRecord": "record",
    "Store": "store",
    "Task": "task",
    "compare": "api",
    "results": "api",
    "run": "api",
}

__all__ = [*sorted(HOMES), "__version__"]


def __getattr__(name: str) -> Any:
    """Load a public name on first use."""
    if name not in HOMES:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    return getattr(import_module(f"harness.{HOMES[name]}"), name)
