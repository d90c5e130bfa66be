"""Make a mini backbone again: ``python -m harness.backbones.train NAME``.

The data, their order and the number of steps are fixed, and one thread computes, so the same
machine and packages give the same weights. Minutes are those of one core of a 2-core machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from harness.backbones import Backbone


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long a backbone is trained.

    Attributes:
        steps: Batches in all.
        minutes: What that took.
    """

    steps: int
    minutes: int


RECIPES = {
    "mini_clip": Recipe(1_500, 12),
    "mini_decoder": Recipe(20_000, 50),
    "mini_encoder": Recipe(8_000, 15),
    "mini_resnet20": Recipe(2_500, 8),
    "mini_t5": Recipe(22_000, 50),
}


@click.command(epilog="Minutes: " + ", ".join(f"{n} {r.minutes}" for n, r in RECIPES.items()))
@click.argument("name", type=click.Choice(list(RECIPES)))
@click.option("--steps", type=click.IntRange(min=1), help="Default: the shipped model's.")
@click.option("--out", type=click.Path(path_type=Path), help="Default: the package's folder.")
def main(name: str, steps: int | None, out: Path | None) -> None:
    """Train backbone NAME and save it."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    steps = steps or RECIPES[name].steps
    folder = out or Backbone(name, "", "", 0).folder
    if name == "mini_clip":
        from harness.backbones import clip

        clip.make(steps, folder)
    elif name == "mini_resnet20":
        from harness.backbones import resnet

        resnet.make(steps, folder)
    else:
        from harness.backbones import language

        language.make(name, steps, folder)
    click.echo(f"{name}: {steps} steps, saved in {folder}")


if __name__ == "__main__":
    main()
