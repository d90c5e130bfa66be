"""What the methods reach on the embedded images: chance, shortcuts, a learner, people."""

from __future__ import annotations

import pytest

from harness.kinds.preference import PromptImages
from harness.method import Method, Run
from harness.methods.preference.clip_scorer import CLIPScorer
from harness.methods.preference.image_statistics import STATISTICS, ImageStatistics
from harness.methods.preference.random_preference import RandomPreference
from harness.task import TrainSplit
from harness.tasks.imagereward import ImageReward
from harness.tasks.mini import preference_files
from harness.tasks.mini.preference_files import ceiling

pytest.importorskip("PIL")


def accuracy(method: Method, *, blind: bool = False) -> float:
    """Return a trained method's accuracy, or what is left of it with the prompts taken away."""
    task = ImageReward()
    dataset = task.load()
    items = [PromptImages(i.id, "" if blind else i.prompt, i.images) for i in dataset.inputs]
    value = task.score(list(method.predict(items, Run(seed=0))), dataset).values[
        "pairwise_accuracy"
    ]
    assert isinstance(value, float)
    return value


@pytest.fixture
def only_test_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preference_files, "PROMPTS", {"test": 160, "train": 1})


def test_chance(only_test_prompts: None) -> None:
    assert abs(accuracy(RandomPreference()) - 0.5) < 0.04


def test_no_statistic_of_the_pixels_tells_what_people_prefer(only_test_prompts: None) -> None:
    for statistic in STATISTICS.keys() - {"resolution"}:
        config = ImageStatistics.Config.model_validate({"statistic": statistic})
        assert abs(accuracy(ImageStatistics(config)) - 0.5) < 0.05, statistic
    config = ImageStatistics.Config.model_validate({"statistic": "resolution"})
    assert accuracy(ImageStatistics(config)) == 0  # all of one size: every pair is a tie


@pytest.mark.slow
def test_a_learner_is_above_chance_below_people_and_needs_the_prompt() -> None:
    pytest.importorskip("torch")
    scorer = CLIPScorer()
    split: TrainSplit = ImageReward().train_split()
    scorer.train(split, Run(seed=0))
    assert 0.55 < accuracy(scorer) < ceiling()["single annotator"]
    assert abs(accuracy(scorer, blind=True) - 0.5) < 0.05
