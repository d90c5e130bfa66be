"""Shell completion of registered names: nothing is imported, so a TAB is answered at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    Completer = Callable[[click.Context, click.Parameter, str], list[str]]


def names(*registries: str) -> Completer:
    """Return a completer over the names in ``registries`` (``"methods"``, ``"tasks"``, ...).

    The last name of a comma-separated list is completed.
    """

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        from harness import registry

        head, comma, start = incomplete.rpartition(",")
        known = [n for kind in registries for n in getattr(registry, kind).names()]
        return [head + comma + name for name in dict.fromkeys(known) if name.startswith(start)]

    return complete
