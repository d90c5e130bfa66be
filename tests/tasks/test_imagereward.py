from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import BadInput, Unavailable, UnknownName
from harness.intervals import interval_of
from harness.kinds.preference import PromptImages, Rewards
from harness.png import encode_png
from harness.statistics import compare
from harness.task import Absent, Scores
from harness.tasks.imagereward import ImageReward
from harness.testing import check_task

CARD = [
    {"id": "1", "prompt": "a star", "generations": [f"1/{k}.png" for k in "abcd"]},
    {"id": "2", "prompt": "a coin", "generations": ["2/a.png", "2/b.png"]},
]
RANKINGS = ([1, 2, 2, 4], [2, 1])
SCORES = {"1": [0.9, 0.1, 0.5, 0.5], "2": [0.3, 0.3]}


def write(folder: Path, rankings: Sequence[list[int]] = RANKINGS) -> Path:
    items = [{**item, "ranking": r} for item, r in zip(CARD, rankings, strict=True)]
    (folder / "test.json").write_text(json.dumps(items))
    return folder


def add_images(folder: Path) -> None:
    for item in CARD:
        for name in item["generations"]:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(encode_png(np.zeros((2, 2, 3), np.uint8)))


def task(folder: Path, **options: Any) -> ImageReward:
    return ImageReward(ImageReward.Config(data=folder, **options))


def scored(adapter: ImageReward, rate: Callable[[PromptImages, Any], Any]) -> Scores:
    """Score what ``rate`` makes of each input and its ranks."""
    dataset = adapter.load()
    predictions = [
        Rewards(item.id, np.asarray(rate(item, ranks), float))
        for item, ranks in zip(dataset.inputs, dataset.targets.ranks, strict=True)
    ]
    return adapter.score(predictions, dataset)


def test_the_worked_example_end_to_end(tmp_path: Path) -> None:
    adapter = task(write(tmp_path), shuffle=False)
    dataset = adapter.load()
    assert list(dataset.ids) == ["1", "2"]
    assert dataset.inputs[0].prompt == "a star"
    assert not dataset.mini
    assert dataset.origin.endswith("test.json")
    scores = scored(adapter, lambda item, ranks: SCORES[item.id])
    assert dict(scores.values) == {"pairwise_accuracy": 0.5, "macro_accuracy": 0.3}
    assert scores.details["pairs"] == {"counted": 6, "tied in rank": 1, "tied in score": 2}


def test_shuffled_images_keep_their_ranks(tmp_path: Path) -> None:
    by_name = {
        name: score
        for item in CARD
        for name, score in zip(item["generations"], SCORES[str(item["id"])], strict=True)
    }
    adapter = task(write(tmp_path))
    scores = scored(adapter, lambda item, ranks: [by_name[i.name] for i in item.images])
    assert dict(scores.values) == {"pairwise_accuracy": 0.5, "macro_accuracy": 0.3}


def test_a_prompt_of_ties_counts_nowhere(tmp_path: Path) -> None:
    adapter = task(write(tmp_path, ([1, 1, 1, 1], [2, 1])))
    assert dict(scored(adapter, lambda item, ranks: -ranks).values) == {
        "pairwise_accuracy": 1.0,
        "macro_accuracy": 1.0,
    }
    nothing = scored(task(write(tmp_path, ([3, 3, 3, 3], [1, 1]))), lambda item, ranks: ranks)
    for value in nothing.values.values():
        assert isinstance(value, Absent)
        assert "no pair counts" in value.reason


def test_annotations_without_images_are_read_and_say_so(tmp_path: Path) -> None:
    adapter = task(write(tmp_path))
    assert adapter.files() == [tmp_path / "test.json"]
    image = adapter.load().inputs[0].images[0]
    assert not image.present
    with pytest.raises(Unavailable, match="is not here"):
        image.pixels()


@pytest.mark.parametrize("place", ["test_images", "images", "."])
def test_images_beside_the_annotations_are_found(tmp_path: Path, place: str) -> None:
    add_images(write(tmp_path) / place)
    adapter = task(tmp_path / "test.json")
    assert len(adapter.files()) == 7
    assert all(image.present for item in adapter.load().inputs for image in item.images)
    check_task(ImageReward, data=str(tmp_path))


def test_training_rankings_beside_or_named(tmp_path: Path) -> None:
    adapter = task(write(tmp_path))
    assert len(adapter.train_split().inputs) == 0
    (tmp_path / "train.json").write_text((tmp_path / "test.json").read_text())
    split = adapter.train_split()
    assert [sorted(label.tolist()) for label in split.labels] == [[1, 2, 2, 4], [1, 2]]
    assert tmp_path / "train.json" in adapter.files()
    (tmp_path / "train.json").rename(tmp_path / "rankings.json")
    named = task(tmp_path, train=tmp_path / "rankings.json")
    assert len(named.train_split().inputs) == 2
    assert adapter.files() == [tmp_path / "test.json"]


def test_wrong_paths_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no annotation file called test\.json"):
        task(tmp_path).files()
    with pytest.raises(BadInput, match="no such file or folder"):
        task(tmp_path / "nowhere").files()
    for name in ("test_a.json", "test_b.json"):
        (tmp_path / name).write_text("[]")
    with pytest.raises(BadInput, match=r"test_a\.json, test_b\.json"):
        task(tmp_path).files()
    write(tmp_path)
    with pytest.raises(BadInput, match=r"nowhere\.json: no such file"):
        task(tmp_path, train=tmp_path / "nowhere.json").files()
    with pytest.raises(BadInput, match=r"6 of the 6 images .* first 1/a\.png"):
        task(tmp_path, images=tmp_path / "pictures").files()
    with pytest.raises(BadInput, match="no validation split"):
        task(tmp_path).load("validation")
    with pytest.raises(BadInput, match="no train split"):
        task(tmp_path).load("train")
    add_images(tmp_path / "images")
    (tmp_path / "images" / "2" / "b.png").unlink()
    with pytest.raises(BadInput, match=r"1 of the 6 images .* first 2/b\.png"):
        task(tmp_path).load()


def test_predictions_must_fit_the_prompts(tmp_path: Path) -> None:
    adapter = task(write(tmp_path))
    dataset = adapter.load()
    sound = [Rewards("1", np.zeros(4)), Rewards("2", np.zeros(2))]
    for wrong in (sound[:1], sound[::-1], [sound[0], Rewards("2", np.zeros(3))]):
        with pytest.raises(BadInput):
            adapter.score(wrong, dataset)


def test_the_contract_on_the_embedded_images(few_mini_prompts: None) -> None:
    check_task(ImageReward)
    adapter = ImageReward()
    assert adapter.load().mini
    assert all(image.present for item in adapter.load().inputs for image in item.images)
    assert len(adapter.train_split().inputs) == 14


def test_intervals_resample_prompts(tmp_path: Path) -> None:
    adapter = task(write(tmp_path))
    good = scored(adapter, lambda item, ranks: -ranks).examples
    bad = scored(adapter, lambda item, ranks: ranks).examples
    interval = interval_of(adapter, good, "pairwise_accuracy")
    assert interval is not None
    assert (interval.low, interval.high) == (1, 1)
    compared = compare(adapter, good, bad, "macro_accuracy")
    assert (compared.first, compared.second) == (1, 0)
    for resample in (adapter.resampler, lambda t, m: adapter.paired_resampler(t, t, m)):
        with pytest.raises(UnknownName, match="acuracy"):
            resample(good, "acuracy")


class TestRealRankings:
    """The first 350 prompts of the official file, against what its authors and others count."""

    @pytest.fixture
    def rankings(self, shared_data: Path) -> Path:
        folder = shared_data / "imagereward"
        if not folder.is_dir():
            pytest.skip(f"ImageReward's rankings not present at {folder}")
        return folder

    def test_counts(self, rankings: Path) -> None:
        adapter = task(rankings)
        dataset = adapter.load()
        assert len(dataset.inputs) == 350
        assert sum(map(len, dataset.inputs)) == 1996
        assert max(len(item.prompt) for item in dataset.inputs) <= 927
        found = scored(adapter, lambda item, ranks: -ranks)
        assert found.details["pairs"] == {
            "counted": 4592,
            "tied in rank": 5175 - 4592,
            "tied in score": 0,
        }
        assert dict(found.values) == {"pairwise_accuracy": 1.0, "macro_accuracy": 1.0}

    def test_file_names_tell_nothing(self, rankings: Path) -> None:
        def by_name(item: PromptImages, ranks: Any) -> Any:
            return [int(Path(image.name).name[:8], 16) for image in item.images]

        found = scored(task(rankings), by_name).values["pairwise_accuracy"]
        assert found == pytest.approx(0.488676, abs=5e-7)

    def test_a_constant_is_never_right(self, rankings: Path) -> None:
        found = scored(task(rankings), lambda item, ranks: 0 * ranks)
        assert dict(found.values) == {"pairwise_accuracy": 0.0, "macro_accuracy": 0.0}

    def test_the_listed_order_tells_ranks_unless_shuffled(self, rankings: Path) -> None:
        def first_is_best(item: PromptImages, ranks: Any) -> Any:
            return -np.arange(len(item))

        listed = scored(task(rankings, shuffle=False), first_is_best).values["pairwise_accuracy"]
        ours = scored(task(rankings), first_is_best).values["pairwise_accuracy"]
        assert isinstance(listed, float)
        assert isinstance(ours, float)
        # 2,723 of 4,592 pairs; of all 466 prompts' 6,399 pairs it is 59.0 %.
        assert listed == pytest.approx(0.592988, abs=5e-7)
        assert abs(ours - 0.5) < 0.03
