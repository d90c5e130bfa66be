"""The mini COCO's scenes and the shipped annotation files."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from pycocotools.coco import COCO

from harness.errors import BadInput
from harness.tasks.mini import coco_files
from harness.tasks.mini.coco_canvas import CATEGORY_IDS, HEIGHT, WIDTH
from harness.tasks.mini.coco_scenes import (
    SHIPPED,
    SIZES,
    instances,
    instances_name,
    main,
    mini_coco_folder,
    scene,
    scenes,
)


@pytest.fixture(scope="module", params=SHIPPED)
def shipped(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    split = request.param
    return split, coco_files.read(mini_coco_folder() / instances_name(split))


def test_shipped_annotations_regenerate_exactly(shipped: tuple[str, dict[str, Any]]) -> None:
    split, content = shipped
    # A few scenes suffice here: each is a function of its own seed. The whole file: below, slow.
    some = coco_files.instance_file(scenes(split, 12), CATEGORY_IDS, "")  # type: ignore[arg-type]
    n = len(some["annotations"])
    assert content["images"][:12] == some["images"]
    assert content["annotations"][:n] == some["annotations"]
    assert content["categories"] == some["categories"]


@pytest.mark.slow
def test_whole_shipped_files_regenerate(shipped: tuple[str, dict[str, Any]]) -> None:
    split, content = shipped
    assert instances(split) == content  # type: ignore[arg-type]


def test_shipped_files_obey_the_official_format(shipped: tuple[str, dict[str, Any]]) -> None:
    split, content = shipped
    assert set(content) == {"info", "licenses", "images", "annotations", "categories"}
    assert len(content["images"]) == SIZES[split]  # type: ignore[index]
    images = {image["id"] for image in content["images"]}
    assert len(images) == len(content["images"])
    ids = [one["id"] for one in content["annotations"]]
    assert ids == list(range(1, len(ids) + 1))
    for one in content["annotations"]:
        x, y, w, h = one["bbox"]
        assert one["image_id"] in images
        assert one["category_id"] in CATEGORY_IDS.values()
        assert 0 <= x < x + w <= WIDTH
        assert 0 <= y < y + h <= HEIGHT
        assert 0 < one["area"] <= w * h
        assert isinstance(one["segmentation"], dict if one["iscrowd"] else list)


def test_shipped_splits_hold_every_size_category_and_crowds(
    shipped: tuple[str, dict[str, Any]],
) -> None:
    annotations = shipped[1]["annotations"]
    single = [one for one in annotations if not one["iscrowd"]]
    area = np.array([one["area"] for one in single])
    assert (area < 32**2).mean() > 0.3
    assert ((area >= 32**2) & (area < 96**2)).mean() > 0.2
    assert (area >= 96**2).any()
    assert {one["category_id"] for one in single} == set(CATEGORY_IDS.values())
    assert any(one["iscrowd"] for one in annotations)


def test_pycocotools_rebuilds_the_masks(shipped: tuple[str, dict[str, Any]]) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = shipped[1]
        coco.createIndex()
    for one in shipped[1]["annotations"][:150]:
        mask = coco.annToMask(one)
        assert mask.shape == (HEIGHT, WIDTH)
        if one["iscrowd"]:
            assert mask.sum() == one["area"]
        else:
            # Thinned contours and whole pixels cost a margin along the border; holes are filled.
            x, y, w, h = one["bbox"]
            assert abs(float(mask.sum()) - one["area"]) < 2 * (w + h) + 0.35 * one["area"]
            corners = np.concatenate([np.reshape(p, (-1, 2)) for p in one["segmentation"]])
            assert np.allclose(corners.min(axis=0), [x, y], atol=1)
            assert np.allclose(corners.max(axis=0), [x + w, y + h], atol=1)


def test_scenes_differ_by_split_index_and_seed() -> None:
    reference = scene("test", 5)
    assert (scene("test", 5).pixels == reference.pixels).all()
    for other in (scene("validation", 5), scene("test", 6), scene("test", 5, seed=1)):
        assert not np.array_equal(other.pixels, reference.pixels)


def test_image_ids_are_unique_over_splits() -> None:
    ids = [one.image_id for split in SIZES for one in scenes(split, 3)]
    assert len(set(ids)) == len(ids)


def test_a_negative_index_is_refused() -> None:
    with pytest.raises(BadInput, match="scene index -1"):
        scene("test", -1)


def test_preview_draws_a_picture(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    target = tmp_path / "sheet.png"
    result = CliRunner().invoke(main, ["--preview", str(target)])
    assert result.exit_code == 0, result.output
    assert image.open(target).size == (4 * 2 * WIDTH, 4 * 2 * HEIGHT)


def test_the_command_wants_something_to_do() -> None:
    assert CliRunner().invoke(main, []).exit_code == 2
