"""Finding a task's files: under their official names, or the only ones that can be meant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.errors import BadInput


def subfolder(root: Path, name: str) -> Path:
    """Return the folder ``name`` in ``root`` (``SST-2``, also as ``sst2``), else ``root`` itself.

    Raises:
        BadInput: Several folders could be meant.
    """
    if (root / name).is_dir():
        return root / name
    found = [p for p in root.iterdir() if p.is_dir() and _plain(p.name) == _plain(name)]
    if len(found) > 1:
        raise BadInput(f"{root}: both {found[0].name} and {found[1].name}; keep one of them")
    return found[0] if found else root


def pick(
    folder: Path, wanted: str | None, official: str, patterns: Sequence[str], option: str
) -> Path | None:
    """Return a file of ``folder``, or None if none can be meant.

    Args:
        folder: Where to look.
        wanted: Its name, with or without endings, if one was asked for.
        official: The name it has in the official archive, perhaps gzipped.
        patterns: What it is called elsewhere; the first pattern that matches anything decides.
        option: How to name one, for the message.

    Raises:
        BadInput: The file asked for is missing, or several could be meant.
    """
    there = sorted(path for path in folder.iterdir() if path.is_file())
    if wanted is not None:
        exact = [path for path in there if path.name == wanted]
        found = exact or [path for path in there if _stem(path) == wanted]
    else:
        exact = [path for path in there if path.name in (official, f"{official}.gz")]
        alike = ([path for path in there if path.match(pattern)] for pattern in patterns)
        found = exact[:1] or next((paths for paths in alike if paths), [])
    names = ", ".join(path.name for path in found or there)
    if len(found) > 1:
        raise BadInput(f"{folder}: several files could be meant ({names}): name one with {option}")
    if wanted is not None and not found:
        raise BadInput(
            f"{folder / wanted}: no such file; {folder} holds {names or 'nothing'}: check {option}"
        )
    return found[0] if found else None


def _stem(path: Path) -> str:
    """Return a file's name without ``.jsonl``, ``.tsv.gz`` and the like."""
    name = path.name.removesuffix(".gz")
    return name.rpartition(".")[0] or name


def _plain(name: str) -> str:
    return name.lower().replace("-", "")
