"""The ladder of adaptation: chance, zero-shot, prompt tuning, full fine-tuning, per mini task.

    harness sweep reports/ladder.yaml
    harness sweep reports/ladder_zero_shot.yaml
    python -m harness.reports.ladder

A step counts where the means of two rungs differ by more than the larger standard deviation over
seeds; zero-shot has no seed, so its step from chance is compared with the sampling error of the
test items instead.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from harness import registry
from harness.paths import store_root
from harness.reports.frame import frame
from harness.store import Store

RUNGS = ("zero_shot", "prompt_tuning", "full_finetuning")
CHANCE = {"superglue/cb": 1 / 3, "superglue/multirc": 1 / 3, "superglue/record": 1 / 4}
"""Where the primary figure of knowing nothing is not one half. MultiRC: of answering always yes."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One method on one task, over seeds.

    Attributes:
        mean: Between 0 and 1.
        spread: Standard deviation over seeds; of the items drawn, for one seed.
        seeds: How many.
    """

    mean: float
    spread: float
    seeds: int

    def __str__(self) -> str:
        """Return it in percent."""
        return f"{100 * self.mean:.1f} ± {100 * self.spread:.1f}"


def climbs(chance: float, rungs: list[Rung]) -> bool:
    """Tell whether each rung is above the one before by more than the larger spread."""
    steps = [Rung(chance, 0.0, 1), *rungs]
    return all(
        after.mean - before.mean > max(before.spread, after.spread)
        for before, after in itertools.pairwise(steps)
    )


@click.command()
@click.option("--store", type=click.Path(path_type=Path), help="Folder of run records.")
def main(store: Path | None) -> None:
    """Print a Markdown table per backbone."""
    data = frame(Store(store_root(store)))
    data = data[(data["status"] == "ok") & data["mini"] & data["method"].isin(RUNGS)]
    for backbone, runs in data.groupby("config.backbone"):
        click.echo(f"\n| {backbone} | chance | {' | '.join(RUNGS)} | each step wider |")
        click.echo("| --- | ---: |" + " ---: |" * len(RUNGS) + " --- |")
        for task, of_task in runs.groupby("task"):
            chance = CHANCE.get(str(task), 1 / 2)
            primary = registry.tasks.load(str(task)).primary().name
            rungs = []
            for method in RUNGS:
                values = of_task[of_task["method"] == method].drop_duplicates("seed")
                found = values[primary].to_numpy(float)
                spread = found.std(ddof=1) if len(found) > 1 else 0.0
                if len(found) == 1:
                    spread = float(np.sqrt(found[0] * (1 - found[0]) / values["examples"].iloc[0]))
                rungs.append(Rung(float(found.mean()), float(spread), len(found)))
            cells = " | ".join(map(str, rungs))
            good = "yes" if climbs(chance, rungs) else "no"
            click.echo(f"| {task} | {100 * chance:.0f} | {cells} | {good} |")


if __name__ == "__main__":
    main()
