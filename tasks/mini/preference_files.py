"""Writes the mini preference data: images as PNG, rankings in ImageReward's and HPDv2's formats.

The data are made on first use, in some seconds, and kept in the cache, in a folder named for the
sources that make them; nothing is shipped. Test and training prompts are different.

    python -m harness.tasks.mini.preference_files             # make them, say where
    python -m harness.tasks.mini.preference_files --ceiling   # how far annotators agree
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import click
import numpy as np
from numpy.typing import NDArray

from harness.paths import cache_root, write_atomically
from harness.png import encode_png
from harness.tasks.mini import (
    outlines,
    painting,
    preference_annotators,
    preference_scenes,
)
from harness.tasks.mini.preference_annotators import agreement, felt, grades, orders
from harness.tasks.mini.preference_scenes import Content, draw_attempt, draw_prompt, faithfulness

SEED = 2304
Part = Literal["test", "train"]
PROMPTS: dict[Part, int] = {"test": 160, "train": 1000}
IMAGES: dict[Part, tuple[int, int]] = {"test": (4, 7), "train": (4, 4)}
"""Least and greatest number of images of a prompt."""

_CODES: dict[Part, int] = {"test": 0, "train": 1}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A prompt with its images, before and after people saw them.

    Attributes:
        id: The prompt's id.
        asked: What the prompt asks for.
        shown: What each image shows.
        impressions: ``(annotators, n)`` float64, how faithful each annotator feels each image is.
        rng: Source of the images' painting.
    """

    id: str
    asked: Content
    shown: tuple[Content, ...]
    impressions: NDArray[np.float64] = field(repr=False)
    rng: np.random.Generator = field(repr=False)

    def names(self) -> list[str]:
        """Return the images' file names."""
        return [f"{self.id}-{k}.png" for k in range(len(self.shown))]


def sheets(part: Part) -> Iterator[Sheet]:
    """Yield the prompts of ``part``; the same each time."""
    least, greatest = IMAGES[part]
    for index, asked in enumerate(_prompts(part)):
        rng = np.random.default_rng([SEED, 1 + _CODES[part], index])
        count = int(rng.integers(least, greatest + 1))
        shown = tuple(draw_attempt(asked, rng) for _ in range(count))
        worth = np.array([faithfulness(asked, one) for one in shown])
        yield Sheet(f"{part}-{index:04d}", asked, shown, felt(worth, rng), rng)


def ceiling(part: Part = "test") -> dict[str, float]:
    """Return accuracies, by ImageReward's rule, that no method can much exceed.

    ``single annotator`` scores every other annotator's order on the grades of the file;
    ``true faithfulness`` scores what the annotators' impressions were made from.
    """
    agreed, known = np.zeros(2), np.zeros(2)
    for sheet in sheets(part):
        worth = np.array([faithfulness(sheet.asked, one) for one in sheet.shown])
        agreed += agreement(sheet.impressions)
        known += agreement(np.stack([sheet.impressions[0], worth]))
    return {
        "single annotator": float(agreed[0] / agreed[1]),
        "true faithfulness": float(known[0] / known[1]),
    }


def mini_preference_folder() -> Path:
    """Return the folder with ``imagereward``, ``hpsv2`` and ``images``, made if it is not there."""
    modules = (outlines, painting, preference_annotators, preference_scenes)
    sources = [Path(str(module.__file__)) for module in modules] + [Path(__file__)]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    folder = cache_root() / "mini" / f"preference-{digest[:12]}"
    if not (folder / "complete").is_file():
        write_files(folder)
        # Written last: where it lies, everything else does too.
        write_atomically(folder / "complete", b"")
    return folder


def write_files(folder: Path) -> None:
    """Write images and annotation files into ``folder``; concurrent writers do no harm.

    Raises:
        OSError: The folder cannot be written.
    """
    for part in PROMPTS:
        ranked, hpd = [], []
        for sheet in sheets(part):
            for name, shown in zip(sheet.names(), sheet.shown, strict=True):
                pixels = preference_scenes.render(shown, sheet.rng)
                write_atomically(folder / "images" / name, encode_png(pixels), durable=False)
            ranked.append(_imagereward(sheet))
            hpd += [_hpd_ranking(sheet)] if part == "test" else _hpd_choices(sheet)
        for form, records in (("imagereward", ranked), ("hpsv2", hpd)):
            text = json.dumps(records, indent=1) + "\n"
            write_atomically(folder / form / f"{part}.json", text.encode(), durable=False)


def _prompts(part: Part) -> list[Content]:
    """Return the prompts of ``part``, all different, none in the other part."""
    rng = np.random.default_rng([SEED, 0])
    drawn: dict[str, Content] = {}
    while len(drawn) < sum(PROMPTS.values()):
        asked = draw_prompt(rng)
        drawn.setdefault(str(asked), asked)
    every = list(drawn.values())
    return every[: PROMPTS["test"]] if part == "test" else every[PROMPTS["test"] :]


def _imagereward(sheet: Sheet) -> dict[str, Any]:
    """Return a record of ImageReward's files: one annotator's grades."""
    return {
        "id": sheet.id,
        "prompt": str(sheet.asked),
        "generations": sheet.names(),
        "ranking": grades(sheet.impressions[0]).tolist(),
    }


def _hpd_ranking(sheet: Sheet) -> dict[str, Any]:
    """Return a record of HPDv2's test.json: all annotators' ranks and their mean."""
    ranks = orders(sheet.impressions)
    return {
        "prompt": str(sheet.asked),
        "image_path": sheet.names(),
        "rank": ranks.mean(axis=0).tolist(),
        "raw_annotations": [
            {"rank": row, "user_hash": f"annotator-{k}"} for k, row in enumerate(ranks.tolist())
        ],
    }


def _hpd_choices(sheet: Sheet) -> list[dict[str, Any]]:
    """Return records of HPDv2's train.json: one annotator's choices, each image in one of them."""
    names, ranks = sheet.names(), orders(sheet.impressions)[0]
    return [
        {
            "prompt": str(sheet.asked),
            "file_path": [names[i], names[j]],
            "human_preference": [int(ranks[i] < ranks[j]), int(ranks[j] < ranks[i])],
        }
        for i, j in zip(range(0, len(names), 2), range(1, len(names), 2), strict=False)
    ]


@click.command()
@click.option("--ceiling", "show_ceiling", is_flag=True, help="Print how far annotators agree.")
def main(show_ceiling: bool) -> None:
    """Make the mini preference data in the cache."""
    click.echo(f"{mini_preference_folder()}")
    if show_ceiling:
        for name, accuracy in ceiling().items():
            click.echo(f"{name}: {accuracy:.4f}")


if __name__ == "__main__":
    main()
