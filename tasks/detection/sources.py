"""Finds the annotation file and the results file that a user's paths mean."""

from __future__ import annotations

import json
from pathlib import Path

from harness.errors import BadInput
from harness.tasks.detection.jsonfile import read_head

_PREFERRED = ("prenms", "candidates")


def find_annotations(data: Path) -> Path:
    """Return the annotation file: ``data`` itself, or the only ``instances_*`` one in that folder.

    Raises:
        BadInput: There is no such file or folder, or none or several annotation files in it.
    """
    if data.is_file():
        return data
    found = [p for p in _json_files(data) if p.name.startswith("instances_") and _opens(p, "{")]
    if len(found) == 1:
        return found[0]
    if not found:
        raise BadInput(
            f"{data}: no annotation file named instances_*.json or .json.gz; "
            "put one there, or name the file itself with --data"
        )
    raise BadInput(
        f"{data}: several annotation files ({_names(found)}); name one of them with --data"
    )


def find_detections(data: Path) -> Path:
    """Return the box results file in the folder ``data`` (or beside the file ``data``).

    Files of masks alone do not count. Of several, the one called ``prenms`` or ``candidates`` is
    meant: suppression is the method's work.

    Raises:
        BadInput: There is none, or several and no single one so called.
    """
    folder = data.parent if data.is_file() else data
    found = [p for p in _json_files(folder) if _opens(p, "[") and _may_hold_boxes(p)]
    if len(found) > 1:
        named = [p for p in found if any(word in p.name.lower() for word in _PREFERRED)]
        found = named if len(named) == 1 else found
    if len(found) == 1:
        return found[0]
    if not found:
        raise BadInput(
            f"{folder}: no box results file (a JSON list with bbox and score); "
            "name the detector's results with --detections FILE"
        )
    raise BadInput(
        f"{folder}: several box results files ({_names(found)}); "
        "name the one to read with --detections FILE"
    )


def _json_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such file or folder; expected COCO files there")
    return sorted(p for p in folder.iterdir() if p.name.endswith((".json", ".json.gz")))


def _opens(path: Path, bracket: str) -> bool:
    return read_head(path, 4096).lstrip().startswith(bracket)


def _may_hold_boxes(path: Path) -> bool:
    """Return whether the first result has a box; what cannot be told is left to the reader."""
    head = read_head(path).lstrip()[1:].lstrip()
    try:
        first, _ = json.JSONDecoder().raw_decode(head)
    except json.JSONDecodeError:
        return '"segmentation"' not in head
    return not isinstance(first, dict) or "bbox" in first or "segmentation" not in first


def _names(paths: list[Path]) -> str:
    return ", ".join(p.name for p in paths)
