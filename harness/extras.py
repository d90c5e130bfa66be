"""The line that installs what is missing."""

from __future__ import annotations

from collections.abc import Iterable

OWN_DISTRIBUTION = "harness"


def how_to_install(extras: Iterable[str], package: str) -> str:
    """Return the line that installs what is missing: the requirements of our extras, or a package.

    The requirements are written out because an extra can only be named where this package was
    installed from, while plain requirements install anywhere.
    """
    wanted = list(extras)
    if not wanted:
        return f"pip install {package}"
    from importlib import metadata

    lines = metadata.requires(OWN_DISTRIBUTION) or []
    needed: list[str] = []
    for extra in wanted:
        for line in lines:
            requirement, _, marker = line.partition(";")
            if f'extra == "{extra}"' in marker.replace("'", '"'):
                needed.append(f'"{requirement.strip()}"')
    named = ",".join(wanted)
    if not needed:
        return f"pip install {package}"
    return f"pip install {' '.join(sorted(set(needed)))}  # the extra [{named}]"
