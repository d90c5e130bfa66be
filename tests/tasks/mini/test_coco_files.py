"""COCO's file formats as the mini world writes them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis.extra import numpy as hnp
from pycocotools import mask as official

from harness.tasks.mini import coco_files


@given(hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9)))
def test_run_lengths_are_what_pycocotools_reads(mask: np.ndarray) -> None:
    counts = coco_files.run_lengths(mask)
    height, width = mask.shape
    rle = official.frPyObjects({"counts": counts, "size": [height, width]}, height, width)
    assert (official.decode(rle).astype(bool) == mask).all()
    assert sum(counts) == mask.size


def test_files_come_back_and_are_byte_stable(tmp_path: Path) -> None:
    content = {"b": [1.5, 2], "a": {"y": 1, "x": "ü"}}
    first = coco_files.write(content, tmp_path / "deep" / "one.json.gz")
    second = coco_files.write(dict(reversed(content.items())), tmp_path / "two.json.gz")
    assert coco_files.read(first) == content
    digests = {hashlib.sha256(p.read_bytes()).hexdigest() for p in (first, second)}
    assert len(digests) == 1
