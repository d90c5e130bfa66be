from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import BadInput
from harness.tasks.preference.annotations import (
    RankedImages,
    Reader,
    read_hpd_test,
    read_hpd_train,
    read_imagereward,
)

ITEM = {"id": "7-1", "prompt": "a bird", "generations": ["x/a.webp", "x/b.webp"], "ranking": [2, 1]}
RANKED = {"prompt": "a bird", "image_path": ["a.jpg", "b.jpg"], "rank": [1.4, 1.6]}
CHOICE = {"prompt": "a bird", "file_path": ["a.jpg", "b.jpg"], "human_preference": [0, 1]}


def read(reader: Reader, folder: Path, content: Any) -> list[RankedImages]:
    path = folder / "test.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return reader(path)


def test_the_official_formats_are_read(tmp_path: Path) -> None:
    (one,) = read(read_imagereward, tmp_path, [ITEM])
    assert (one.id, one.prompt, one.names) == ("7-1", "a bird", ("x/a.webp", "x/b.webp"))
    assert one.ranks.tolist() == [2, 1]
    (ranked,) = read(read_hpd_test, tmp_path, [{**RANKED, "raw_annotations": []}])
    assert (ranked.id, ranked.ranks.tolist()) == ("000000", [1.4, 1.6])
    (choice,) = read(read_hpd_train, tmp_path, [CHOICE])
    assert choice.ranks.tolist() == [2, 1]  # 1 marks the preferred one: the lower rank


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[", "not valid JSON"),
        ([], "found an empty list"),
        ({}, "found dict"),
        ([3], r"item\[0\] is 3"),
        ([{**ITEM, "id": 3}], r"item\[0\] has id = 3"),
        ([ITEM, ITEM], r"item\[1\] repeats the id '7-1' of item 0"),
        ([{**ITEM, "prompt": None}], "has prompt = None"),
        ([{"id": "1", "prompt": "", "ranking": []}], "has no 'generations'"),
        ([{**ITEM, "generations": ["a"], "ranking": [1]}], "at least two image files"),
        ([{**ITEM, "generations": ["a", "../b"]}], "inside it"),
        ([{**ITEM, "generations": ["a", "/etc/passwd"]}], "inside it"),
        ([{**ITEM, "ranking": [1, 2, 3]}], "2 generations but 3 ranking"),
        ([{**ITEM, "ranking": [1, "2"]}], "expected finite numbers"),
        ([{**ITEM, "ranking": [1, True]}], "expected finite numbers"),
        ('[{"id":"1","prompt":"","generations":["a","b"],"ranking":[1,NaN]}]', "finite numbers"),
        ([{**ITEM, "ranking": 1}], "expected finite numbers"),
    ],
)
def test_a_broken_file_is_told_in_one_line(tmp_path: Path, content: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said) as raised:
        read(read_imagereward, tmp_path, content)
    assert "test.json" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_choice_must_name_one_image(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"item\[1\] has human_preference = \[1.0, 1.0\]"):
        read(read_hpd_train, tmp_path, [CHOICE, {**CHOICE, "human_preference": [1, 1]}])


def test_shuffling_moves_names_and_ranks_together() -> None:
    names = tuple("abcdefgh")
    item = RankedImages("7", "", names, np.arange(8.0))
    mixed = item.shuffled()
    assert mixed.names != names
    assert sorted(mixed.names) == list(names)
    assert [names[int(rank)] for rank in mixed.ranks] == list(mixed.names)
    assert mixed.names == item.shuffled().names
    assert RankedImages("8", "", names, np.arange(8.0)).shuffled().names != mixed.names
