"""Writes a mini GLUE in the official tab-separated files, from the facts of a small world.

Items come in sets that share their words and differ in label, so that overlap, one of the texts
alone and a bag of words score at chance. A set lies in one split, and so does an act on a category
of things, or an aspect of a kind of film (SST-2). One set of 25 is labelled wrongly throughout, as
annotators disagree; STS-B's annotators err in every rating.

The files are made in a fraction of a second, always the same, and kept in the cache folder.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from harness.paths import cache_root, write_atomically
from harness.tasks.mini import glue_pairs, glue_sentences
from harness.tasks.mini.glue_items import Item, Sets
from harness.tasks.mini.text_facts import Part
from harness.tasks.mini.text_inferences import NOISE

SEED = "mini GLUE 1"
SIZES: dict[str, tuple[Part, int]] = {"train": ("train", 600), "dev": ("val", 400)}
"""File to the part of the world it tells and the number of examples it holds at most."""


class Layout(NamedTuple):
    """How a task's file is written.

    Attributes:
        sets: Draws the examples.
        header: First line; empty where there is none.
        line: Returns a line's cells, from an example's number and the example.
        graded: The gold is a rating, not a class.
    """

    sets: Sets
    header: str
    line: Callable[[int, Item], tuple[object, ...]]
    graded: bool = False


def embedded(task: str) -> Path:
    """Return the folder of the mini GLUE, where the files of ``task`` are, written if need be."""
    root = cache_root() / "mini" / "glue"
    for name in SIZES:
        data = file(task, name)
        path = root / task / f"{name}.tsv"
        # A cache left by another version holds other items.
        if not path.is_file() or path.read_bytes() != data:
            write_atomically(path, data)
    return root


def file(task: str, name: str) -> bytes:
    """Return the official file of ``task`` (``RTE``, ...) called ``name`` (``train`` or ``dev``)."""
    layout = TASKS[task]
    rows = [layout.line(number, item) for number, item in enumerate(examples(task, name))]
    lines = ["\t".join(map(str, row)) for row in rows]
    return ("\n".join([*filter(None, [layout.header]), *lines]) + "\n").encode()


def examples(task: str, name: str) -> list[Item]:
    """Return the examples of a file, shuffled; none occurs twice."""
    part, size = SIZES[name]
    rng = random.Random(f"{SEED} {task} {part}")
    kept: list[list[Item]] = []
    seen: set[tuple[str, ...]] = set()
    for made in TASKS[task].sets(rng, part):
        texts = {item.texts for item in made}
        if sum(map(len, kept)) + len(made) > size:
            break
        if len(texts) == len(made) and not texts & seen:
            seen |= texts
            kept.append(made)
    if not TASKS[task].graded:
        kept[::NOISE] = map(_mislabelled, kept[::NOISE])
    found = [item for made in kept for item in made]
    rng.shuffle(found)
    return found


def _mislabelled(made: list[Item]) -> list[Item]:
    """Return a set with its labels in reverse, so that each stays as frequent."""
    golds = [item.gold for item in reversed(made)]
    return [Item(item.texts, gold) for item, gold in zip(made, golds, strict=True)]


def _entailment(number: int, item: Item) -> tuple[object, ...]:
    return number, *item.texts, "entailment" if item.gold else "not_entailment"


def _mrpc(number: int, item: Item) -> tuple[object, ...]:
    return item.gold, 2 * number, 2 * number + 1, *item.texts


def _cola(number: int, item: Item) -> tuple[object, ...]:
    return "mini", item.gold, "" if item.gold else "*", *item.texts


def _stsb(number: int, item: Item) -> tuple[object, ...]:
    return number, "mini", "facts", "none", number, "none", "none", *item.texts, f"{item.gold:.3f}"


def _sst2(number: int, item: Item) -> tuple[object, ...]:
    return *item.texts, item.gold


TASKS: dict[str, Layout] = {
    "RTE": Layout(glue_pairs.rte, "index\tsentence1\tsentence2\tlabel", _entailment),
    "MRPC": Layout(glue_pairs.mrpc, "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String", _mrpc),
    "CoLA": Layout(glue_sentences.cola, "", _cola),
    "STS-B": Layout(
        glue_pairs.stsb,
        "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore",
        _stsb,
        graded=True,
    ),
    "SST-2": Layout(glue_sentences.sst2, "sentence\tlabel", _sst2),
    "QNLI": Layout(glue_pairs.qnli, "index\tquestion\tsentence\tlabel", _entailment),
}
