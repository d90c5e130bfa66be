"""Soft-NMS: decay the scores of overlapping boxes instead of deleting them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Literal

from pydantic import Field

from harness.kernels._suppression import Backend, Prune
from harness.kernels.soft_nms import soft_nms
from harness.kinds.detection import Candidates, Detections
from harness.method import Method, Run
from harness.methods.detection._per_class import suppress_per_class


class SoftNMS(Method):
    """Select the best box of a class, multiply the others' scores by f(IoU) with it, repeat.

    Thresholds, the strict ``>`` and which boxes are held against the score threshold follow the
    published code (``cpu_soft_nms`` and its test loop). The default decay is the Gaussian, the one
    whose results the paper puts first (its tables' S-NMS G, 35.1 against 34.8 on minival); the
    code's own default is ``linear``.
    """

    name = "soft_nms"
    title = "Soft-NMS"
    kinds = ("detection",)
    paper = (
        "Bodla, Singh, Chellappa, Davis: Soft-NMS -- Improving Object Detection With One Line of "
        "Code, ICCV 2017, arXiv:1704.04503"
    )
    kernels = ("soft_nms",)
    presets = {"paper": {}}  # the defaults are the paper's

    class Config(Method.Config):
        """Options of Soft-NMS; the defaults are the published code's, but for ``decay``."""

        decay: Literal["linear", "gaussian"] = Field(
            "gaussian", description="f(IoU): 1 - IoU above iou_threshold, or exp(-IoU**2 / sigma)"
        )
        sigma: float = Field(0.5, gt=0, description="Width of the Gaussian")
        iou_threshold: float = Field(
            0.3, ge=0, le=1, description="Nt: overlap above which linear decays; 1: never"
        )
        score_threshold: float = Field(
            0.001, ge=0, description="T: a box decayed below it is dropped"
        )
        box_offset: Literal[0, 1] = Field(
            1, description="1: inclusive pixels, width x2 - x1 + 1 (the paper's code); 0: edges"
        )
        pre_threshold: float = Field(
            1e-4, ge=0, description="Candidates whose score is not above it are left out"
        )
        max_detections: int | None = Field(
            400, ge=1, description="Highest decayed scores kept an image, over all classes"
        )
        prune: Prune = Field(
            "overlapping",
            description="Held against score_threshold: boxes that overlap the selected one, or all",
        )
        backend: Backend = Field("numba", description="numba (CPU), triton (GPU) or reference")

    def predict(self, inputs: Sequence[Candidates], run: Run) -> Iterable[Detections]:
        """Return each image's boxes with decayed scores, class by class, in order of selection."""
        config = self.config
        suppress = partial(
            soft_nms,
            decay=config.decay,
            iou_threshold=config.iou_threshold,
            sigma=config.sigma,
            score_threshold=config.score_threshold,
            box_offset=config.box_offset,
            prune=config.prune,
            backend=config.backend,
        )
        return suppress_per_class(
            inputs,
            run,
            suppress,
            score_floor=config.pre_threshold,
            max_detections=config.max_detections,
        )
