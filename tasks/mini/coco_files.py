"""COCO's file formats as the mini world writes them: annotations, run lengths, compressed JSON.

Files are byte-stable: sorted keys, fixed rounding, no time stamp in the gzip header.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.tasks.mini.outlines import SUBPIXELS, Mask, bounds, trace

if TYPE_CHECKING:
    from harness.tasks.mini.coco_scenes import Scene

Record = dict[str, Any]

_INFO = {
    "contributor": "harness",
    "date_created": "2026/01/01",
    "url": "",
    "version": "1.0",
    "year": 2026,
}
_LICENSES = [{"id": 1, "name": "MIT License", "url": "https://opensource.org/license/mit"}]


def instance_file(
    scenes: Iterable[Scene], category_ids: Mapping[str, int], description: str
) -> Record:
    """Return the content of an official instance file for ``scenes``.

    Annotation ids run from 1: the official scorer takes a match with annotation 0 for none.

    Args:
        scenes: Rendered scenes.
        category_ids: Category name to id.
        description: What the file is, for its ``info``.
    """
    images: list[Record] = []
    found: list[Record] = []
    for scene in scenes:
        height, width = scene.pixels.shape[:2]
        images.append(
            {
                "id": scene.image_id,
                "file_name": scene.file_name,
                "width": width,
                "height": height,
                "license": 1,
            }
        )
        for number, label in enumerate(scene.labels):
            mask = scene.mask(number)
            about = {"id": len(found) + 1, "image_id": scene.image_id, "category_id": label}
            found.append(about | (_region(mask) if scene.crowd[number] else _object(mask)))
    return {
        "info": _INFO | {"description": description},
        "licenses": _LICENSES,
        "images": images,
        "annotations": found,
        "categories": [
            {"id": number, "name": name, "supercategory": "thing"}
            for name, number in category_ids.items()
        ],
    }


def _object(mask: Mask) -> Record:
    """Return what a single object's annotation says of its sub-pixel ``mask``."""
    return {
        "bbox": _xywh(mask, SUBPIXELS),
        "area": float(mask.sum() / SUBPIXELS**2),
        "iscrowd": 0,
        "segmentation": [(p / SUBPIXELS).ravel().tolist() for p in trace(mask)],
    }


def _region(mask: Mask) -> Record:
    """Return what a crowd region's annotation says: like COCO's, in whole pixels and run lengths."""
    h, w = mask.shape[0] // SUBPIXELS, mask.shape[1] // SUBPIXELS
    pixels: Mask = np.any(mask.reshape(h, SUBPIXELS, w, SUBPIXELS), axis=(1, 3))
    return {
        "bbox": _xywh(pixels, 1),
        "area": float(pixels.sum()),
        "iscrowd": 1,
        "segmentation": {"counts": run_lengths(pixels), "size": [h, w]},
    }


def _xywh(mask: Mask, cells_per_pixel: int) -> list[float]:
    """Return the tight box of ``mask`` as COCO writes it: left, top, width, height in pixels."""
    x0, y0, x1, y1 = bounds(mask)
    return [v / cells_per_pixel for v in (x0, y0, x1 - x0, y1 - y0)]


def run_lengths(mask: Mask) -> list[int]:
    """Return COCO's uncompressed run lengths: column by column, unset cells first."""
    flat = np.concatenate([[False], mask.ravel(order="F")])
    starts = np.flatnonzero(np.diff(flat))
    runs = np.diff(np.concatenate([[0], starts, [mask.size]]))
    return [int(n) for n in runs]


def write(content: Any, path: Path) -> Path:
    """Write ``content`` as gzipped JSON to ``path``, whose folder is made, and return ``path``."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    return path


def read(path: Path) -> Any:
    """Return the content of a gzipped JSON file."""
    return json.loads(gzip.decompress(path.read_bytes()))
