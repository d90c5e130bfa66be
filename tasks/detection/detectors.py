r"""Runs a live detector on images and writes its boxes, before suppression, as a results file.

    python -m harness.tasks.detection.detectors --model fasterrcnn_resnet50_fpn \
        --images val2017 --annotations instances_val2017.json --out candidates.json.gz

``--model`` is the name of a torchvision detection model (its COCO weights are fetched, and its own
suppression is switched off), or else a Hugging Face model id or folder for object detection (DETR,
RT-DETR, ...; these have no suppression by nature). ``harness run --task coco`` reads the file.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import BadInput, HarnessError, Unavailable, UnknownName
from harness.extras import how_to_install
from harness.kinds.contract import Floats, Ints
from harness.kinds.detection import Candidates
from harness.tasks.detection.annotations import GroundTruth, choose_images, read_annotations
from harness.tasks.detection.results import write_results

if TYPE_CHECKING:
    from PIL.Image import Image

Detector = Callable[["Image"], tuple[Floats, Floats, Ints]]
"""Takes an RGB image; returns ``(n, 4)`` boxes x1, y1, x2, y2 in its pixels, scores, category ids."""

FLOOR = 1e-4
"""Scores not above it are dropped, as in Soft-NMS's official test loop."""

_TWO_STAGE = {"box_score_thresh": FLOOR, "box_nms_thresh": 1.0, "box_detections_per_img": 100_000}
_ONE_STAGE = {"score_thresh": FLOOR, "nms_thresh": 1.0, "detections_per_img": 100_000}
TORCHVISION: Mapping[str, Mapping[str, float]] = {
    "fasterrcnn_resnet50_fpn": _TWO_STAGE,
    "fasterrcnn_resnet50_fpn_v2": _TWO_STAGE,
    "fasterrcnn_mobilenet_v3_large_fpn": _TWO_STAGE,
    "fasterrcnn_mobilenet_v3_large_320_fpn": _TWO_STAGE,
    "retinanet_resnet50_fpn": _ONE_STAGE,
    "retinanet_resnet50_fpn_v2": _ONE_STAGE,
    "fcos_resnet50_fpn": _ONE_STAGE,
}
"""torchvision's detectors, with the options that switch their own suppression off."""


def torchvision_detector(name: str, device: str = "cpu") -> Detector:
    """Return a torchvision model with COCO weights, its score cut and suppression opened wide.

    Raises:
        Unavailable: torch or torchvision is missing, or the weights cannot be fetched.
        BadInput: ``name`` is none of :data:`TORCHVISION`.
    """
    if name not in TORCHVISION:
        raise UnknownName("torchvision detector", name, TORCHVISION)
    torch, torchvision = _modules("torch", "torchvision")
    try:
        model = torchvision.models.get_model(name, weights="DEFAULT", **TORCHVISION[name])
    except OSError as error:
        raise Unavailable(
            f"cannot fetch the weights of {name} ({error}); put them into torch's hub cache"
        ) from None
    model.eval().to(device)

    def detect(image: Image) -> tuple[Floats, Floats, Ints]:
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1).float().div(255)
        with torch.inference_mode():
            out = model([pixels.to(device)])[0]
        # These weights were trained on the official, gapped category ids.
        return out["boxes"].cpu().numpy(), out["scores"].cpu().numpy(), out["labels"].cpu().numpy()

    return detect


def transformers_detector(name: str, truth: GroundTruth, device: str = "cpu") -> Detector:
    """Return a Hugging Face object detector; its labels are mapped to categories by name.

    Raises:
        Unavailable: torch or transformers is missing, or the model cannot be loaded.
        BadInput: No label of the model is a category name of the annotation file.
    """
    torch, transformers = _modules("torch", "transformers")
    try:
        processor = transformers.AutoImageProcessor.from_pretrained(name)
        model = transformers.AutoModelForObjectDetection.from_pretrained(name)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise Unavailable(
            f"cannot load {name} ({reason}); give --model a downloaded folder"
        ) from None
    model.eval().to(device)
    to_category = label_map(model.config.id2label, truth)

    def detect(image: Image) -> tuple[Floats, Floats, Ints]:
        with torch.inference_mode():
            out = model(**processor(images=image, return_tensors="pt").to(device))
        found = processor.post_process_object_detection(
            out, threshold=FLOOR, target_sizes=[(image.height, image.width)]
        )[0]
        labels = to_category[found["labels"].cpu().numpy()]
        keep = labels >= 0
        boxes, scores = found["boxes"].cpu().numpy(), found["scores"].cpu().numpy()
        return boxes[keep], scores[keep], labels[keep]

    return detect


def label_map(id2label: Mapping[int, str], truth: GroundTruth) -> Ints:
    """Return an array from a model's label index to category id, -1 where the name is no category.

    Raises:
        BadInput: No name is a category of ``truth``.
    """
    ids = dict(zip(truth.category_names, truth.category_ids.tolist(), strict=True))
    to_category = np.full(max(id2label, default=0) + 1, -1, np.int64)
    for index, label in id2label.items():
        to_category[index] = ids.get(label, -1)
    if (to_category < 0).all():
        raise BadInput(
            f"{truth.path}: the model's labels ({', '.join(list(id2label.values())[:3])}, ...) name "
            "none of its categories; use a model trained on these categories"
        )
    return to_category


def detect_folder(detect: Detector, truth: GroundTruth, folder: Path) -> Iterator[Candidates]:
    """Yield the candidates of every image of ``truth``, read from ``folder``.

    Boxes are clipped to the image; empty ones and scores not above :data:`FLOOR` are dropped.

    Raises:
        BadInput: An image is missing from ``folder`` or cannot be decoded.
        Unavailable: pillow is missing.
    """
    (pillow,) = _modules("PIL.Image")
    for image_id, (width, height), name in zip(
        truth.image_ids.tolist(), truth.sizes.tolist(), truth.file_names, strict=True
    ):
        path = folder / name
        try:
            with pillow.open(path) as file:
                image = file.convert("RGB")
        except (OSError, ValueError) as error:
            raise BadInput(
                f"{path}: cannot read image {image_id}: {error}; check --images"
            ) from None
        boxes, scores, labels = detect(image)
        scale = np.array([width, height] * 2) / np.array([image.width, image.height] * 2)
        boxes = np.asarray(boxes, np.float64).reshape(-1, 4) * scale
        boxes = boxes.clip(0, [width, height, width, height])
        keep = (boxes[:, 2:] > boxes[:, :2]).all(axis=1) & (np.asarray(scores) > FLOOR)
        yield Candidates(
            image_id,
            width,
            height,
            boxes[keep],
            np.asarray(scores, np.float64)[keep],
            np.asarray(labels, np.int64)[keep],
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.tasks.detection.detectors",
        description="Write a detector's boxes, before suppression, as a COCO results file.",
    )
    parser.add_argument(
        "--model", required=True, help="torchvision name, or Hugging Face id or folder"
    )
    parser.add_argument("--images", type=Path, required=True, help="folder with the image files")
    parser.add_argument("--annotations", type=Path, required=True, help="instances_*.json[.gz]")
    parser.add_argument("--out", type=Path, required=True, help="results file to write, .json[.gz]")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--limit", type=int, help="only the first images by id")
    given = parser.parse_args(arguments)
    try:
        truth = read_annotations(given.annotations)
        truth = truth.subset(choose_images(truth, given.limit))
        detect = (
            torchvision_detector(given.model, given.device)
            if given.model in TORCHVISION
            else transformers_detector(given.model, truth, given.device)
        )
        written = write_results(given.out, list(detect_folder(detect, truth, given.images)))
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)
        return int(error.exit_code)
    print(f"{given.out}: {written} boxes on {len(truth.image_ids)} images")
    return 0


def _modules(*names: str) -> list[Any]:
    try:
        return [importlib.import_module(name) for name in names]
    except ImportError as error:
        package = {"PIL": "pillow"}.get(str(error.name), str(error.name))
        raise Unavailable(
            f"live detectors need {package}: {how_to_install(('vision',), package)}"
        ) from None


if __name__ == "__main__":
    sys.exit(main())
