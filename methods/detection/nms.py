"""Greedy non-maximum suppression: the baseline that Soft-NMS is measured against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Literal

from pydantic import Field

from harness.kernels._suppression import Backend
from harness.kernels.nms import nms
from harness.kinds.detection import Candidates, Detections
from harness.method import Method, Run
from harness.methods.detection._per_class import suppress_per_class


class NMS(Method):
    """Keep the best box of a class, delete those that overlap it too much, repeat.

    The hard rule of Bodla et al., ICCV 2017, section 3 (strictly above the threshold, as in their
    code), for every class of every image. Three of the baselines a study of Soft-NMS needs are this
    method: the paper's (threshold 0.3), a tuned one, and none at all (threshold 1 returns
    every candidate, unchanged).

    The paper's test loop also caps an image at its 400 highest detections; here the cap is off
    unless asked for, so that 'no NMS' on 1,000 candidates means what it says. COCO's scorer looks at
    the best 100 of a class, so the cap hardly matters to AP.

    The paper's baseline is method 0 of its Soft-NMS routine, which moreover drops a box that scores
    below 0.001 and overlaps a kept one however little. The kernel ``soft_nms(decay="hard")`` does so;
    this method, like every library's NMS, does not.
    """

    name = "nms"
    title = "Greedy NMS"
    kinds = ("detection",)
    paper = "The baseline of Bodla et al., Soft-NMS, ICCV 2017, arXiv:1704.04503"
    kernels = ("nms",)
    presets = {"paper": {"score_floor": 1e-4, "max_detections": 400}}

    class Config(Method.Config):
        """Options of greedy NMS."""

        iou_threshold: float = Field(
            0.3, ge=0, le=1, description="Boxes overlapping a kept one by more are deleted; 1: none"
        )
        box_offset: Literal[0, 1] = Field(
            1, description="1: inclusive pixels, width x2 - x1 + 1 (the paper's code); 0: edges"
        )
        score_floor: float | None = Field(
            None, description="Candidates whose score is not above it are left out; null: all in"
        )
        max_detections: int | None = Field(
            None, ge=1, description="Highest scores kept an image, over all classes; null: all"
        )
        backend: Backend = Field("numba", description="numba (CPU), triton (GPU) or reference")

    def predict(self, inputs: Sequence[Candidates], run: Run) -> Iterable[Detections]:
        """Return each image's surviving candidates, class by class, best first."""
        config = self.config
        suppress = partial(
            nms,
            iou_threshold=config.iou_threshold,
            box_offset=config.box_offset,
            backend=config.backend,
        )
        return suppress_per_class(
            inputs,
            run,
            suppress,
            score_floor=config.score_floor,
            max_detections=config.max_detections,
        )
