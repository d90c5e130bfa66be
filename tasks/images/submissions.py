"""Reads predicted classes, or scores of classes, of test images that were computed elsewhere.

Three forms, images in the order of the official test file:

- ``.npy``: a ``(n, classes)`` array of logits or other scores, higher is surer. A row with a NaN
  counts as wrong: no class is the greatest there;
- text: one class index a line;
- csv under the header ``id,label``: the image's place, from 0, and its class, by index or name.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.kinds.image_classification import ClassScores
from harness.tasks.images.places import read
from harness.tasks.submissions.answers import Answers, small_index
from harness.tasks.understanding.records import read_lines

_HEADER = "id,label"
_MAGIC = b"\x93NUMPY"
_UNREADABLE = (ValueError, TypeError, EOFError, OSError, MemoryError, SyntaxError, TokenError)
"""What numpy raises for a file that is no array; it parses the header as Python."""
_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True)
class OneClass(ClassScores):
    """A predicted class and no order of the others: all but one score are 0."""


def read_classes(
    path: Path, labels: NDArray[np.int64], names: Sequence[str], ids: Sequence[str], origin: str
) -> list[ClassScores]:
    """Return one prediction per image, in order.

    Args:
        path: The submission.
        labels: ``(n,)`` int64, the right classes: a row of NaN is scored against its own.
        names: The classes.
        ids: The images' ids, ``PART/PLACE``.
        origin: Where the images come from, for messages.

    Raises:
        BadInput: The file is missing, broken or of none of the three forms; a class is unknown; or
            predictions are not one per image.
    """
    content = read(path)
    if content.startswith(_MAGIC) or path.suffix == ".npy":
        return _from_array(path, content, labels, names, origin)
    lines = read_lines(path)
    table = lines[0].replace(" ", "").lower() == _HEADER
    chosen = (
        _from_table(path, lines, names, ids, origin) if table else _from_list(path, lines, names)
    )
    if len(chosen) != len(labels):
        raise BadInput(
            f"{path}: {len(chosen)} predictions for the {len(labels)} images of {origin}; write one "
            "class index a line, in the order of the test file"
        )
    return [OneClass(scores) for scores in np.eye(len(names))[chosen]]


def write_classes(path: Path, predictions: Sequence[ClassScores]) -> None:
    """Write the best class of each prediction, one index a line."""
    path.write_text("".join(f"{int(np.argmax(p.scores))}\n" for p in predictions))


def write_table(path: Path, predictions: Sequence[ClassScores]) -> None:
    """Write the best class of each prediction as csv."""
    rows = (f"{place},{int(np.argmax(p.scores))}\n" for place, p in enumerate(predictions))
    path.write_text("".join([_HEADER + "\n", *rows]))


def write_array(path: Path, predictions: Sequence[ClassScores]) -> None:
    """Write all scores as a ``(n, classes)`` array; ``path`` ends in ``.npy``."""
    np.save(path, np.stack([p.scores for p in predictions]), allow_pickle=False)


def _from_array(
    path: Path, content: bytes, labels: NDArray[np.int64], names: Sequence[str], origin: str
) -> list[ClassScores]:
    try:
        # numpy.load would also open an .npz archive.
        found: Any = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    except _UNREADABLE as error:
        reason = str(error).partition("\n")[0]
        raise BadInput(
            f"{path}: no readable .npy array ({reason}); write it with numpy.save(path, logits)"
        ) from None
    shape, kind = getattr(found, "shape", None), getattr(getattr(found, "dtype", None), "kind", "?")
    if shape != (len(labels), len(names)) or kind not in "fiu":
        raise BadInput(
            f"{path}: an array of shape {shape} and type {getattr(found, 'dtype', '?')}; expected "
            f"({len(labels)}, {len(names)}) numbers for {origin}: a row per image, a column per class"
        )
    scores = np.clip(found.astype(np.float64), -_LARGEST, _LARGEST)
    nothing = np.isnan(scores).any(axis=1)
    # Any finite scores that are wrong: the contract of the kind has no place for NaN.
    scores[nothing] = 0.0
    scores[nothing, labels[nothing]] = -1.0
    return [ClassScores(row) for row in scores]


def _from_list(path: Path, lines: Sequence[str], names: Sequence[str]) -> list[int]:
    return [
        _class(f"{path}, line {number}", line, names, by_name=False)
        for number, line in enumerate(lines, start=1)
    ]


def _from_table(
    path: Path, lines: Sequence[str], names: Sequence[str], ids: Sequence[str], origin: str
) -> list[int]:
    places = [name.rpartition("/")[2] for name in ids]
    answers: Answers[int] = Answers(path, places, origin)
    for number, line in enumerate(lines[1:], start=2):
        where, cells = f"{path}, line {number}", line.split(",")
        if len(cells) != 2:
            raise BadInput(f"{where}: {len(cells)} cells, expected {_HEADER}")
        answers.add(cells[0].strip(), _class(where, cells[1], names, by_name=True), where)
    return answers.in_order("add them: every image needs one, the first being 0")


def _class(where: str, text: str, names: Sequence[str], *, by_name: bool) -> int:
    """Return the index of a class.

    Raises:
        BadInput: ``text`` names none.
    """
    text = text.strip()
    index = small_index(text, len(names))
    if index is not None:
        return index
    if by_name and text in names:
        return names.index(text)
    also = " or a class's name" if by_name else ""
    raise BadInput(
        f"{where}: {text[:40]!r} is no class; expected an index from 0 to {len(names) - 1}{also}"
    )
