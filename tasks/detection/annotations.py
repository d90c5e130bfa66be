"""COCO ground truth: the official annotation JSON as arrays.

Format: ``{"images": [{"id", "width", "height", "file_name"}], "categories": [{"id", "name"}],
"annotations": [{"id", "image_id", "category_id", "bbox": [x, y, w, h], "area", "iscrowd"}]}``
(https://cocodataset.org/#format-data). ``area`` is the mask's area and decides the size class. A
field ``ignore`` is read by no box scorer: COCOeval overwrites it with ``iscrowd``.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.tasks.detection.jsonfile import Entries, read_json


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """Images, categories and annotated boxes, in the order in which COCOeval visits them.

    Images and categories ascend by id; annotations are grouped by image and keep the file's order
    within one. They carry no ids: a scorer numbers them from 1, since COCOeval stores a match as
    the annotation's id and so counts one with id 0 as never matched.

    Attributes:
        path: The annotation file.
        image_ids: ``(images,)`` int64, ascending.
        sizes: ``(images, 2)`` int64 width and height in pixels.
        file_names: One per image, ``""`` where the file gives none.
        category_ids: ``(categories,)`` int64, ascending.
        category_names: One per category, unique.
        image: ``(n,)`` int64 index of each annotation's image, ascending.
        category: ``(n,)`` int64 index of each annotation's category.
        boxes: ``(n, 4)`` float64 ``x, y, w, h`` in pixels.
        area: ``(n,)`` float64 mask area in square pixels.
        crowd: ``(n,)`` bool.
    """

    path: Path
    image_ids: NDArray[np.int64]
    sizes: NDArray[np.int64]
    file_names: tuple[str, ...]
    category_ids: NDArray[np.int64]
    category_names: tuple[str, ...]
    image: NDArray[np.int64]
    category: NDArray[np.int64]
    boxes: NDArray[np.float64]
    area: NDArray[np.float64]
    crowd: NDArray[np.bool_]

    def subset(self, chosen: NDArray[np.intp]) -> GroundTruth:
        """Return the images at the ascending indices ``chosen``, with all categories."""
        position = np.full(len(self.image_ids), -1)
        position[chosen] = np.arange(len(chosen))
        keep = position[self.image] >= 0
        return replace(
            self,
            image_ids=self.image_ids[chosen],
            sizes=self.sizes[chosen],
            file_names=tuple(self.file_names[i] for i in chosen),
            image=position[self.image[keep]],
            category=self.category[keep],
            boxes=self.boxes[keep],
            area=self.area[keep],
            crowd=self.crowd[keep],
        )


def read_annotations(path: Path) -> GroundTruth:
    """Read an ``instances_*.json`` file, plain or gzipped.

    Warns:
        UserWarning: An annotation has id 0, which COCOeval on the raw file would count as a miss.

    Raises:
        BadInput: The file is missing, broken, or breaks the format; the message names the entry.
    """
    data = read_json(path)
    if not isinstance(data, dict):
        raise BadInput(
            f"{path}: a JSON {'list' if isinstance(data, list) else 'value'}, expected an "
            "annotation object with images, categories and annotations; is it a results file?"
        )
    images, categories, annotations = (_section(path, data, key) for key in _SECTIONS)
    if not len(images):
        raise BadInput(f"{path}: 'images' is empty; expected at least one image")
    image_ids, category_ids = images.ints("id"), categories.ints("id")
    images.unique("id", image_ids)
    categories.unique("id", category_ids)
    image_order, category_order = np.argsort(image_ids), np.argsort(category_ids)
    image_ids, category_ids = image_ids[image_order], category_ids[category_order]
    _check_numbering(annotations)

    add = "add the image, or remove the annotation"
    image = annotations.known("image_id", annotations.ints("image_id"), image_ids, "'images'", add)
    add = "add the category, or remove the annotation"
    category = annotations.known(
        "category_id", annotations.ints("category_id"), category_ids, "'categories'", add
    )
    order = np.argsort(image, kind="stable")
    sizes = np.stack([images.ints("width"), images.ints("height")], axis=1)
    names = [str(item.get("file_name", "")) for item in images.items]
    return GroundTruth(
        path=path,
        image_ids=image_ids,
        sizes=sizes[image_order],
        file_names=tuple(names[i] for i in image_order),
        category_ids=category_ids,
        category_names=_unique_names(categories, category_order, category_ids),
        image=image[order].astype(np.int64),
        category=category[order].astype(np.int64),
        boxes=annotations.boxes("bbox", "correct it or remove the annotation")[order],
        area=_areas(annotations)[order],
        crowd=_crowds(annotations)[order],
    )


def choose_images(
    truth: GroundTruth, images: int | Sequence[int] | Path | None
) -> NDArray[np.intp]:
    """Return ascending indices of the chosen images.

    Args:
        truth: The ground truth.
        images: How many (the first by id), which ids, a file of ids (a JSON list, or whitespace
            between them), or None for all.

    Raises:
        BadInput: No image, an unknown id, or a file that holds something else than ids.
    """
    total = len(truth.image_ids)
    if images is None:
        return np.arange(total)
    if isinstance(images, int):
        if not 1 <= images <= total:
            raise BadInput(
                f"images = {images}: {truth.path} has {total} images; ask for 1 to {total}"
            )
        return np.arange(images)
    ids = _read_ids(images) if isinstance(images, Path) else list(images)
    source = images if isinstance(images, Path) else Path("option images")
    if not ids:
        raise BadInput(f"{source}: no image ids; list at least one id of {truth.path}")
    entries = Entries(source, "ids", [{"id": i} for i in ids])
    values = np.unique(entries.ints("id", "list integer image ids"))
    return entries.known("id", values, truth.image_ids, str(truth.path), "correct the list")


_SECTIONS = ("images", "categories", "annotations")


def _section(path: Path, data: dict[str, object], key: str) -> Entries:
    items = data.get(key)
    if isinstance(items, list):
        return Entries(path, key, items)
    if key not in data:
        hint = (
            "; image_info files of the test sets have none, take a file named instances_*"
            if key == "annotations"
            else ""
        )
        raise BadInput(f"{path}: no {key!r}; expected a COCO instances file{hint}")
    raise BadInput(f"{path}: {key!r} is {type(items).__name__}, expected a list of objects")


def _check_numbering(annotations: Entries) -> None:
    ids = annotations.ints("id", "number the annotations from 1")
    annotations.unique("id", ids)
    if 0 in ids:
        index = int(np.flatnonzero(ids == 0)[0])
        warnings.warn(
            f"{annotations.path}: annotations[{index}] has id 0, which pycocotools run on this file "
            "counts as never found; scored here as if numbered from 1",
            stacklevel=3,
        )


def _areas(annotations: Entries) -> NDArray[np.float64]:
    remedy = "write the mask's area in square pixels (w * h where there are only boxes)"
    return annotations.numbers("area", remedy)


def _crowds(annotations: Entries) -> NDArray[np.bool_]:
    values = annotations.column("iscrowd", 'write "iscrowd": 0')
    for index, value in enumerate(values):
        if value not in (0, 1):
            annotations.reject(index, f"has iscrowd = {value!r}, expected 0 or 1; correct it")
    return np.array(values, bool)


def _unique_names(
    categories: Entries, order: NDArray[np.intp], ids: NDArray[np.int64]
) -> tuple[str, ...]:
    """Return category names by ascending id, the id added where a name occurs twice."""
    values = categories.column("name", "write the category's name")
    names = [str(values[i]) for i in order]
    return tuple(
        f"{name} ({i})" if names.count(name) > 1 else name
        for name, i in zip(names, ids, strict=True)
    )


def _read_ids(path: Path) -> list[object]:
    if path.name.endswith((".json", ".json.gz")):
        ids = read_json(path)
        if not isinstance(ids, list):
            raise BadInput(f"{path}: expected a JSON list of image ids")
        return ids
    try:
        words = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as a list of image ids: {error}") from None
    return [int(word) if word.lstrip("-").isdecimal() else word for word in words]
