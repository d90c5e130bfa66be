"""Finds WebShop's files in a folder: full set, preview of 1,000, or a cut of one's own."""

from __future__ import annotations

from pathlib import Path

from harness.errors import BadInput


def find_file(folder: Path, stem: str) -> Path:
    """Return the one file of ``folder`` named ``stem*.json`` or ``stem*.json.gz``.

    Raises:
        BadInput: There is no such folder or file, or there are several.
    """
    found = find_optional(folder, stem)
    if found is None:
        raise BadInput(
            f"{folder}: no {stem}*.json in it; expected a folder of WebShop's data files"
        )
    return found


def find_products(folder: Path) -> Path:
    """Return the product file: ``items_shuffle*``, else ``products*.jsonl``, as the index is made of.

    Raises:
        BadInput: There is no such folder or file, or there are several.
    """
    if find_optional(folder, "items_shuffle") is None:
        loaded = _only(
            folder, [p for e in ("jsonl", "jsonl.gz") for p in folder.glob(f"products*.{e}")]
        )
        if loaded is not None:
            return loaded
    return find_file(folder, "items_shuffle")


def find_optional(folder: Path, stem: str) -> Path | None:
    """Return the one file of ``folder`` that :func:`find_file` would find, or None.

    Raises:
        BadInput: There is no such folder, or there are several such files.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; data is a folder of WebShop's data files")
    return _only(folder, [p for e in ("json", "json.gz") for p in folder.glob(f"{stem}*.{e}")])


def _only(folder: Path, found: list[Path]) -> Path | None:
    if len(found) > 1:
        names = ", ".join(sorted(path.name for path in found))
        raise BadInput(f"{folder}: several files could be meant ({names}); leave one of them in it")
    return found[0] if found else None
