"""Fixtures of the tasks.

Detection: the worked example, random worlds, pycocotools as the judge. WebShop: a small shop.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from shop_entries import entry

from harness.tasks.detection.annotations import GroundTruth, read_annotations
from harness.tasks.detection.results import Results, read_results
from harness.tasks.mini import preference_files

World = tuple[dict[str, Any], list[dict[str, Any]]]


@pytest.fixture
def card() -> World:
    """Two images, two categories, a crowd: every rule of the matching has a case in it."""
    truth = [
        (11, 1, 1, [10, 10, 20, 20], 400, 0),
        (12, 1, 1, [60, 60, 60, 60], 3600, 0),
        (13, 2, 1, [0, 0, 100, 100], 10000, 0),
        (14, 2, 3, [100, 100, 100, 100], 10000, 1),
        (15, 2, 3, [10, 150, 40, 40], 1600, 0),
    ]
    found = [
        (1, 1, [10, 10, 20, 20], 0.90),
        (1, 1, [60, 60, 60, 45], 0.80),
        (1, 1, [150, 150, 20, 20], 0.85),
        (2, 1, [0, 0, 100, 60], 0.70),
        (2, 1, [0, 0, 100, 100], 0.30),
        (2, 3, [110, 110, 30, 30], 0.95),
        (2, 3, [150, 150, 30, 30], 0.94),
        (2, 3, [10, 150, 40, 40], 0.50),
    ]
    keys = ("id", "image_id", "category_id", "bbox", "area", "iscrowd")
    data = {
        "images": [{"id": i, "width": 200, "height": 200, "file_name": f"{i}.jpg"} for i in (1, 2)],
        "categories": [{"id": 1, "name": "cat"}, {"id": 3, "name": "dog"}],
        "annotations": [dict(zip(keys, row, strict=True)) for row in truth],
    }
    fields = ("image_id", "category_id", "bbox", "score")
    return data, [dict(zip(fields, row, strict=True)) for row in found]


@pytest.fixture(scope="session")
def worlds() -> st.SearchStrategy[World]:
    """Random data sets full of edges: ties in IoU and score, crowds, empty and zero-area boxes."""
    return st.builds(
        _world,
        seed=st.integers(0, 2**32 - 1),
        images=st.integers(1, 5),
        categories=st.integers(1, 3),
        objects=st.integers(0, 25),
        found=st.one_of(st.integers(0, 60), st.integers(200, 300)),
        tied=st.just(True),
    )


@pytest.fixture(scope="session")
def untied_worlds() -> st.SearchStrategy[World]:
    """The same with distinct scores."""
    return st.builds(
        _world,
        seed=st.integers(0, 2**32 - 1),
        images=st.integers(1, 5),
        categories=st.integers(1, 3),
        objects=st.integers(0, 25),
        found=st.one_of(st.integers(0, 60), st.integers(200, 300)),
        tied=st.just(False),
    )


def _world(seed: int, images: int, categories: int, objects: int, found: int, tied: bool) -> World:
    rng = np.random.default_rng(seed)
    image_ids = rng.permutation(np.arange(images) * 7 + 2).tolist()
    category_ids = rng.permutation(np.arange(categories) * 4 + 1).tolist()

    def boxes(n: int) -> list[list[float]]:
        corner = rng.integers(0, 6, (n, 2)) * 8.0
        size = rng.choice([0, 8, 16, 24, 32, 64, 96, 200], (n, 2), p=[0.02] + [0.14] * 7)
        made: list[list[float]] = np.concatenate([corner, size], axis=1).tolist()
        return made

    scores = rng.integers(0, 6, found) / 5 if tied else rng.permutation(found) / max(found, 1)
    areas = rng.choice([0.0, 100.0, 1023.9, 1024.0, 5000.0, 9216.0, 9217.0, 40000.0], objects)
    data = {
        "images": [{"id": i, "width": 300, "height": 300} for i in image_ids],
        "categories": [{"id": k, "name": f"category {k}"} for k in category_ids],
        "annotations": [
            {"id": 5 * n + 3, "image_id": i, "category_id": k, "bbox": b, "area": a, "iscrowd": c}
            for n, (i, k, b, a, c) in enumerate(
                zip(
                    rng.choice(image_ids, objects).tolist(),
                    rng.choice(category_ids, objects).tolist(),
                    boxes(objects),
                    areas.tolist(),
                    (rng.random(objects) < 0.15).astype(int).tolist(),
                    strict=True,
                )
            )
        ],
    }
    results = [
        {"image_id": i, "category_id": k, "bbox": b, "score": s}
        for i, k, b, s in zip(
            rng.choice(image_ids, found).tolist(),
            rng.choice(category_ids, found).tolist(),
            boxes(found),
            scores.tolist(),
            strict=True,
        )
    ]
    return data, results


@pytest.fixture(scope="session")
def read_world(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[World], tuple[GroundTruth, Results]]:
    """Return a function that writes a world as official files and reads it back."""
    folder = tmp_path_factory.mktemp("world")

    def read(world: World) -> tuple[GroundTruth, Results]:
        (folder / "instances.json").write_text(json.dumps(world[0]))
        (folder / "results.json").write_text(json.dumps(world[1]))
        truth = read_annotations(folder / "instances.json")
        return truth, read_results(folder / "results.json", truth)

    return read


@pytest.fixture(scope="session")
def judge() -> Callable[..., Any]:
    """Return a function that runs pycocotools' COCOeval on a world as it stands."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def run(world: World, **params: Any) -> Any:
        with contextlib.redirect_stdout(io.StringIO()):
            truth, found = COCO(), COCO()
            truth.dataset = json.loads(json.dumps(world[0]))
            truth.createIndex()
            if world[1]:
                found = truth.loadRes(json.loads(json.dumps(world[1])))
            else:
                found.dataset = {**truth.dataset, "annotations": []}
                found.createIndex()
            evaluation = COCOeval(truth, found, "bbox")
            for name, value in params.items():
                setattr(evaluation.params, name, value)
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        return evaluation

    return run


@pytest.fixture
def write_world(tmp_path: Path) -> Callable[[World], Path]:
    """Return a function that writes a world into a fresh folder as a user would have it."""

    def write(world: World) -> Path:
        (tmp_path / "instances_two.json").write_text(json.dumps(world[0]))
        (tmp_path / "detector_results.json").write_text(json.dumps(world[1]))
        return tmp_path

    return write


@pytest.fixture
def write_shop(tmp_path: Path) -> Any:
    """Return a function that writes official files and returns their folder."""

    def write(products: list[Any], attributes: Any, instructions: Any = None) -> Path:
        (tmp_path / "items_shuffle_1000.json").write_text(json.dumps(products))
        (tmp_path / "items_ins_v2_1000.json").write_text(json.dumps(attributes))
        if instructions is not None:
            (tmp_path / "items_human_ins.json").write_text(json.dumps(instructions))
        return tmp_path

    return write


@pytest.fixture
def shop_folder(write_shop: Any) -> Path:
    """A shop of twelve creams and a lamp, with one person's goal."""
    products = [entry(n, name=f"Face Cream number{n}") for n in range(1, 13)]
    lamp = entry(
        99,
        name="Desk Lamp",
        query="lamps",
        product_category="Home › Lamps",
        full_description="",
        small_description="Bright",
        customization_options={},
        pricing="",
    )
    told = {
        "instruction": "i want a long lasting face cream in navy blue.",
        "instruction_attributes": ["long lasting"],
        "instruction_options": ["navy blue"],
    }
    attributes = {"B000000003": {"attributes": ["fragrance free"]}}
    found: Path = write_shop([*products, lamp], attributes, {"B000000003": [told]})
    return found


@pytest.fixture
def few_mini_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the mini preference data have a few prompts only, so that they are there at once."""
    monkeypatch.setattr(preference_files, "PROMPTS", {"test": 10, "train": 14})
