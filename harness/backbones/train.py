"""Make a mini backbone again: ``python -m harness.backbones.train NAME``.

The data, their order and the number of steps are fixed, and one thread computes, so the same
machine and packages give the same weights. Minutes are those of one core of a 2-core machine.
"""

from __future__ import annotations

from pathlib import Path

import click

from harness.backbones import Backbone

MINUTES = {
    "mini_clip": 5,
    "mini_decoder": 45,
    "mini_encoder": 5,
    "mini_resnet20": 5,
    "mini_t5": 45,
}
"""Backbone to the minutes its training took."""


@click.command(epilog="Minutes: " + ", ".join(f"{n} {m}" for n, m in MINUTES.items()))
@click.argument("name", type=click.Choice(list(MINUTES)))
@click.option("--out", type=click.Path(path_type=Path), help="Default: the package's folder.")
def main(name: str, out: Path | None) -> None:
    """Train backbone NAME and save it."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    folder = out or Backbone(name, "", "", 0).folder
    if name == "mini_clip":
        from harness.backbones import clip

        clip.make(folder)
    elif name == "mini_resnet20":
        from harness.backbones import resnet

        resnet.make(folder)
    else:
        from harness.backbones import language

        language.make(name, folder)
    click.echo(f"{name}: saved in {folder}")


if __name__ == "__main__":
    main()
