"""Training of the mini COCO's detector: targets, losses, and that it learns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

torch = pytest.importorskip("torch", reason="training needs torch")

from harness.tasks.mini.coco_detector import Detector, as_tensor, locations  # noqa: E402
from harness.tasks.mini.coco_scenes import scenes  # noqa: E402
from harness.tasks.mini.coco_training import (  # noqa: E402
    Example,
    Recipe,
    Truth,
    assign,
    loss,
    mirrored,
    overlap,
    train,
    truth_of,
)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Several threads on a network this small, on a busy machine, take longer than one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return [Example.of(one) for one in scenes("train", 8)]


def truth(*objects: tuple[list[float], int, bool]) -> Truth:
    boxes, classes, crowd = zip(*objects, strict=True)
    return Truth(torch.tensor([boxes]), torch.tensor([classes]), torch.tensor([crowd]))


def test_positives_lie_in_their_objects_and_near_the_centre(examples: list[Example]) -> None:
    batch = truth_of(examples)
    chosen, _ = assign(batch, radius=1.5)
    points, strides = locations()
    image, place = torch.nonzero(chosen >= 0, as_tuple=True)
    box = batch.boxes[image, chosen[image, place]]
    at = points[place]
    assert ((at >= box[:, :2]) & (at <= box[:, 2:])).all()
    centre = (box[:, :2] + box[:, 2:]) / 2
    assert ((at - centre).abs().amax(1) < 1.5 * strides[place]).all()
    assert not batch.crowd[image, chosen[image, place]].any()


def test_small_objects_are_learnt_at_the_fine_level_only() -> None:
    chosen, _ = assign(truth(([40.0, 40.0, 60.0, 60.0], 0, False)), radius=1.5)
    assert set(locations()[1][chosen[0] >= 0].tolist()) == {4.0}


def test_a_crowd_region_is_neither_object_nor_background() -> None:
    chosen, ignored = assign(truth(([40.0, 40.0, 80.0, 80.0], 3, True)), radius=1.5)
    assert (chosen == -1).all()
    assert ignored[..., 3].any()
    assert not ignored[..., :3].any()


def test_overlap_of_known_boxes() -> None:
    a = torch.tensor([[0.0, 0, 2, 2], [0, 0, 1, 1], [0, 0, 2, 2]])
    b = torch.tensor([[0.0, 0, 2, 2], [2, 0, 3, 1], [1, 0, 3, 2]])
    iou, giou = overlap(a, b)
    assert torch.allclose(iou, torch.tensor([1.0, 0.0, 1 / 3]))
    assert torch.allclose(giou, torch.tensor([1.0, -1 / 3, 1 / 3]))


def test_perfect_predictions_cost_almost_nothing(examples: list[Example]) -> None:
    batch = truth_of(examples)
    chosen, _ = assign(batch, radius=1.5)
    rows = torch.arange(len(examples))[:, None]
    boxes = batch.boxes[rows, chosen.clamp(min=0)]
    logits = torch.full((*chosen.shape, 8), -20.0)
    image, place = torch.nonzero(chosen >= 0, as_tuple=True)
    logits[image, place, batch.classes[image, chosen[image, place]]] = 20.0
    assert loss(logits, boxes, batch, 1.5) < 1e-4
    assert loss(-logits, boxes, batch, 1.5) > 1


def test_mirroring_twice_changes_nothing(examples: list[Example]) -> None:
    images, batch = as_tensor(one.pixels for one in examples), truth_of(examples)
    once = mirrored(images, batch)
    again, back = mirrored(*once)
    assert torch.equal(again, images)
    assert torch.allclose(back.boxes, batch.boxes)
    assert not torch.equal(once[0], images)


def mean_overlap(detector: Detector, examples: list[Example]) -> float:
    batch = truth_of(examples)
    with torch.inference_mode():
        _, boxes = detector.train()(as_tensor(one.pixels for one in examples))
    chosen, _ = assign(batch, radius=1.5)
    image, place = torch.nonzero(chosen >= 0, as_tuple=True)
    return float(overlap(boxes[image, place], batch.boxes[image, chosen[image, place]])[0].mean())


def test_training_improves_the_boxes(examples: list[Example]) -> None:
    untrained = train(Recipe(steps=1, batch=2, rate=0.0), data=examples)
    trained = train(Recipe(steps=40, batch=4), data=examples)
    assert mean_overlap(trained, examples) > mean_overlap(untrained, examples) + 0.1


def test_training_repeats_itself(examples: list[Example]) -> None:
    first, second = (train(Recipe(steps=3, batch=2), data=examples) for _ in range(2))
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-5)
