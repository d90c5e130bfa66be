"""COCO detection (Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014), boxes.

Reads the official annotation file (``instances_val2017.json``) and a detector's results file in the
official format, both plain or gzipped; the results are the candidate boxes a method starts from, so
they should come from before non-maximum suppression. Live detectors write such a file with
``python -m harness.tasks.detection.detectors``.

Scores the twelve figures of COCOeval, mode bbox: AP at IoU .50:.05:.95 and at .50 and .75, by size
(``area``, the mask's: small to 32^2, medium to 96^2), and average recall at 1, 10 and 100 detections
and by size; ``details`` holds AP per category. The judge is pycocotools; hotcoco and
faster_coco_eval, where installed, give the same numbers sooner. The examples kept with a run are the
matches of every image, from which any figure is recomputed exactly for resampled images.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from harness.errors import BadInput, Unavailable, UnknownName
from harness.kinds.detection import Detections
from harness.task import Absent, Dataset, Download, Metric, Scores, Split, Task
from harness.tasks.detection.annotations import GroundTruth, choose_images, read_annotations
from harness.tasks.detection.results import (
    Results,
    from_predictions,
    read_results,
    to_candidates,
)
from harness.tasks.detection.scorers import FIGURES, Figures, ScorerName, pick_scorer, score_boxes
from harness.tasks.detection.sources import find_annotations, find_detections

if TYPE_CHECKING:
    import pyarrow as pa

    from harness.task import PairedResampler, Resampler

MINI = Path(__file__).parent / "mini" / "data" / "coco"
_SIZES = {"s": "small ", "m": "medium ", "l": "large "}


class COCO(Task):
    """Box detection on any data set in COCO format, candidates read from a results file."""

    name: ClassVar[str] = "coco"
    title: ClassVar[str] = "COCO object detection (boxes)"
    kind: ClassVar[str] = "detection"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("AP", primary=True),
        Metric("AP50"),
        Metric("AP75"),
        Metric("APs"),
        Metric("APm"),
        Metric("APl"),
        Metric("AR1"),
        Metric("AR10"),
        Metric("AR100"),
        Metric("ARs"),
        Metric("ARm"),
        Metric("ARl"),
    )
    source: ClassVar[str] = (
        "COCO 2017 (cocodataset.org): annotations_trainval2017.zip holds instances_val2017.json, "
        "val2017.zip its 5,000 images. Annotations are CC BY 4.0; the photographs belong to their "
        "Flickr authors under the licence each image entry names. Candidates come from a detector's "
        "results file, written before suppression (see python -m harness.tasks.detection.detectors). "
        "The embedded mini COCO is our own, under this project's licence."
    )

    # COCO publishes no checksums: several projects took these from the files served, and agree.
    downloads: ClassVar[tuple[Download, ...]] = (
        Download(
            url="http://images.cocodataset.org/annotations/annotations_trainval2017.zip",
            name="annotations_trainval2017.zip",
            sha256="113a836d90195ee1f884e704da6304dfaaecff1f023f49b6ca93c4aaae470268",
            size=252_907_541,
            gives=("annotations/instances_val2017.json", "annotations/instances_train2017.json"),
            licence="CC BY 4.0",
        ),
        Download(
            url="http://images.cocodataset.org/zips/val2017.zip",
            name="val2017.zip",
            sha256="4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05",
            size=815_585_330,
            gives=("val2017",),
            licence="each photograph under the licence its entry names",
        ),
    )
    reads: ClassVar[tuple[str, ...]] = (
        "--data {folder}/annotations/instances_val2017.json --detections RESULTS.json",
    )
    submission_format: ClassVar[str] = (
        "COCO results JSON, plain or gzipped: a list of "
        '{"image_id", "category_id", "bbox": [x, y, w, h], "score"}'
    )

    class Config(Task.Config):
        """Options of the COCO task."""

        data: Path | None = Field(
            None,
            description="Folder with one instances_*.json[.gz] and its results, or that file itself; "
            "default: the embedded mini COCO",
        )
        detections: Path | None = Field(
            None, description="Detector results file; default: the one in the data folder"
        )
        split: Literal["test", "validation"] = Field(
            "test",
            description="Split of the embedded mini COCO; validation is for choosing options",
        )
        images: int | tuple[int, ...] | Path | None = Field(
            None, description="Only these images: how many, which ids, or a file of ids"
        )
        floor: float | None = Field(
            None, description="Drop candidates whose score is not above this; default: keep all"
        )
        scorer: Literal["auto", "pycocotools", "hotcoco", "faster_coco_eval"] = Field(
            "auto", description="Who computes the figures; auto: the fastest one installed"
        )

    def files(self) -> Sequence[Path]:
        """Return the annotation file, the results file, and the file of image ids if there is one.

        Raises:
            BadInput: One is missing, or it is not clear which file is meant.
            Unavailable: The embedded mini COCO is not in this installation.
        """
        annotations, *images = self._target_files()
        return _present([annotations, self._detections(), *images])

    def target_files(self) -> Sequence[Path]:
        """Return the annotation file and the file of image ids: candidates are only for methods.

        Raises:
            BadInput: As for :meth:`files`.
            Unavailable: As for :meth:`files`.
        """
        return _present(self._target_files())

    def load(self, split: Split = "test") -> Dataset:
        """Read annotations and candidates; one input per image, also where it has no candidate.

        Raises:
            BadInput: A file is missing, broken or inconsistent, or ``split`` is not ``"test"``.
        """
        if split != "test":
            raise BadInput(
                f"coco has no {split} split: it scores the images of one annotation file; "
                "name that file with --data"
            )
        annotations, detections, *_ = self.files()
        truth = read_annotations(annotations)
        return self._dataset(truth, read_results(detections, truth))

    def load_targets(self) -> Dataset:
        """Read annotations alone: images as inputs that have no candidates.

        Raises:
            BadInput: A file is missing, broken or inconsistent.
        """
        annotations, *_ = self.target_files()
        return self._dataset(read_annotations(annotations), Results.none())

    def read_predictions(self, path: Path, dataset: Dataset) -> Sequence[Detections]:
        """Read an official results file: one prediction per image, empty where it has no result.

        Boxes are scored as they stand: the ``floor`` is for candidates. Where only some images
        are chosen, results on the others are passed over, as a method never sees them either.

        Raises:
            BadInput: The file is missing or broken, breaks the format, or names images or
                categories that the annotations lack.
        """
        truth: GroundTruth = dataset.targets
        whole = truth if self.config.images is None else read_annotations(truth.path)
        found = to_candidates(read_results(path, whole, option="--predictions"), whole, floor=None)
        chosen = set(truth.image_ids.tolist())
        return [
            Detections(c.image_id, c.boxes, c.scores, c.labels)
            for c in found
            if c.image_id in chosen
        ]

    def score(self, predictions: Sequence[Detections], dataset: Dataset) -> Scores:
        """Return the twelve figures, AP per category, and the matches of every image.

        Raises:
            BadInput: Predictions are not one per image in order, or carry an unknown label.
            Unavailable: The scorer asked for is not installed.
        """
        from harness.tasks.detection.matches import to_table
        from harness.tasks.detection.matching import match_boxes

        truth: GroundTruth = dataset.targets
        results = from_predictions(predictions, truth)
        scorer: ScorerName = pick_scorer(self.config.scorer)
        figures = score_boxes(truth, results, scorer)
        return Scores(
            values=_values(figures, dataset.origin),
            examples=to_table(match_boxes(truth, results)),
            details={"AP per category": _per_category(figures, truth)},
        )

    def resampler(self, examples: pa.Table, metric: str) -> Resampler:
        """Return a resampler of any of the twelve figures over images.

        Raises:
            UnknownName: ``metric`` is no COCO figure.
            BadInput: ``examples`` were not scored by this task.
        """
        from harness.tasks.detection.average_precision import FigureResampler
        from harness.tasks.detection.matches import from_table

        return FigureResampler(from_table(examples), _known(metric))

    def paired_resampler(self, first: pa.Table, second: pa.Table, metric: str) -> PairedResampler:
        """Return a resampler over two runs on the same images.

        Raises:
            UnknownName: ``metric`` is no COCO figure.
            BadInput: The runs differ in images or annotations, or were not scored by this task.
        """
        from harness.tasks.detection.average_precision import PairedFigureResampler
        from harness.tasks.detection.matches import from_table

        return PairedFigureResampler(from_table(first), from_table(second), _known(metric))

    def _dataset(self, truth: GroundTruth, found: Results) -> Dataset:
        """Return the images chosen, with their candidates and targets."""
        candidates = to_candidates(found, truth, floor=self.config.floor)
        chosen = choose_images(truth, self.config.images)
        mini = self.config.data is None
        return Dataset(
            inputs=[candidates[i] for i in chosen],
            ids=[str(i) for i in truth.image_ids[chosen]],
            targets=truth.subset(chosen),
            origin=f"embedded mini COCO, {self.config.split}" if mini else str(truth.path),
            mini=mini,
        )

    def _target_files(self) -> list[Path]:
        images = self.config.images
        return [self._annotations(), *([images] if isinstance(images, Path) else [])]

    def _annotations(self) -> Path:
        if self.config.data is not None:
            return find_annotations(Path(self.config.data))
        return self._embedded("instances")

    def _detections(self) -> Path:
        if self.config.detections is not None:
            return Path(self.config.detections)
        if self.config.data is not None:
            return find_detections(Path(self.config.data))
        return self._embedded("candidates")

    def _embedded(self, what: str) -> Path:
        path = MINI / f"{what}_mini_{self.config.split}.json.gz"
        if not path.is_file():
            raise Unavailable(
                f"{path}: the embedded mini COCO is missing; reinstall the package, or pass --data DIR"
            )
        return path


def _present(paths: list[Path]) -> list[Path]:
    for path in paths:
        if not path.is_file():
            raise BadInput(f"{path}: no such file; check the path")
    return paths


def _known(metric: str) -> str:
    if metric not in FIGURES:
        raise UnknownName("metric of coco", metric, FIGURES)
    return metric


def _values(figures: Figures, origin: str) -> dict[str, float | Absent]:
    """Return each figure, absent where COCOeval says -1: nothing of that kind to find."""
    return {
        name: float(value)
        if value > -1
        else Absent(f"no {_SIZES.get(name[2:], '')}ground truth in {origin}")
        for name, value in zip(FIGURES, figures.stats, strict=True)
    }


def _per_category(figures: Figures, truth: GroundTruth) -> dict[str, float]:
    pairs = zip(truth.category_names, figures.category_ap.tolist(), strict=True)
    return {name: ap for name, ap in pairs if ap > -1}
