from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from harness.errors import BadInput, Unavailable
from harness.tasks.coco import COCO
from harness.tasks.detection import detectors
from harness.tasks.detection.detectors import (
    TORCHVISION,
    detect_folder,
    label_map,
    main,
    torchvision_detector,
    transformers_detector,
)

Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def folder(card: Any, tmp_path: Path) -> Path:
    """Annotations and images of half the annotated size, so that boxes must be scaled."""
    (tmp_path / "instances_two.json").write_text(json.dumps(card[0]))
    for name in ("1.jpg", "2.jpg"):
        Image.new("RGB", (100, 100), "red").save(tmp_path / name)
    return tmp_path


def fake(image: Any) -> Any:
    assert (image.mode, image.size) == ("RGB", (100, 100))
    boxes = np.array([[5, 5, 15, 15], [90, 90, 120, 130], [50, 50, 50, 60], [0, 0, 9, 9]])
    return boxes, np.array([0.9, 0.5, 0.8, 1e-5], np.float32), np.array([1, 3, 1, 1])


def test_boxes_are_scaled_clipped_and_cut(folder: Path, card: Any, read_world: Any) -> None:
    truth, _ = read_world(card)
    first, second = detect_folder(fake, truth, folder)
    assert (first.image_id, first.width, second.image_id) == (1, 200, 2)
    assert first.boxes.tolist() == [[10, 10, 30, 30], [180, 180, 200, 200]]
    assert first.labels.tolist() == [1, 3]
    assert first.boxes.dtype == first.scores.dtype == np.float64


def test_the_command_writes_a_file_the_task_reads(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(detectors, "torchvision_detector", lambda name, device: fake)
    out = folder / "candidates.json.gz"
    arguments = ["--images", str(folder), "--annotations", str(folder / "instances_two.json")]
    arguments += ["--out", str(out), "--model", "fasterrcnn_resnet50_fpn"]
    assert main(arguments) == 0
    assert "4 boxes on 2 images" in capsys.readouterr().out
    inputs = COCO(COCO.Config(data=folder)).load().inputs
    assert [len(candidates) for candidates in inputs] == [2, 2]
    assert main([*arguments, "--limit", "1"]) == 0
    assert main([*arguments, "--limit", "3"]) == 2
    assert "ask for 1 to 2" in capsys.readouterr().err


def test_missing_and_broken_images_are_named(folder: Path, card: Any, read_world: Any) -> None:
    truth, _ = read_world(card)
    (folder / "2.jpg").write_bytes(b"no image")
    found = detect_folder(fake, truth, folder)
    next(found)
    with pytest.raises(BadInput, match=r"2\.jpg: cannot read image 2: .*check --images"):
        next(found)
    (folder / "1.jpg").unlink()
    with pytest.raises(BadInput, match=r"1\.jpg: cannot read image 1"):
        next(detect_folder(fake, truth, folder))


def test_labels_map_to_categories_by_name(card: Any, read_world: Any) -> None:
    truth, _ = read_world(card)
    assert label_map({0: "N/A", 2: "dog", 3: "cat"}, truth).tolist() == [-1, -1, 3, 1]
    with pytest.raises(BadInput, match="name none of its categories"):
        label_map({0: "car"}, truth)


def test_missing_packages_are_one_line(
    monkeypatch: pytest.MonkeyPatch, card: Any, read_world: Any
) -> None:
    def absent(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(Unavailable, match=r"live detectors need torch: pip install"):
        torchvision_detector("fasterrcnn_resnet50_fpn")
    with pytest.raises(Unavailable, match=r"live detectors need torch: pip install"):
        transformers_detector("facebook/detr-resnet-50", read_world(card)[0])


def test_unknown_torchvision_models_get_the_nearest() -> None:
    with pytest.raises(BadInput, match="did you mean 'fasterrcnn_resnet50_fpn"):
        torchvision_detector("fasterrcnn_resnet50_fpm")


def test_torchvisions_own_suppression_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    asked: dict[str, Any] = {}

    class Model(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, images: Any) -> Any:
            assert images[0].shape == (3, 4, 6)
            assert float(images[0].max()) <= 1
            return [
                {
                    "boxes": torch.tensor([[0.0, 0, 3, 3]]),
                    "scores": torch.tensor([0.5]),
                    "labels": torch.tensor([18]),
                }
            ]

    def get_model(name: str, **options: Any) -> Any:
        asked.update(options, name=name)
        return Model()

    torchvision = SimpleNamespace(models=SimpleNamespace(get_model=get_model))
    monkeypatch.setattr(detectors, "_modules", lambda *names: [torch, torchvision])
    boxes, scores, labels = torchvision_detector("fasterrcnn_resnet50_fpn")(
        Image.new("RGB", (6, 4), "white")
    )
    assert boxes.tolist() == [[0, 0, 3, 3]]
    assert scores.tolist() == [0.5]
    assert labels.tolist() == [18]
    assert asked["box_nms_thresh"] == 1.0
    assert asked["box_score_thresh"] == 1e-4
    assert all(1.0 in options.values() for options in TORCHVISION.values())


def test_transformers_outputs_become_category_ids(
    monkeypatch: pytest.MonkeyPatch, card: Any, read_world: Any
) -> None:
    torch = pytest.importorskip("torch")
    truth, _ = read_world(card)

    class Batch(dict[str, Any]):
        def to(self, device: str) -> Batch:
            return self

    class Processor:
        def __call__(self, images: Any, return_tensors: str) -> Batch:
            return Batch(pixel_values=torch.zeros(1, 3, 4, 6))

        def post_process_object_detection(
            self, outputs: Any, threshold: float, target_sizes: Any
        ) -> Any:
            assert target_sizes == [(4, 6)]
            labels = torch.tensor([1, 0, 1])
            return [{"boxes": torch.ones(3, 4), "scores": torch.rand(3), "labels": labels}]

    class Model(torch.nn.Module):  # type: ignore[misc, name-defined]
        config = SimpleNamespace(id2label={0: "N/A", 1: "dog"})

        def forward(self, pixel_values: Any) -> Any:
            return None

    transformers = SimpleNamespace(
        AutoImageProcessor=SimpleNamespace(from_pretrained=lambda name: Processor()),
        AutoModelForObjectDetection=SimpleNamespace(from_pretrained=lambda name: Model()),
    )
    monkeypatch.setattr(detectors, "_modules", lambda *names: [torch, transformers])
    boxes, _, labels = transformers_detector("some/detr", truth)(Image.new("RGB", (6, 4)))
    assert labels.tolist() == [3, 3]
    assert boxes.shape == (2, 4)


def test_models_that_cannot_be_loaded_are_one_line(
    monkeypatch: pytest.MonkeyPatch, card: Any, read_world: Any
) -> None:
    def offline(name: str) -> Any:
        raise OSError("We couldn't connect\nto the hub")

    source = SimpleNamespace(from_pretrained=offline)
    transformers = SimpleNamespace(AutoImageProcessor=source, AutoModelForObjectDetection=source)
    monkeypatch.setattr(detectors, "_modules", lambda *names: [None, transformers])
    with pytest.raises(Unavailable, match=r"cannot load x \(We couldn't connect\); give --model"):
        transformers_detector("x", read_world(card)[0])
