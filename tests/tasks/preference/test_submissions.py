"""Scores of images computed elsewhere: three forms, the order of the images, every defect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import api
from harness.errors import BadInput
from harness.kinds.preference import Rewards
from harness.store import Store
from harness.tasks.hpsv2 import HPSv2
from harness.tasks.imagereward import ImageReward
from harness.tasks.preference.annotations import RankedImages, read_imagereward
from harness.tasks.preference.submissions import read_scores, write_rewards, write_table

ITEMS = [
    RankedImages("p1", 'a "red", bird', ("a.webp", "b,c.webp", "d.webp"), np.array([1.0, 2, 2])),
    RankedImages("p2", "snow", ("a.webp", "e.webp"), np.array([2.0, 1])),
]
IMAGEREWARD = "harness.tasks.imagereward:ImageReward"
HPSV2 = "harness.tasks.hpsv2:HPSv2"


def dump(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value))
    return path


@pytest.fixture
def hpd(tmp_path: Path) -> Path:
    """Two prompts of three images in HPDv2's form."""
    names = [["a.jpg", "b.jpg", "c.jpg"], ["d.jpg", "e.jpg", "f.jpg"]]
    items = [{"prompt": "p", "image_path": n, "rank": [1.0, 2.0, 3.0]} for n in names]
    (tmp_path / "hpd").mkdir()
    dump(tmp_path / "hpd" / "test.json", items)
    return tmp_path / "hpd"


@settings(deadline=None)
@given(values=st.lists(st.floats(-1e200, 1e200), min_size=5, max_size=5))
@pytest.mark.parametrize("write", [write_rewards, write_table])
def test_written_and_read_again(
    write: Any, values: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "scores"
    given_ = [Rewards("p1", np.array(values[:3])), Rewards("p2", np.array(values[3:]))]
    write(path, ITEMS, given_)
    found = read_scores(path, ITEMS, "test.json", positions=False)
    assert [(r.id, r.scores.tolist()) for r in found] == [(r.id, r.scores.tolist()) for r in given_]


@pytest.mark.parametrize("shuffle", [True, False])
def test_the_listed_order_on_the_real_file(
    shuffle: bool, shared_data: Path, tmp_path: Path
) -> None:
    """Scored as listed, whatever order methods see: the official rule, recounted here."""
    file = shared_data / "imagereward" / "test_first350.json"
    items = read_imagereward(file)
    earlier_first = [list(range(len(item.names), 0, -1)) for item in items]
    path = dump(tmp_path / "order.json", earlier_first)
    record = api.score(IMAGEREWARD, path, task_config={"data": file, "shuffle": shuffle})
    strict = [
        item.ranks[i] < item.ranks[j]
        for item in items
        for i in range(len(item.names))
        for j in range(i + 1, len(item.names))
        if item.ranks[i] != item.ranks[j]
    ]
    assert len(strict) == 4592
    assert record.scores[0].value == pytest.approx(np.mean(strict))
    assert record.scores[0].interval is not None


def test_hpsv2_writes_positions(hpd: Path, tmp_path: Path) -> None:
    def first(name: str, value: Any) -> Any:
        return api.score(HPSV2, dump(tmp_path / name, value), task_config={"data": hpd}).scores[0]

    assert first("hps_rank.json", [[0, 1, 2], [0, 1, 2]]).value == 1
    assert first("scores.json", [[0.0, 1.0, 2.0], [0, 1, 2]]).value == 0
    assert first("ids.json", [{"id": f"00000{i}", "rewards": [3, 2, 1]} for i in (1, 0)]).value == 1


def test_images_need_not_be_here(hpd: Path) -> None:
    """A folder with some of the images stops methods, not a submission."""
    (hpd / "a.jpg").write_bytes(b"")
    task = HPSv2(HPSv2.Config(data=hpd))
    assert [path.name for path in task.target_files()] == ["test.json"]
    assert len(task.load_targets().inputs) == 2
    with pytest.raises(BadInput, match="are missing"):
        task.load()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[1, 2, 3]]", "1 lists for the 2 prompts of test.json"),
        ("[[1, 2, 3], [1]]", r"item\[1\]: 1 scores for the 2 images of prompt p2"),
        ("[[1, 2, NaN], [1, 2]]", r"item\[0\]: prompt p1 has the score NaN, expected a finite"),
        ('[[1, 2, "x"], [1, 2]]', r"item\[0\]: prompt p1 has the score \"x\""),
        ("[1, 2]", r"item\[0\]: int for the 3 images"),
        ("{}", "a JSON dict, expected a list"),
        ('[{"id": "p1"}]', r"item\[0\] has no 'rewards'; write one score per image"),
        ('[{"id": "p9", "rewards": [1]}]', r"item\[0\]: no example 'p9' in test.json"),
        ('[{"id": "p2", "rewards": [1, 2]}]', "1 of 2 predictions missing, first that for p1"),
        ('[{"id": "p2", "rewards": [1, 2]}, {"id": "p2", "rewards": [1, 2]}]', "a second pred"),
        ("[[1, 2", "not valid JSON at line 1"),
        ("[[1" + "0" * 5000 + "]]", "a number of too many digits"),
        ("[" * 100_000, "nested too deeply"),
        ("a,b\n", "line 1: 'a,b'; expected a JSON list, or csv under the header id,image,score"),
        ("id,image,score\np1,a.webp\n", "line 2: 2 cells, expected id,image,score"),
        ("id,image,score\np1,z.webp,1\n", "line 2: no example 'prompt p1, image z.webp'"),
        ("id,image,score\np1,a.webp,nan\n", "line 2: the score is 'nan', expected a finite"),
        (
            "id,image,score\np1,a.webp,1\n",
            "4 of 5 scores missing, first that for prompt p1, image b",
        ),
    ],
)
def test_a_wrong_file_is_named(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "theirs"
    path.write_text(text)
    with pytest.raises(BadInput, match=said) as caught:
        read_scores(path, ITEMS, "test.json", positions=False)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_what_does_not_fit_leaves_no_record(hpd: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="1 lists for the 2 prompts"):
        api.score(HPSV2, dump(tmp_path / "a.json", [[1, 2, 3]]), task_config={"data": hpd})
    assert list(Store().records()) == []


def test_both_tasks_read_the_csv_of_every_image(hpd: Path, tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    rows = [
        f"00000{p},{name},{-ord(name[0])}"
        for p, part in enumerate(("abc", "def"))
        for name in (f"{letter}.jpg" for letter in part)
    ]
    path.write_text("\n".join(["id,image,score", *rows[::-1]]) + "\n")
    assert api.score(HPSV2, path, task_config={"data": hpd}).scores[0].value == 1
    assert ImageReward.submission_format
