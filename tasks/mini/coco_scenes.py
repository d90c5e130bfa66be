"""The embedded mini COCO: crowded rendered scenes in COCO's official annotation format.

A scene is a function of (seed, split, index). Objects are painted from the back to the front;
what an annotator could still see of each becomes its mask, and, as in COCO, ``bbox``, ``area`` and
polygons all describe that visible part. Train scenes are made on the fly and never shipped.

    python -m harness.tasks.mini.coco_scenes --out DIR           # the two instance files
    python -m harness.tasks.mini.coco_scenes --preview out.png   # look at some scenes
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput, Unavailable
from harness.task import Split
from harness.tasks.mini import coco_files
from harness.tasks.mini.coco_canvas import CATEGORY_IDS, DIALS, HEIGHT, WIDTH, Canvas, Dials
from harness.tasks.mini.outlines import SUBPIXELS, Mask, bounds
from harness.tasks.mini.painting import photographed

SEED = 1704
SIZES: dict[Split, int] = {"train": 5000, "validation": 150, "test": 300}
SHIPPED: tuple[Split, ...] = ("validation", "test")

_SPLIT_CODES: dict[Split, int] = {"train": 1, "validation": 2, "test": 3}


@dataclass(frozen=True, slots=True)
class Scene:
    """One rendered scene.

    Attributes:
        image_id: The image's id, unique over all splits.
        file_name: Name under which the image would be stored.
        pixels: ``(144, 192, 3)`` uint8, red, green, blue.
        owner: ``(288, 384)`` int16 on the sub-pixel grid: 0, or 1 + the number of the object seen.
        labels: Category id of each object, from the back to the front.
        crowd: For each object whether it is a crowd region.
    """

    image_id: int
    file_name: str
    pixels: NDArray[np.uint8] = field(repr=False)
    owner: NDArray[np.int16] = field(repr=False)
    labels: tuple[int, ...]
    crowd: tuple[bool, ...]

    def mask(self, number: int) -> Mask:
        """Return where on the sub-pixel grid object ``number`` is seen."""
        return np.equal(self.owner, number + 1)

    def boxes(self) -> NDArray[np.float64]:
        """Return ``(n, 4)`` tight boxes of what is seen, ``x1, y1, x2, y2`` in pixels."""
        corners = [bounds(self.mask(k)) for k in range(len(self.labels))]
        return np.array(corners, np.float64).reshape(-1, 4) / SUBPIXELS


def mini_coco_folder() -> Path:
    """Return the folder with the shipped instance and candidate files."""
    return Path(__file__).resolve().parent / "data" / "coco"


def scene(split: Split, index: int, *, seed: int = SEED, dials: Dials = DIALS) -> Scene:
    """Render scene ``index`` of ``split``; the same arguments give the same scene.

    Raises:
        BadInput: ``index`` is negative.
    """
    if index < 0:
        raise BadInput(f"scene index {index}: expected a number from 0 on")
    code = _SPLIT_CODES[split]
    canvas = Canvas(np.random.default_rng([seed, code, index]), dials)
    canvas.compose()
    return Scene(
        image_id=code * 100_000 + 7 * index + 3,
        file_name=f"mini_{split}_{index:06d}.png",
        pixels=photographed(canvas.picture, canvas.rng),
        owner=canvas.owner,
        labels=tuple(canvas.labels),
        crowd=tuple(canvas.crowd),
    )


def scenes(split: Split, count: int | None = None) -> Iterator[Scene]:
    """Yield the first ``count`` scenes of ``split`` (all of them by default)."""
    for index in range(SIZES[split] if count is None else count):
        yield scene(split, index)


def instances(split: Split) -> coco_files.Record:
    """Return the content of the official instance file of ``split``."""
    return coco_files.instance_file(
        scenes(split), CATEGORY_IDS, f"harness mini COCO, {split} split: rendered scenes"
    )


def instances_name(split: Split) -> str:
    """Return the file name of a split's annotations."""
    return f"instances_mini_{split}.json.gz"


def _contact_sheet(chosen: Iterable[Scene], path: Path, columns: int = 4, zoom: int = 2) -> None:
    """Draw scenes with their boxes, those of crowd regions in red, as one picture."""
    try:
        from PIL import Image, ImageDraw
    except ImportError:
        raise Unavailable("drawing scenes needs pillow: pip install 'harness[vision]'") from None
    pictures = []
    names = {number: name for name, number in CATEGORY_IDS.items()}
    for one in chosen:
        picture = Image.fromarray(one.pixels).resize((WIDTH * zoom, HEIGHT * zoom))
        draw = ImageDraw.Draw(picture)
        for box, label, crowd in zip(one.boxes() * zoom, one.labels, one.crowd, strict=True):
            colour = "red" if crowd else "yellow"
            draw.rectangle([tuple(box[:2]), tuple(box[2:])], outline=colour)
            draw.text((box[0] + 2, box[1]), names[label], fill=colour)
        pictures.append(picture)
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * WIDTH * zoom, rows * HEIGHT * zoom))
    for k, picture in enumerate(pictures):
        sheet.paste(picture, (k % columns * WIDTH * zoom, k // columns * HEIGHT * zoom))
    sheet.save(path)


@click.command()
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the instance files.")
@click.option("--preview", type=click.Path(path_type=Path), help="Draw train scenes to this PNG.")
def main(out: Path | None, preview: Path | None) -> None:
    """Regenerate the mini COCO's annotation files, or draw some training scenes."""
    if out is None and preview is None:
        raise click.UsageError("nothing to do: give --out DIR, --preview FILE.png or both")
    if preview is not None:
        _contact_sheet(scenes("train", 16), preview)
        click.echo(f"wrote {preview}")
    if out is not None:
        for split in SHIPPED:
            path = coco_files.write(instances(split), out / instances_name(split))
            click.echo(f"wrote {path}")


if __name__ == "__main__":
    main()
