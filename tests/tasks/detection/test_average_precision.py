from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.tasks.detection.annotations import read_annotations
from harness.tasks.detection.average_precision import (
    CUTS,
    FigureResampler,
    PairedFigureResampler,
)
from harness.tasks.detection.matches import from_table, to_table
from harness.tasks.detection.matching import match_boxes
from harness.tasks.detection.results import Results, read_results
from harness.tasks.detection.scorers import FIGURES, score_boxes


def expected(stats: Any) -> Any:
    """Return COCOeval's figures with NaN for -1, "nothing to find"."""
    return np.where(np.asarray(stats) == -1, np.nan, stats)


def repeat_images(truth: Any, runs: Any, counts: Any) -> Any:
    """Build the data set that holds image ``i`` ``counts[j][i]`` times with run ``j``'s results."""
    images: list[Any] = []
    annotations: list[Any] = []
    results: list[Any] = []
    for place, image in enumerate(sorted(truth["images"], key=lambda i: i["id"])):
        for run, times in zip(runs, counts, strict=True):
            for _ in range(times[place]):
                new = {"image_id": len(images) + 1}
                images.append({**image, "id": new["image_id"]})
                mine = [a for a in truth["annotations"] if a["image_id"] == image["id"]]
                annotations += [{**a, **new} for a in mine]
                results += [{**r, **new} for r in run if r["image_id"] == image["id"]]
    for number, annotation in enumerate(annotations, 1):
        annotation["id"] = number
    return {**truth, "images": images, "annotations": annotations}, results


def test_every_figure_has_a_cut() -> None:
    assert tuple(CUTS) == FIGURES


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_unit_weights_give_pycocotools_whatever_the_ties(
    data: st.DataObject, worlds: Any, read_world: Any, judge: Any
) -> None:
    world = data.draw(worlds)
    matches = from_table(to_table(match_boxes(*read_world(world))))
    ones = np.ones((1, len(matches.images)), np.int64)
    values = [FigureResampler(matches, name)(ones)[0] for name in FIGURES]
    np.testing.assert_allclose(values, expected(judge(world).stats), rtol=0, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_integer_weights_give_pycocotools_on_repeated_images(
    data: st.DataObject, untied_worlds: Any, read_world: Any, judge: Any
) -> None:
    truth, found = data.draw(untied_worlds)
    images = len(truth["images"])
    weights = data.draw(
        st.lists(st.integers(0, 3), min_size=images, max_size=images).filter(any), label="weights"
    )
    matches = match_boxes(*read_world((truth, found)))
    values = [FigureResampler(matches, name)(np.array([weights]))[0] for name in FIGURES]
    stats = judge(repeat_images(truth, [found], [weights])).stats
    np.testing.assert_allclose(values, expected(stats), rtol=0, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_paired_weights_give_pycocotools_on_images_of_either_run(
    data: st.DataObject, untied_worlds: Any, read_world: Any, judge: Any
) -> None:
    truth, found = data.draw(untied_worlds)
    images = len(truth["images"])
    other = copy.deepcopy(found)[: len(found) // 2]
    for result in other:
        result["score"] = result["score"] ** 2 / 3 + 1e-3
    counts = [
        data.draw(st.lists(st.integers(0, 2), min_size=images, max_size=images)) for _ in range(2)
    ]
    if not any(map(any, counts)):
        counts[0][0] = 1
    mine, theirs = (match_boxes(*read_world((truth, run))) for run in (found, other))
    first, second = (np.array([c]) for c in counts)
    values = [PairedFigureResampler(mine, theirs, name)(first, second)[0] for name in FIGURES]
    stats = judge(repeat_images(truth, [found, other], counts)).stats
    np.testing.assert_allclose(values, expected(stats), rtol=0, atol=1e-12)


def test_real_detections_resample_exactly(shared_data: Path) -> None:
    folder = shared_data / "coco_detection" / "val2017_tiny80"
    truth = read_annotations(folder / "instances_val2017_tiny80.json")
    results = read_results(folder / "yolox_nano_nms065_results.json", truth)
    matches = match_boxes(truth, results)
    stats = score_boxes(truth, results, "pycocotools").stats
    ones = np.ones((1, len(matches.images)), np.int64)
    for figure, value in zip(FIGURES, stats, strict=True):
        assert FigureResampler(matches, figure)(ones)[0] == pytest.approx(value, abs=1e-12)

    chosen = np.sort(np.random.default_rng(5).permutation(len(truth.image_ids))[:30])
    keep = np.isin(results.image, chosen)
    part = Results(
        np.searchsorted(chosen, results.image[keep]),
        results.category[keep],
        results.boxes[keep],
        results.scores[keep],
    )
    weights = np.isin(np.arange(len(matches.images)), chosen).astype(np.int64)[None]
    stats = score_boxes(truth.subset(chosen), part, "pycocotools").stats
    assert FigureResampler(matches, "AP")(weights)[0] == pytest.approx(stats[0], abs=1e-12)


def test_a_run_paired_with_itself_is_that_run(card: Any, read_world: Any) -> None:
    matches = match_boxes(*read_world(card))
    paired = PairedFigureResampler(matches, matches, "AP")
    swaps = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert np.unique(paired(swaps, 1 - swaps).round(12)).tolist() == [0.832054455446]


def test_rows_do_not_depend_on_their_company(card: Any, read_world: Any) -> None:
    figure = FigureResampler(match_boxes(*read_world(card)), "AP")
    weights = np.random.default_rng(1).integers(0, 4, (100, 2))
    weights[weights.sum(axis=1) == 0] = 1
    together = figure(weights)
    weights.flags.writeable = False
    assert together.tolist() == [figure(weights[i : i + 1])[0] for i in range(100)]
    assert figure(np.empty((0, 2), np.int64)).shape == (0,)


def test_a_resample_without_objects_has_no_value(card: Any, read_world: Any) -> None:
    matches = match_boxes(*read_world(card))
    assert np.isnan(FigureResampler(matches, "AP")(np.zeros((1, 2), np.int64))).all()
    assert np.isnan(FigureResampler(matches, "APs")(np.array([[0, 1]]))).all()


def test_runs_on_other_images_or_annotations_do_not_pair(card: Any, read_world: Any) -> None:
    truth, found = card
    whole = match_boxes(*read_world(card))
    part = match_boxes(*read_world(({**truth, "images": truth["images"] + [
        {"id": 9, "width": 1, "height": 1}]}, found)))  # fmt: skip
    with pytest.raises(BadInput, match=r"different images \(2 and 3\)"):
        PairedFigureResampler(whole, part, "AP")
    fewer = match_boxes(*read_world(({**truth, "annotations": truth["annotations"][1:]}, found)))
    with pytest.raises(BadInput, match="different annotations of the same images"):
        PairedFigureResampler(whole, fewer, "AP")


def test_weights_of_another_shape_are_a_mistake(card: Any, read_world: Any) -> None:
    with pytest.raises(ValueError, match=r"weights \(1, 3\) do not fit 2 units"):
        FigureResampler(match_boxes(*read_world(card)), "AP")(np.ones((1, 3), np.int64))
