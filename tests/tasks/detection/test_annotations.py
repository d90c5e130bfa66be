from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.tasks.detection.annotations import choose_images, read_annotations


@pytest.fixture
def save(tmp_path: Path) -> Callable[[object], Path]:
    def write(data: object) -> Path:
        path = tmp_path / "instances.json"
        path.write_text(json.dumps(data))
        return path

    return write


def test_reads_every_field(card: Any, save: Callable[[object], Path]) -> None:
    truth = read_annotations(save(card[0]))
    assert truth.image_ids.tolist() == [1, 2]
    assert truth.sizes.tolist() == [[200, 200], [200, 200]]
    assert truth.file_names == ("1.jpg", "2.jpg")
    assert truth.category_ids.tolist() == [1, 3]
    assert truth.category_names == ("cat", "dog")
    assert truth.image.tolist() == [0, 0, 1, 1, 1]
    assert truth.category.tolist() == [0, 0, 0, 1, 1]
    assert truth.boxes[1].tolist() == [60, 60, 60, 60]
    assert truth.area.tolist() == [400, 3600, 10000, 10000, 1600]
    assert truth.crowd.tolist() == [False, False, False, True, False]


def _set(section: str, index: int, key: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda data: data[section][index].__setitem__(key, value)


def _drop(section: str, index: int, key: str) -> Callable[[dict[str, Any]], None]:
    return lambda data: data[section][index].pop(key)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: d.pop("images"), "no 'images'; expected a COCO instances file"),
        (lambda d: d.pop("annotations"), "no 'annotations'.*image_info"),
        (lambda d: d.__setitem__("categories", {}), "'categories' is dict, expected a list"),
        (lambda d: d.__setitem__("images", []), "'images' is empty"),
        (_drop("annotations", 2, "area"), r"annotations\[2\] has no 'area'; write the mask's area"),
        (_drop("annotations", 0, "iscrowd"), r"annotations\[0\] has no 'iscrowd'"),
        (_drop("annotations", 1, "id"), r"annotations\[1\] has no 'id'; number"),
        (_drop("images", 0, "width"), r"images\[0\] has no 'width'"),
        (_drop("categories", 1, "name"), r"categories\[1\] has no 'name'"),
        (
            _set("annotations", 3, "iscrowd", 2),
            r"annotations\[3\] has iscrowd = 2, expected 0 or 1",
        ),
        (_set("annotations", 3, "area", float("nan")), r"annotations\[3\] has area = NaN"),
        (_set("annotations", 4, "bbox", [1, 2, -3, 4]), r"annotations\[4\] has bbox"),
        (_set("annotations", 4, "id", 11), r"annotations\[4\] repeats id 11 of annotations\[0\]"),
        (_set("images", 1, "id", 1), r"images\[1\] repeats id 1 of images\[0\]"),
        (_set("categories", 1, "id", 1), r"categories\[1\] repeats id 1"),
        (_set("annotations", 0, "image_id", 9), r"1 image_id value\(s\) not in 'images' \(9\)"),
        (_set("annotations", 0, "category_id", 2), r"1 category_id value\(s\) not in 'categories'"),
    ],
)
def test_each_defect_is_one_line_naming_file_and_entry(
    card: Any, save: Callable[[object], Path], spoil: Callable[[Any], object], message: str
) -> None:
    spoil(card[0])
    with pytest.raises(BadInput, match=r"instances\.json: .*" + message) as caught:
        read_annotations(save(card[0]))
    assert "\n" not in str(caught.value)


def test_a_results_file_is_no_annotation_file(card: Any, save: Callable[[object], Path]) -> None:
    with pytest.raises(BadInput, match="a JSON list, expected an annotation object"):
        read_annotations(save(card[1]))


def test_id_zero_warns(card: Any, save: Callable[[object], Path]) -> None:
    card[0]["annotations"][0]["id"] = 0
    with pytest.warns(UserWarning, match=r"annotations\[0\] has id 0.*as if numbered from 1"):
        read_annotations(save(card[0]))


def test_equal_category_names_are_told_apart(card: Any, save: Callable[[object], Path]) -> None:
    card[0]["categories"][1]["name"] = "cat"
    assert read_annotations(save(card[0])).category_names == ("cat (1)", "cat (3)")


@given(data=st.data())
def test_images_ascend_and_keep_their_annotations_in_order(
    data: st.DataObject, worlds: Any, read_world: Any
) -> None:
    world = data.draw(worlds)
    truth, _ = read_world(world)
    assert (np.diff(truth.image_ids) > 0).all()
    for index, image_id in enumerate(truth.image_ids.tolist()):
        mine = truth.boxes[truth.image == index].tolist()
        given_boxes = [a["bbox"] for a in world[0]["annotations"] if a["image_id"] == image_id]
        assert mine == given_boxes


def test_subsets(card: Any, save: Callable[[object], Path], tmp_path: Path) -> None:
    truth = read_annotations(save(card[0]))
    assert choose_images(truth, None).tolist() == [0, 1]
    assert choose_images(truth, 1).tolist() == [0]
    assert choose_images(truth, (2, 2)).tolist() == [1]
    listed = tmp_path / "ids.txt"
    listed.write_text("2\n1\n")
    assert choose_images(truth, listed).tolist() == [0, 1]
    as_json = tmp_path / "ids.json"
    as_json.write_text("[2]")
    assert choose_images(truth, as_json).tolist() == [1]

    part = truth.subset(choose_images(truth, [2]))
    assert part.image_ids.tolist() == [2]
    assert part.image.tolist() == [0, 0, 0]
    assert part.area.tolist() == [10000, 10000, 1600]
    assert part.category_names == truth.category_names


def test_subsets_that_do_not_exist(
    card: Any, save: Callable[[object], Path], tmp_path: Path
) -> None:
    truth = read_annotations(save(card[0]))
    with pytest.raises(BadInput, match=r"images = 3: .* has 2 images; ask for 1 to 2"):
        choose_images(truth, 3)
    with pytest.raises(BadInput, match=r"1 id value\(s\) not in .*instances\.json \(5\)"):
        choose_images(truth, [1, 5])
    with pytest.raises(BadInput, match="no image ids"):
        choose_images(truth, ())
    with pytest.raises(BadInput, match="cannot be read as a list of image ids"):
        choose_images(truth, tmp_path / "gone.txt")
    words = tmp_path / "ids.txt"
    words.write_text("1 two")
    with pytest.raises(BadInput, match=r"ids\.txt: ids\[1\] has id = \"two\", expected an integer"):
        choose_images(truth, words)
