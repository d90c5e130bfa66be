"""Writes the mini ALFWorld: solvable games of all six types in the official files, in one ZIP.

    python -m harness.tasks.mini.alfworld_files --out tasks/mini/data/alfworld/games.zip

Every game is solved by Fast Downward and its plan is played in the engine before it is written; the
plan stands in the game's file as ``walkthrough``, as in the official releases. The output is a
function of the seed and of the alfworld package's domain, grammar and tables.
"""

from __future__ import annotations

import argparse
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

from harness.paths import write_atomically
from harness.tasks.household.engine import Engine, require_packages
from harness.tasks.household.games import GAME, TASK_TYPES, TRAJECTORY, Game
from harness.tasks.mini.alfworld_rooms import SIZES, Quest, draw, problem, sentence

SEED = 2026
SHARES = {"valid_seen": 1, "valid_unseen": 3}
"""Games of each type and each size of room in each split."""

FEWEST = 3
_EPOCH = (2026, 1, 1, 0, 0, 0)
_SCENES = {"valid_seen": 1, "valid_unseen": 101}


def make(split: str, seed: int = SEED) -> Iterator[tuple[Game, Quest]]:
    """Yield the games of ``split``, each with its walkthrough, proven by playing it.

    A drawn room is kept if the planner finds a plan of at least :data:`FEWEST` commands.
    """
    require_packages()
    from alfworld.info import ALFRED_PDDL_PATH, ALFRED_TWL2_PATH

    domain = Path(ALFRED_PDDL_PATH).read_text(encoding="utf-8")
    grammar = Path(ALFRED_TWL2_PATH).read_text(encoding="utf-8")
    scene = _SCENES[split]
    for task_type, size in product(TASK_TYPES, SIZES):
        rng = Random(f"{seed} {split} {task_type} {size}")
        made = 0
        while made < SHARES[split]:
            room, quest = draw(task_type, size, rng)
            goal = sentence(quest, rng)
            target = f"{quest.place or 'DeskLamp'}-{scene}"
            trial = f"trial_T2026{rng.randrange(10**4):04}_{rng.randrange(10**6):06}_{scene:06}"
            name = f"{task_type}-{quest.thing}-None-{target}/{trial}"
            game = Game(
                id=name,
                task_type=task_type,
                goal=f"{goal}.",
                domain=domain,
                grammar=grammar.replace("UNKNOWN GOAL", goal),
                problem=problem(room, quest, f"plan_{trial}"),
                walkthrough=(),
                where=name,
            )
            plan = _proven(game)
            if len(plan) >= FEWEST:
                made += 1
                scene += 1
                yield replace(game, walkthrough=plan), quest


def _proven(game: Game) -> tuple[str, ...]:
    """Return a plan that wins ``game`` when played, or none if there is none."""
    engine = Engine(game, planning=True)
    try:
        start = engine.begin()
        plan = () if start.won else engine.plan()
        won = False
        for command in plan:
            won = engine.act(command).won
        return plan if won else ()
    finally:
        engine.close()


def archive(seed: int = SEED) -> bytes:
    """Return the ZIP archive of all games, the same bytes for the same seed and packages."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as into:
        for split in sorted(SHARES):
            for game, quest in make(split, seed):
                for name, content in (
                    (GAME, _game_file(game)),
                    (TRAJECTORY, _trajectory_file(game, quest)),
                ):
                    entry = zipfile.ZipInfo(f"json_2.1.1/{split}/{game.id}/{name}", _EPOCH)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    entry.external_attr = 0o644 << 16
                    into.writestr(entry, json.dumps(content, indent=1), compresslevel=9)
    return sink.getvalue()


def _game_file(game: Game) -> dict[str, object]:
    return {
        "pddl_domain": game.domain,
        "grammar": game.grammar,
        "pddl_problem": game.problem,
        "solvable": True,
        "walkthrough": list(game.walkthrough),
    }


def _trajectory_file(game: Game, quest: Quest) -> dict[str, object]:
    folder, trial = game.id.split("/")
    scene = int(folder.rsplit("-", 1)[1])
    return {
        "task_id": trial,
        "task_type": game.task_type,
        "pddl_params": quest.parameters,
        "scene": {"scene_num": scene, "floor_plan": f"FloorPlan{scene}"},
        "turk_annotations": {"anns": [{"task_desc": game.goal, "high_descs": []}]},
    }


def main() -> None:
    """Write the archive."""
    parser = argparse.ArgumentParser(description="Write the mini ALFWorld.")
    parser.add_argument("--out", type=Path, required=True, help="the ZIP archive to write")
    write_atomically(parser.parse_args().out, archive())


if __name__ == "__main__":
    main()
