"""Reads scores of images that were computed elsewhere.

Three forms, told apart by their content; images are in the order the annotation file lists them:

- what ImageReward's ``test.py`` writes (``test_MODEL.json``): a JSON list of ``{"id", "rewards"}``,
  one score per image, higher is better (HPDv2's prompts have no ids; ours are their places);
- a JSON list with one list per prompt, in the file's order: scores, higher is better. HPSv2's
  ``evaluate.py`` writes positions in this form (``logs/hps_rank.json``): for HPDv2 a file in which
  every list is a permutation of the whole numbers from 0 holds positions, 0 being the best;
- csv under the header ``id,image,score``: a prompt's id, an image as the annotation file names it, a
  score.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import BadInput
from harness.kinds.preference import Rewards
from harness.tasks.detection.jsonfile import Entries, read_json
from harness.tasks.preference.annotations import Floats, RankedImages
from harness.tasks.submissions.answers import Answers
from harness.tasks.understanding.records import read_lines

_HEADER = ["id", "image", "score"]


def read_scores(
    path: Path, items: Sequence[RankedImages], origin: str, *, positions: bool
) -> list[Rewards]:
    """Return each prompt's scores, images in the order of the annotation file.

    Args:
        path: The submission.
        items: The prompts as that file lists them.
        origin: Where they come from, for messages.
        positions: Whether permutations of whole numbers are positions, as HPSv2 writes them.

    Raises:
        BadInput: The file is missing or broken, a score is no finite number, or prompts or images
            are unknown, there twice or missing.
    """
    if not read_lines(path)[0].lstrip().startswith(("[", "{")):
        return _from_table(path, items, origin)
    data = read_json(path)
    if not isinstance(data, list):
        raise BadInput(
            f"{path}: a JSON {type(data).__name__}, expected a list with one entry per prompt"
        )
    if data and isinstance(data[0], dict):
        return _from_objects(path, data, items, origin)
    return _from_lists(path, data, items, origin, positions=positions)


def write_rewards(path: Path, items: Sequence[RankedImages], rewards: Sequence[Rewards]) -> None:
    """Write scores, images in the order of ``items``, as ImageReward's ``test.py`` does."""
    entries = [
        {"id": item.id, "prompt": item.prompt, "rewards": out.scores.tolist()}
        for item, out in zip(items, rewards, strict=True)
    ]
    path.write_text(json.dumps(entries, ensure_ascii=False, allow_nan=False))


def write_table(path: Path, items: Sequence[RankedImages], rewards: Sequence[Rewards]) -> None:
    """Write scores, images in the order of ``items``, as csv."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for item, out in zip(items, rewards, strict=True):
        pairs = zip(item.names, out.scores.tolist(), strict=True)
        writer.writerows([item.id, name, repr(score)] for name, score in pairs)
    path.write_text(text.getvalue())


def _from_objects(
    path: Path, data: list[Any], items: Sequence[RankedImages], origin: str
) -> list[Rewards]:
    entries = Entries(path, "item", data)
    known = {item.id: item for item in items}
    answers: Answers[Floats] = Answers(path, list(known), origin)
    names = entries.column("id", "write the prompt's id")
    scores = entries.column("rewards", "write one score per image there")
    for index, (name, found) in enumerate(zip(names, scores, strict=True)):
        where = f"{path}, item[{index}]"
        answers.check_known(str(name), where)
        answers.add(str(name), _scores(where, found, known[str(name)]), where)
    return _rewards(answers)


def _from_lists(
    path: Path, data: list[Any], items: Sequence[RankedImages], origin: str, *, positions: bool
) -> list[Rewards]:
    if len(data) != len(items):
        raise BadInput(
            f"{path}: {len(data)} lists for the {len(items)} prompts of {origin}; write one list "
            "of scores per prompt, in that file's order"
        )
    answers: Answers[Floats] = Answers(path, [item.id for item in items], origin)
    for index, (found, item) in enumerate(zip(data, items, strict=True)):
        where = f"{path}, item[{index}]"
        answers.add(item.id, _scores(where, found, item), where)
    if positions and all(_is_permutation(found) for found in data):
        return [Rewards(out.id, -out.scores) for out in _rewards(answers)]
    return _rewards(answers)


def _from_table(path: Path, items: Sequence[RankedImages], origin: str) -> list[Rewards]:
    for item in items:
        if len(set(item.names)) < len(item.names):
            raise BadInput(
                f"{path}: prompt {item.id} of {origin} lists an image twice, which a csv cannot "
                "tell apart; submit a JSON list of lists"
            )
    ids = [_pair(item.id, name) for item in items for name in item.names]
    answers: Answers[float] = Answers(path, ids, origin, "score")
    for where, (name, image, text) in _rows(path):
        answers.add(_pair(name, image), _number(where, text), where)
    scores = np.array(answers.in_order(), np.float64)
    ends = np.cumsum([len(item.names) for item in items])
    parts = np.split(scores, ends[:-1])
    return [Rewards(item.id, part) for item, part in zip(items, parts, strict=True)]


def _rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield where a row of a csv is, and its three cells."""
    rows = csv.reader(line + "\n" for line in read_lines(path))
    try:
        header = next(rows, [])
        if header != _HEADER:
            raise BadInput(
                f"{path}, line 1: {','.join(header)[:60]!r}; expected a JSON list, or csv under the "
                f"header {','.join(_HEADER)}"
            )
        for cells in rows:
            where = f"{path}, line {rows.line_num}"
            if len(cells) != len(_HEADER):
                raise BadInput(f"{where}: {len(cells)} cells, expected {','.join(_HEADER)}")
            yield where, cells
    except csv.Error as error:
        raise BadInput(f"{path}, line {rows.line_num}: not valid csv: {error}") from None


def _pair(prompt: str, image: str) -> str:
    return f"prompt {prompt}, image {image}"


def _number(where: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise BadInput(f"{where}: the score is {text!r}, expected a finite number")
    return value


def _scores(where: str, found: Any, item: RankedImages) -> Floats:
    """Return ``(n,)`` float64 scores of the images of ``item``.

    Raises:
        BadInput: They are not one finite number per image.
    """
    if not isinstance(found, list) or len(found) != len(item.names):
        shown = f"{len(found)} scores" if isinstance(found, list) else type(found).__name__
        raise BadInput(
            f"{where}: {shown} for the {len(item.names)} images of prompt {item.id}; give one each"
        )
    for score in found:
        if type(score) not in (int, float) or not abs(score) < 1e300:
            raise BadInput(
                f"{where}: prompt {item.id} has the score {json.dumps(score)[:40]}, expected a "
                "finite number"
            )
    return np.array(found, np.float64)


def _is_permutation(found: list[Any]) -> bool:
    return all(type(value) is int for value in found) and sorted(found) == list(range(len(found)))


def _rewards(answers: Answers[Floats]) -> list[Rewards]:
    scores = answers.in_order("add them: every prompt needs its images' scores")
    return [Rewards(name, out) for name, out in zip(answers.ids, scores, strict=True)]
