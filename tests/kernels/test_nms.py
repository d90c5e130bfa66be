from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput, UnknownName
from harness.kernels.nms import NMS, nms

backends = pytest.mark.parametrize("backend", ["reference", "numba"])


def grid_boxes(rng: np.random.Generator, n: int, extent: int) -> np.ndarray:
    return np.sort(rng.integers(0, extent, (n, 2, 2)).astype(float), axis=1).reshape(n, 4)


@backends
def test_worked_example_of_the_soft_nms_card(backend: str) -> None:
    boxes = [
        [10, 10, 109, 109],
        [20, 10, 119, 109],
        [60, 10, 159, 109],
        [300, 300, 349, 349],
        [12, 12, 111, 111],
        [500, 500, 540, 540],
    ]
    scores = [0.9, 0.8, 0.7, 0.6, 0.0015, 0.0005]
    got = nms(boxes, scores, iou_threshold=0.3, box_offset=1, backend=backend)
    assert got.kept.tolist() == [0, 3, 5]
    assert got.scores.tolist() == [0.9, 0.6, 0.0005]


@backends
@pytest.mark.parametrize(("grouped", "count"), [(True, 554), (False, 542)])
def test_real_region_proposals(shared_data: Path, backend: str, grouped: bool, count: int) -> None:
    path = shared_data / "coco_detection" / "rpn_nms_case.json.gz"
    data = json.loads(gzip.decompress(path.read_bytes()))
    boxes, scores = np.array(data["boxes_xyxy"]), np.array(data["scores"])
    group = np.array(data["group"]) if grouped else np.zeros(len(scores), int)
    order = np.argsort(group, kind="stable")
    offsets = np.concatenate([[0], np.cumsum(np.bincount(group))])
    got = nms(boxes[order], scores[order], offsets, iou_threshold=0.7, backend=backend)
    kept = order[got.kept]
    assert len(kept) == count
    if grouped:
        assert kept[np.argsort(-scores[kept], kind="stable")].tolist() == data["keep"]


@given(
    n=st.integers(0, 90),
    seed=st.integers(0, 2**32 - 1),
    extent=st.sampled_from([2, 10, 60]),
    threshold=st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]),
    offset=st.sampled_from([0, 1]),
    levels=st.sampled_from([1, 4, 10**9]),
    cuts=st.lists(st.integers(0, 90), max_size=4),
)
def test_numba_equals_the_reference(
    n: int, seed: int, extent: int, threshold: float, offset: int, levels: int, cuts: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    boxes = grid_boxes(rng, n, extent)
    scores = rng.integers(-levels, levels, n) / 7
    options = {"iou_threshold": threshold, "box_offset": offset}
    offsets = [0, *sorted(min(c, n) for c in cuts), n]
    want = nms(boxes, scores, offsets, **options, backend="reference")
    got = nms(boxes, scores, offsets, **options, backend="numba")
    assert got.kept.tolist() == want.kept.tolist()
    assert got.scores.tolist() == want.scores.tolist()
    assert got.offsets.tolist() == want.offsets.tolist()


@backends
def test_threshold_is_strict_and_ties_go_to_the_first_row(backend: str) -> None:
    boxes = [[0, 0, 4, 2], [0, 0, 4, 4], [0, 0, 4, 4]]
    got = nms(boxes, [0.5, 0.5, 0.5], iou_threshold=0.5, backend=backend)
    assert got.kept.tolist() == [0, 1]


@backends
def test_threshold_one_keeps_everything(backend: str) -> None:
    rng = np.random.default_rng(0)
    boxes, scores = np.tile(grid_boxes(rng, 50, 20) / 7, (3, 1)), rng.normal(size=150)
    got = nms(boxes, scores, iou_threshold=1.0, backend=backend)
    assert got.kept.tolist() == np.argsort(-scores).tolist()


@backends
def test_scores_closer_than_single_precision_are_told_apart(backend: str) -> None:
    scores = 1 + 1e-12 * np.array([1.0, 3.0, 2.0])
    got = nms(np.tile([0.0, 0.0, 1.0, 1.0], (3, 1)), scores, iou_threshold=1.0, backend=backend)
    assert got.kept.tolist() == [1, 2, 0]


@backends
def test_zero_area_boxes_overlap_nothing(backend: str) -> None:
    boxes = np.tile([5.0, 5.0, 5.0, 5.0], (3, 1))
    assert nms(boxes, [3, 2, 1], iou_threshold=0.0, backend=backend).kept.tolist() == [0, 1, 2]
    got = nms(boxes, [3, 2, 1], iou_threshold=0.0, box_offset=1, backend=backend)
    assert got.kept.tolist() == [0]


@backends
def test_large_coordinates_keep_their_digits(backend: str) -> None:
    rng = np.random.default_rng(1)
    boxes, scores = grid_boxes(rng, 200, 40), rng.random(200)
    near = nms(boxes, scores, iou_threshold=0.3, backend=backend)
    far = nms(boxes + 2.0**40, scores, iou_threshold=0.3, backend=backend)
    assert far.kept.tolist() == near.kept.tolist()


def test_peers_agree_on_every_small_case() -> None:
    for case in NMS.cases:
        if case.size["boxes"] * case.size["classes"] * case.size["images"] > 5000:
            continue
        problem = case.make(np.random.default_rng(2))
        expected = NMS.reference(problem)
        for implementation in NMS.implementations:
            if implementation.name in ("torchvision", "triton"):
                continue
            got = implementation.result(implementation.prepare(problem)())
            NMS.compare(expected, got)
            assert got.kept.tolist() == expected.kept.tolist(), implementation.name
        assert NMS.cost(problem, expected).pairs > 0


def test_torchvision_agrees() -> None:
    pytest.importorskip("torchvision")
    problem = next(c for c in NMS.cases if c.size["boxes"] == 1000).make(np.random.default_rng(3))
    peer = next(i for i in NMS.implementations if i.name == "torchvision")
    NMS.compare(NMS.reference(problem), peer.result(peer.prepare(problem)()))


def test_bad_input_is_named() -> None:
    with pytest.raises(BadInput, match="box in row 1 is not finite"):
        nms([[0, 0, 1, 1], [0, 0, 1, np.nan]], [0.1, 0.2])
    with pytest.raises(BadInput, match="score in row 0 is not finite"):
        nms([[0, 0, 1, 1]], [-np.inf])
    with pytest.raises(UnknownName, match="backend"):
        nms([[0, 0, 1, 1]], [0.1], backend="cuda")
