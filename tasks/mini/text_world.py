"""Writes a mini SuperGLUE in the official format, from the facts of a small world.

Items come in sets that share their words and differ in label: the same sentences with the people
exchanged (BoolQ, CB, MultiRC, ReCoRD, RTE), all four pairings of two premises and the order of two
choices (COPA), of two senses (WiC), of two sentences and two reasons (WSC). No statistic of words,
of overlap or of the question alone can tell the labels apart, so chance is what it scores. A set
lies in one split, and an act on a category of things occurs in one split only. One set in 25 is
labelled wrongly throughout, so the ceiling is 96.

The files are made in a fraction of a second, always the same, and kept in the cache folder.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from harness.paths import cache_root, write_atomically
from harness.tasks.mini.text_facts import Part
from harness.tasks.mini.text_inferences import NOISE, SEED, Record, boolq, cb, multirc, record, rte
from harness.tasks.mini.text_pairings import copa, wic, wsc


def embedded(*names: str) -> Path:
    """Return the folder of the mini SuperGLUE, its files written to the cache if need be.

    Args:
        names: Tasks whose files are wanted, keys of :data:`TASKS`; all of them if none is named.
    """
    root = cache_root() / "mini" / "superglue"
    for name in names or TASKS:
        for part in ("train", "val"):
            lines = [json.dumps(record, ensure_ascii=False) for record in TASKS[name](part)]
            data = ("\n".join(lines) + "\n").encode()
            path = root / name / f"{part}.jsonl"
            # A cache left by another version holds other items.
            if not path.is_file() or path.read_bytes() != data:
                write_atomically(path, data)
    return root


def _numbered(
    name: str, sets: Callable[[random.Random, Part], Iterator[Record]], size: int
) -> Callable[[Part], list[Record]]:
    """Return a function that draws a split of sets of ``size``, shuffles and numbers its records."""

    def make(part: Part) -> list[Record]:
        rng = random.Random(f"{SEED} {name} {part}")
        records = list(sets(rng, part))
        for start in range(0, len(records), size * NOISE):
            _mislabel(records[start : start + size])
        rng.shuffle(records)
        return [{**record, "idx": number} for number, record in enumerate(records)]

    return make


def _mislabel(records: list[Record]) -> None:
    """Give each record of a set the label that comes after its own, so that all stay as frequent."""
    labels = sorted({made["label"] for made in records})
    for made in records:
        made["label"] = labels[(labels.index(made["label"]) + 1) % len(labels)]


TASKS: dict[str, Callable[[Part], list[Record]]] = {
    "BoolQ": _numbered("BoolQ", boolq, 2),
    "CB": _numbered("CB", cb, 3),
    "COPA": _numbered("COPA", copa, 4),
    "MultiRC": multirc,
    "ReCoRD": record,
    "RTE": _numbered("RTE", rte, 2),
    "WSC": _numbered("WSC", wsc, 8),
    "WiC": _numbered("WiC", wic, 4),
}
