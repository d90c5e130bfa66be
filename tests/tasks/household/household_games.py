"""A complete game of two receptacles and two objects, small enough to read."""

from __future__ import annotations

import json
from pathlib import Path

from harness.tasks.household.engine import require_packages
from harness.tasks.household.games import Game

PROBLEM = """
(define (problem cool_apple) (:domain alfred)
(:objects agent1 - agent AppleType - otype MugType - otype KnifeType - otype
  ButterKnifeType - otype TableType - rtype FridgeType - rtype MicrowaveType - rtype
  SinkBasinType - rtype apple_bar_1 - object mug_bar_1 - object
  table_bar_1 - receptacle fridge_bar_1 - receptacle
  loc0 - location loc1 - location loc2 - location)
(:init (= (total-cost) 0) (atLocation agent1 loc0)
  (receptacleAtLocation table_bar_1 loc1) (receptacleAtLocation fridge_bar_1 loc2)
  (receptacleType table_bar_1 TableType) (receptacleType fridge_bar_1 FridgeType)
  (objectType apple_bar_1 AppleType) (objectType mug_bar_1 MugType)
  (canContain TableType AppleType) (canContain TableType MugType)
  (canContain FridgeType AppleType) (canContain FridgeType MugType)
  (openable fridge_bar_1) (pickupable apple_bar_1) (pickupable mug_bar_1) (coolable apple_bar_1)
  (inReceptacle apple_bar_1 table_bar_1) (inReceptacle mug_bar_1 table_bar_1)
  (objectAtLocation apple_bar_1 loc1) (objectAtLocation mug_bar_1 loc1))
(:goal (and (exists (?r - receptacle) (exists (?o - object) (and (coolable ?o)
  (objectType ?o AppleType) (receptacleType ?r TableType) (isCool ?o) (inReceptacle ?o ?r)))))))
"""
PLAN = (
    "go to table 1",
    "take apple 1 from table 1",
    "go to fridge 1",
    "cool apple 1 with fridge 1",
    "go to table 1",
    "move apple 1 to table 1",
)
NAME = "pick_cool_then_place_in_recep-Apple-None-Table-1/trial_1"


def cool_apple() -> Game:
    """Return the game, over the domain and grammar of the alfworld package."""
    require_packages()
    from alfworld.info import ALFRED_PDDL_PATH, ALFRED_TWL2_PATH

    return Game(
        id=NAME,
        task_type="pick_cool_then_place_in_recep",
        goal="cool some apple and put it in table.",
        domain=Path(ALFRED_PDDL_PATH).read_text(),
        grammar=Path(ALFRED_TWL2_PATH)
        .read_text()
        .replace("UNKNOWN GOAL", "cool some apple and put it in table"),
        problem=PROBLEM,
        walkthrough=PLAN,
        where=NAME,
    )


def write(game: Game, root: Path, split: str = "valid_unseen", **changes: object) -> Path:
    """Write ``game`` under ``root`` as the releases lay it out; return its folder."""
    folder = root / "json_2.1.1" / split / game.id
    folder.mkdir(parents=True)
    content = {
        "pddl_domain": game.domain,
        "grammar": game.grammar,
        "pddl_problem": game.problem,
        "solvable": True,
        "walkthrough": list(game.walkthrough),
    }
    (folder / "game.tw-pddl").write_text(json.dumps({**content, **changes}))
    (folder / "traj_data.json").write_text(json.dumps({"task_type": game.task_type}))
    return folder
