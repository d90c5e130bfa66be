"""The mini preference data: what is asked, shown, painted, felt and written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from harness.kinds.preference import LazyImage
from harness.tasks.mini import preference_files
from harness.tasks.mini.preference_annotators import NOISE, agreement, felt, grades, orders
from harness.tasks.mini.preference_files import IMAGES, ceiling, mini_preference_folder, sheets
from harness.tasks.mini.preference_scenes import (
    PENALTIES,
    SIZE,
    Content,
    Group,
    draw_attempt,
    draw_prompt,
    faithfulness,
    render,
)
from harness.tasks.preference.annotations import read_hpd_test, read_imagereward

ASKED = Content((Group(2, "red", "star"), Group(1, "blue", "coin")), "left of")


def test_prompts_are_words() -> None:
    assert str(ASKED) == "two red stars left of a blue coin"
    assert str(Content((Group(3, "green", "heart"),))) == "three green hearts"


def test_faithfulness_counts_each_mistake() -> None:
    assert faithfulness(ASKED, ASKED) == 0
    flipped = Content(ASKED.groups, "right of")
    assert faithfulness(ASKED, flipped) == -PENALTIES["relation"]
    shown = Content((Group(3, "blue", "star"), Group(1, "red", "heart")), "left of")
    expected = PENALTIES["number"] + 2 * PENALTIES["colour"] + PENALTIES["kind"]
    assert faithfulness(ASKED, shown) == pytest.approx(-expected)


def test_attempts_keep_their_form() -> None:
    rng = np.random.default_rng(0)
    worths = []
    for _ in range(300):
        asked = draw_prompt(rng)
        shown = draw_attempt(asked, rng)
        assert len(shown.groups) == len(asked.groups)
        assert bool(shown.relation) == (len(shown.groups) == 2)
        worths.append(faithfulness(asked, shown))
    assert 0.2 < np.mean(np.array(worths) == 0) < 0.45
    assert min(worths) < -2.5


def test_a_group_lies_where_the_relation_says() -> None:
    for relation, axis, sign in (("left of", 1, 1), ("right of", 1, -1), ("above", 0, 1)):
        content = Content((Group(3, "red", "coin"), Group(2, "blue", "coin")), relation)
        found = []
        for seed in range(6):
            pixels = render(content, np.random.default_rng(seed)).astype(float)
            red = np.argwhere((pixels[..., 0] > 120) & (pixels[..., 1:].max(axis=2) < 90))
            blue = np.argwhere((pixels[..., 2] > 120) & (pixels[..., :2].max(axis=2) < 100))
            if len(red) > 12 and len(blue) > 12:
                found.append(sign * (blue[:, axis].mean() - red[:, axis].mean()))
        assert found
        assert np.median(found) > SIZE / 5


def test_annotators_follow_bradley_and_terry() -> None:
    impressions = felt(np.array([0.0, -1.0]), np.random.default_rng(0), annotators=40_000)
    share = float((impressions[:, 0] > impressions[:, 1]).mean())
    assert share == pytest.approx(1 / (1 + np.exp(-1 / NOISE)), abs=0.01)
    assert float(impressions[:, 0].mean()) == pytest.approx(0, abs=0.02)


def test_grades_tie_and_orders_do_not() -> None:
    assert grades(np.array([0.5, -0.5, -0.6, -2.0, -9.0])).tolist() == [1, 2, 2, 4, 5]
    assert orders(np.array([[0.1, 0.5, -1.0]])).tolist() == [[2, 1, 3]]
    same = np.array([[0.0, -9.0, -9.5], [1.0, 0.0, 0.0]])
    assert agreement(same) == (2, 2)
    assert agreement(np.array([[0.0, -9.0], [1.0, 1.0]])) == (0.5, 1)


def test_prompts_of_test_and_training_differ() -> None:
    test, train = ([str(s.asked) for s in sheets(part)] for part in ("test", "train"))
    assert len(set(test)) == len(test)
    assert len(set(train)) == len(train)
    assert not set(test) & set(train)


def test_annotators_agree_far_more_than_chance_and_less_than_always() -> None:
    found = ceiling()
    assert 0.75 < found["single annotator"] < found["true faithfulness"] < 0.9


def test_files_are_the_same_each_time(few_mini_prompts: None, tmp_path: Path) -> None:
    first = mini_preference_folder()
    preference_files.write_files(tmp_path / "again")
    written = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file())
    assert Path("complete") in written
    for path in written:
        if path.name != "complete":
            assert (first / path).read_bytes() == (tmp_path / "again" / path).read_bytes()
    before = (first / "complete").stat().st_mtime_ns
    assert mini_preference_folder() == first
    assert (first / "complete").stat().st_mtime_ns == before


def test_the_two_formats_tell_of_the_same_images(few_mini_prompts: None) -> None:
    folder = mini_preference_folder()
    ranked = read_imagereward(folder / "imagereward" / "test.json")
    averaged = read_hpd_test(folder / "hpsv2" / "test.json")
    least, greatest = IMAGES["test"]
    for one, other in zip(ranked, averaged, strict=True):
        assert (one.prompt, one.names) == (other.prompt, other.names)
        assert least <= len(one.names) <= greatest
        assert set(one.ranks) <= {1, 2, 3, 4, 5}
    for item in json.loads((folder / "hpsv2" / "test.json").read_text()):
        votes = [vote["rank"] for vote in item["raw_annotations"]]
        assert item["rank"] == pytest.approx(np.mean(votes, axis=0))


def test_images_are_painted_as_drawn(few_mini_prompts: None) -> None:
    pytest.importorskip("PIL")
    sheet = next(iter(sheets("test")))
    expected = render(sheet.shown[0], sheet.rng)
    found = LazyImage("", mini_preference_folder() / "images" / sheet.names()[0]).pixels()
    np.testing.assert_array_equal(found, expected)
    assert found.shape == (SIZE, SIZE, 3)
