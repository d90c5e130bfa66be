from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import Unavailable
from harness.tasks.detection import scorers
from harness.tasks.detection.annotations import GroundTruth, read_annotations
from harness.tasks.detection.results import Results, read_results
from harness.tasks.detection.scorers import FIGURES, Figures, ScorerName, pick_scorer, score_boxes

SCORERS: tuple[ScorerName, ...] = ("pycocotools", "hotcoco", "faster_coco_eval")
installed = pytest.mark.parametrize(
    "scorer",
    [
        pytest.param(
            name,
            marks=pytest.mark.skipif(
                importlib.util.find_spec(name) is None, reason=f"{name} is not installed"
            ),
        )
        for name in SCORERS
    ],
)

CARD = [0.832054, 0.917079, 0.878218, 1.0, 0.8, 1.0]
CARD += [0.216667, 0.933333, 0.933333, 1.0, 0.8, 1.0]
WITHOUT_CROWD = [0.416213, 0.501238, 0.462376, 1.0, 0.8, 0.5]
WITHOUT_CROWD += [0.216667, 0.683333, 0.683333, 1.0, 0.8, 0.5]
ID_ZERO = [0.60302, 0.665842, 0.632673, 0, 0.8, 1.0, 0.05, 0.766667, 0.766667, 0, 0.8, 1.0]


def score_of(world: tuple[GroundTruth, Results], scorer: ScorerName) -> Figures:
    return score_boxes(world[0], world[1], scorer)


def close(values: Any) -> Any:
    return pytest.approx(values, abs=5e-7)


@installed
def test_the_worked_example(card: Any, read_world: Any, scorer: Any) -> None:
    figures = score_of(read_world(card), scorer)
    assert figures.stats.tolist() == close(CARD)
    assert figures.category_ap.tolist() == close([0.664109, 1.0])


def test_precision_by_threshold_of_the_worked_example(card: Any, judge: Any) -> None:
    cat = judge(card).eval["precision"][:, :, 0, 0, 2].mean(axis=1)
    assert cat.tolist() == pytest.approx([0.8342] * 3 + [0.7564] * 3 + [0.4673] * 4, abs=5e-5)


@installed
def test_a_crowd_flag_changes_the_figures(card: Any, read_world: Any, scorer: Any) -> None:
    card[0]["annotations"][3]["iscrowd"] = 0
    assert score_of(read_world(card), scorer).stats.tolist() == close(WITHOUT_CROWD)


@installed
def test_an_ignore_field_changes_nothing(card: Any, read_world: Any, scorer: Any) -> None:
    card[0]["annotations"][2]["ignore"] = 1
    assert score_of(read_world(card), scorer).stats.tolist() == close(CARD)


@installed
def test_annotation_id_zero_is_no_trap_here(
    card: Any, read_world: Any, judge: Any, scorer: Any
) -> None:
    card[0]["annotations"][0]["id"] = 0
    assert judge(card).stats.tolist() == close(ID_ZERO)
    with pytest.warns(UserWarning, match="id 0"):
        world = read_world(card)
    assert score_of(world, scorer).stats.tolist() == close(CARD)


def test_other_detection_cuts_lose_the_first_figure(card: Any, judge: Any) -> None:
    stats = judge(card, maxDets=[1, 10, 300]).stats
    assert stats[0] == -1
    assert stats[1:].tolist() == close(CARD[1:])


@installed
def test_perfect_detections(card: Any, read_world: Any, scorer: Any) -> None:
    perfect = [
        {"image_id": a["image_id"], "category_id": a["category_id"], "bbox": a["bbox"], "score": 1}
        for a in card[0]["annotations"]
        if not a["iscrowd"]
    ]
    stats = score_of(read_world((card[0], perfect)), scorer).stats
    assert stats.tolist() == close([1.0] * 6 + [0.833333] + [1.0] * 5)


@installed
@pytest.mark.parametrize(("right_first", "ap50"), [(True, 1.0), (False, 0.5)])
def test_equal_scores_rank_in_their_given_order(
    card: Any, read_world: Any, scorer: Any, right_first: bool, ap50: float
) -> None:
    card[0]["annotations"] = card[0]["annotations"][:1]
    right, wrong = {**card[1][0], "score": 0.5}, {**card[1][2], "score": 0.5}
    found = [right, wrong] if right_first else [wrong, right]
    assert score_of(read_world((card[0], found)), scorer).stats[1] == close(ap50)


@installed
def test_nothing_found_is_zero_and_nothing_to_find_has_no_value(
    card: Any, read_world: Any, scorer: Any
) -> None:
    figures = score_of(read_world((card[0], [])), scorer)
    assert figures.stats.tolist() == [0] * 12
    assert figures.category_ap.tolist() == [0, 0]
    card[0]["annotations"] = []
    found: list[Any]
    for found in ([], card[1]):
        figures = score_of(read_world((card[0], found)), scorer)
        assert figures.stats.tolist() == [-1] * 12
        assert figures.category_ap.tolist() == [-1, -1]


@installed
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_equals_pycocotools_on_random_worlds(
    data: st.DataObject, worlds: Any, read_world: Any, judge: Any, scorer: Any
) -> None:
    world = data.draw(worlds)
    expected = judge(world)
    figures = score_of(read_world(world), scorer)
    np.testing.assert_allclose(figures.stats, expected.stats, rtol=0, atol=1e-12)
    for index, precision in enumerate(np.moveaxis(expected.eval["precision"][..., 0, -1], 2, 0)):
        ap = precision.mean() if (precision > -1).all() else -1
        assert figures.category_ap[index] == pytest.approx(ap, abs=1e-12)


PUBLISHED = {
    ("val2014_100/instances_val2014_100.json", "val2014_100/instances_val2014_fakebbox100_results.json"):
        "0.505 0.697 0.573 0.586 0.519 0.501 0.387 0.594 0.595 0.640 0.566 0.564",
    ("val2017_tiny80/instances_val2017_tiny80.json", "val2017_tiny80/yolox_nano_prenms_results.json.gz"):
        "0.227 0.322 0.250 0.117 0.287 0.352 0.271 0.386 0.490 0.207 0.504 0.753",
    ("val2017_tiny80/instances_val2017_tiny80.json", "val2017_tiny80/yolox_nano_nms065_results.json"):
        "0.297 0.464 0.314 0.109 0.313 0.522 0.271 0.399 0.422 0.175 0.432 0.675",
}  # fmt: skip


@pytest.mark.parametrize(("files", "published"), PUBLISHED.items())
def test_real_files_give_the_published_figures_by_every_scorer(
    shared_data: Path, files: tuple[str, str], published: str
) -> None:
    truth = read_annotations(shared_data / "coco_detection" / files[0])
    results = read_results(shared_data / "coco_detection" / files[1], truth)
    expected = score_boxes(truth, results, "pycocotools")
    assert " ".join(f"{v:.3f}" for v in expected.stats) == published
    for scorer in SCORERS[1:]:
        if importlib.util.find_spec(scorer):
            figures = score_boxes(truth, results, scorer)
            np.testing.assert_allclose(figures.stats, expected.stats, rtol=0, atol=1e-12)
            np.testing.assert_allclose(
                figures.category_ap, expected.category_ap, rtol=0, atol=1e-12
            )


def test_scorers_are_silent(card: Any, read_world: Any, capfd: pytest.CaptureFixture[str]) -> None:
    world = read_world(card)
    for scorer in SCORERS:
        if importlib.util.find_spec(scorer):
            score_of(world, scorer)
    assert capfd.readouterr().out == ""


def test_the_fastest_installed_scorer_is_picked(monkeypatch: pytest.MonkeyPatch) -> None:
    present = {"faster_coco_eval", "pycocotools"}
    monkeypatch.setattr(scorers, "find_spec", lambda name: name if name in present else None)
    assert pick_scorer("auto") == "faster_coco_eval"
    assert pick_scorer("pycocotools") == "pycocotools"
    with pytest.raises(Unavailable, match=r"hotcoco is not installed.*pip install .*hotcoco"):
        pick_scorer("hotcoco")


def test_figures_are_named_in_the_official_order() -> None:
    assert FIGURES[0] == "AP"
    assert len(FIGURES) == 12
