"""Readers of the official annotation files of ImageReward and HPDv2."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.tasks.detection.jsonfile import Entries, read_json

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RankedImages:
    """A prompt, the images made for it, and how people ranked them.

    Attributes:
        id: Unique in its file.
        prompt: What the images were asked to show.
        names: The images' file names, relative to the folder of images.
        ranks: ``(n,)`` float64, lower is better; equal ranks are ties, and ranks may be skipped.
    """

    id: str
    prompt: str
    names: tuple[str, ...]
    ranks: Floats

    def shuffled(self) -> RankedImages:
        """Return the same with its images in an order that depends on the id alone."""
        order = self.order()
        names = tuple(self.names[k] for k in order)
        return RankedImages(self.id, self.prompt, names, self.ranks[order])

    def order(self) -> NDArray[np.int64]:
        """Return ``(n,)``: which listed image comes at each place of :meth:`shuffled`."""
        digest = hashlib.blake2b(self.id.encode(), digest_size=8).digest()
        return np.random.default_rng(int.from_bytes(digest, "big")).permutation(len(self.names))


Reader = Callable[[Path], list[RankedImages]]


def read_imagereward(path: Path) -> list[RankedImages]:
    """Read ImageReward's ``test.json`` or ``train.json``.

    A list of ``{"id", "prompt", "generations": [names], "ranking": [ranks]}``; rank 1 is best.

    Raises:
        BadInput: The file is missing or broken; file, record and field are named.
    """
    entries = _entries(path)
    ids = _texts(entries, "id", "write the prompt's id")
    seen: dict[str, int] = {}
    for index, name in enumerate(ids):
        if name in seen:
            entries.reject(index, f"repeats the id {name!r} of item {seen[name]}; rename one")
        seen[name] = index
    return _ranked(entries, ids, "generations", "ranking")


def read_hpd_test(path: Path) -> list[RankedImages]:
    """Read HPDv2's ``test.json``.

    A list of ``{"prompt", "image_path": [names], "rank": [ranks]}``; the rank, averaged over the
    annotators, is lower for better images. Prompts are numbered: the file gives them no ids.

    Raises:
        BadInput: The file is missing or broken; file, record and field are named.
    """
    entries = _entries(path)
    return _ranked(entries, _numbers(entries), "image_path", "rank")


def read_hpd_train(path: Path) -> list[RankedImages]:
    """Read HPDv2's ``train.json``.

    A list of ``{"prompt", "file_path": [2 names], "human_preference": [1, 0] or [0, 1]}``, where 1
    marks the image preferred; it gets rank 1 and the other rank 2.

    Raises:
        BadInput: The file is missing or broken; file, record and field are named.
    """
    entries = _entries(path)
    marked = _ranked(entries, _numbers(entries), "file_path", "human_preference")
    for index, item in enumerate(marked):
        if sorted(item.ranks.tolist()) != [0, 1]:
            entries.reject(
                index,
                f"has human_preference = {item.ranks.tolist()}; expected [1, 0] or [0, 1]",
            )
    return [RankedImages(i.id, i.prompt, i.names, 2 - i.ranks) for i in marked]


def _entries(path: Path) -> Entries:
    items = read_json(path)
    if not isinstance(items, list) or not items:
        found = "an empty list" if items == [] else type(items).__name__
        raise BadInput(
            f"{path}: expected a list of ranked prompts, found {found}; is it this file?"
        )
    return Entries(path, "item", items)


def _ranked(
    entries: Entries, ids: Sequence[str], names_key: str, ranks_key: str
) -> list[RankedImages]:
    prompts = _texts(entries, "prompt", "write the prompt")
    all_names = entries.column(names_key, "list the image files")
    all_ranks = entries.column(ranks_key, "give one rank per image")
    read = []
    for index, (names, ranks) in enumerate(zip(all_names, all_ranks, strict=True)):
        if not isinstance(names, list) or len(names) < 2 or not all(map(_is_inside, names)):
            entries.reject(
                index,
                f"has {names_key} = {_show(names)}; expected at least two image files, relative to "
                "the folder of images and inside it",
            )
        if not isinstance(ranks, list) or not all(map(_is_finite, ranks)):
            entries.reject(index, f"has {ranks_key} = {_show(ranks)}; expected finite numbers")
        if len(ranks) != len(names):
            entries.reject(
                index, f"has {len(names)} {names_key} but {len(ranks)} {ranks_key}; give one each"
            )
        read.append(
            RankedImages(ids[index], prompts[index], tuple(names), np.array(ranks, np.float64))
        )
    return read


def _numbers(entries: Entries) -> list[str]:
    return [f"{index:06d}" for index in range(len(entries))]


def _texts(entries: Entries, key: str, remedy: str) -> list[str]:
    values = entries.column(key, remedy)
    for index, value in enumerate(values):
        if not isinstance(value, str):
            entries.reject(index, f"has {key} = {_show(value)}; expected text: {remedy}")
    return values


def _is_inside(name: Any) -> bool:
    """Tell whether ``name`` is a relative path that stays in its folder."""
    if not isinstance(name, str) or not name or "\0" in name:
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _is_finite(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e300


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
