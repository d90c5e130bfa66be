from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.tasks.detection.sources import find_annotations, find_detections

BOXES = [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 1}]
MASKS = [{"image_id": 1, "category_id": 1, "segmentation": {"counts": "a"}, "score": 1}]


def put(folder: Path, **files: object) -> Path:
    for name, content in files.items():
        path = folder / (name + ".json")
        path.write_text(json.dumps(content))
    return folder


def test_the_only_files_are_taken(tmp_path: Path) -> None:
    put(tmp_path, instances_val={"images": []}, captions_val={}, instances_val_results=BOXES)
    put(tmp_path, masks=MASKS)
    (tmp_path / "README.md").write_text("[]")
    assert find_annotations(tmp_path).name == "instances_val.json"
    assert find_detections(tmp_path).name == "instances_val_results.json"
    assert find_annotations(tmp_path / "instances_val.json").name == "instances_val.json"
    assert find_detections(tmp_path / "instances_val.json").name == "instances_val_results.json"


@pytest.mark.parametrize("word", ["prenms", "candidates", "PreNMS"])
def test_of_several_the_one_before_suppression_is_meant(tmp_path: Path, word: str) -> None:
    put(tmp_path, nms_results=BOXES)
    (tmp_path / f"{word}_results.json.gz").write_bytes(gzip.compress(json.dumps(BOXES).encode()))
    assert find_detections(tmp_path).name == f"{word}_results.json.gz"


def test_ambiguity_is_listed(tmp_path: Path) -> None:
    put(tmp_path, instances_a={}, instances_b={}, first=BOXES, second=[])
    with pytest.raises(
        BadInput, match=r"several annotation files \(instances_a\.json, instances_b"
    ):
        find_annotations(tmp_path)
    with pytest.raises(BadInput, match=r"several .*\(first\.json, second\.json\).*--detections"):
        find_detections(tmp_path)
    put(tmp_path, prenms_a=BOXES, prenms_b=BOXES)
    with pytest.raises(BadInput, match="several box results files"):
        find_detections(tmp_path)


def test_nothing_there(tmp_path: Path) -> None:
    put(tmp_path, masks=MASKS)
    with pytest.raises(BadInput, match="no annotation file named instances_"):
        find_annotations(tmp_path)
    with pytest.raises(BadInput, match=r"no box results file .*--detections"):
        find_detections(tmp_path)
    with pytest.raises(BadInput, match="gone: no such file or folder"):
        find_annotations(tmp_path / "gone")


def test_a_mask_longer_than_the_look_is_still_a_mask(tmp_path: Path) -> None:
    put(tmp_path, long=[{"segmentation": {"counts": "a" * 2_000_000}}], boxes=BOXES)
    assert find_detections(tmp_path).name == "boxes.json"
