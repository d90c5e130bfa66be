from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.intervals import interval_of
from harness.kinds.preference import Rewards
from harness.statistics import compare
from harness.task import Absent, Scores
from harness.tasks.hpsv2 import HPSv2
from harness.testing import check_task


def write(folder: Path, *ranks: list[float]) -> Path:
    items = [
        {"prompt": f"prompt {n}", "image_path": [f"{n}{k}.jpg" for k in range(len(r))], "rank": r}
        for n, r in enumerate(ranks)
    ]
    (folder / "test.json").write_text(json.dumps(items))
    return folder


def scored(folder: Path, rate: Callable[[Any], Any]) -> tuple[HPSv2, Scores]:
    """Score what ``rate`` makes of each prompt's ranks, images in the listed order."""
    adapter = HPSv2(HPSv2.Config(data=folder, shuffle=False))
    dataset = adapter.load()
    predictions = [
        Rewards(item.id, np.asarray(rate(ranks), float))
        for item, ranks in zip(dataset.inputs, dataset.targets.ranks, strict=True)
    ]
    return adapter, adapter.score(predictions, dataset)


def test_the_worked_example(tmp_path: Path) -> None:
    answers = iter(([0.9, 0.1, 0.5, 0.5], [3, 2, 1], [3, 2, 1]))
    folder = write(tmp_path, [1, 2, 2, 4], [3, 2, 1], [1, 1, 1])
    _, scores = scored(folder, lambda ranks: next(answers))
    assert scores.examples is not None
    found = scores.examples.column("ranking_accuracy").to_pylist()
    assert found == pytest.approx([5 / 6, 0, 1])
    assert scores.values["ranking_accuracy"] == pytest.approx(np.mean(found))
    assert scores.values["pairwise_accuracy"] == 3 / 8


def test_ties_count_oppositely_by_the_two_rules(tmp_path: Path) -> None:
    _, scores = scored(write(tmp_path, [2.0, 2.0, 2.0]), lambda ranks: ranks)
    assert scores.values["ranking_accuracy"] == 1
    assert isinstance(scores.values["pairwise_accuracy"], Absent)


def test_one_figure_is_a_mean_and_the_other_a_ratio(tmp_path: Path) -> None:
    folder = write(tmp_path, [1.2, 1.8, 3.0], [2.0, 1.0], [1.0, 2.0])
    adapter, good = scored(folder, lambda ranks: -ranks)
    _, bad = scored(folder, lambda ranks: ranks)
    assert adapter.resampler(good.examples, "ranking_accuracy") is None
    for metric in ("ranking_accuracy", "pairwise_accuracy"):
        interval = interval_of(adapter, good.examples, metric)
        assert interval is not None
        assert interval.high == 1
        compared = compare(adapter, good.examples, bad.examples, metric)
        assert (compared.first, compared.second) == (1, 0)


def test_images_and_training_choices_are_read_as_published(tmp_path: Path) -> None:
    folder = write(tmp_path, [1.0, 2.0])
    choice = {"prompt": "p", "file_path": ["a.jpg", "b.jpg"], "human_preference": [0, 1]}
    (folder / "train.json").write_text(json.dumps([choice]))
    for part, names in (("test", ["00.jpg", "01.jpg"]), ("train", ["a.jpg", "b.jpg"])):
        (folder / part).mkdir()
        for name in names:
            (folder / part / name).write_bytes(b"")
    adapter = HPSv2(HPSv2.Config(data=folder))
    assert len(adapter.files()) == 6
    split = adapter.train_split()
    assert all(image.present for image in split.inputs[0].images)
    by_name = {i.name: r for i, r in zip(split.inputs[0].images, split.labels[0], strict=True)}
    assert by_name == {"a.jpg": 2, "b.jpg": 1}


def test_the_contract_on_the_embedded_images(few_mini_prompts: None) -> None:
    check_task(HPSv2)
