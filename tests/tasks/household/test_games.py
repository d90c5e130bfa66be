from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.tasks.household.games import TASK_TYPES, Game, game_files, read_games

GAME = Game(
    "pick_and_place_simple-Mug-None-Desk-1/trial_1",
    "pick_and_place_simple",
    "put a mug in desk.",
    "(define (domain alfred))",
    '{"rhs": "Your task is to: put a mug in desk."} "move {o} to {r}"',
    "(define (problem p))",
    (),
    "",
)


def write(root: Path, game: Game = GAME, **changes: object) -> Path:
    folder = root / "json_2.1.1" / "valid_seen" / game.id
    folder.mkdir(parents=True)
    content = {"pddl_domain": game.domain, "grammar": game.grammar, "pddl_problem": game.problem}
    (folder / "game.tw-pddl").write_text(json.dumps({**content, "solvable": True, **changes}))
    (folder / "traj_data.json").write_text(json.dumps({"task_type": game.task_type}))
    return folder


def read(root: Path, **options: object) -> list[Game]:
    chosen = {"types": TASK_TYPES, "most": None, **options}
    return read_games(root, "valid_seen", **chosen)  # type: ignore[arg-type]


def test_a_game_is_read_from_either_level_of_the_folder(tmp_path: Path) -> None:
    folder = write(tmp_path)
    for root in (tmp_path, tmp_path / "json_2.1.1"):
        [game] = read(root)
        assert game == replace(GAME, where=str(folder / "game.tw-pddl"))
    assert game_files(tmp_path, "valid_seen") == [
        folder / "game.tw-pddl",
        folder / "traj_data.json",
    ]


def test_games_that_the_benchmark_leaves_out_are_left_out(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, replace(GAME, id="pick_and_place_with_movable_recep-A-B-C-1/trial_1"))
    write(tmp_path, replace(GAME, id="pick_and_place_simple-AppleSliced-None-Desk-1/trial_1"))
    write(tmp_path, replace(GAME, id="z/unsolvable"), solvable=False)
    write(tmp_path, replace(GAME, id="z/unmarked", task_type="other"))
    (tmp_path / "json_2.1.1/valid_seen/z/no_game").mkdir()
    assert [game.id for game in read(tmp_path)] == [GAME.id]


def test_types_and_number_select(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path, replace(GAME, id=f"task{number}/trial", task_type=TASK_TYPES[number]))
    assert [g.id for g in read(tmp_path, most=2)] == ["task0/trial", "task1/trial"]
    assert [g.id for g in read(tmp_path, types=TASK_TYPES[2:3])] == ["task2/trial"]
    with pytest.raises(BadInput, match="of type pick_two_obj_and_place"):
        read(tmp_path, types=TASK_TYPES[5:])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "expected a JSON object, found list"),
        ('{"solvable": true}', "expected text under 'grammar'"),
        ('{"solvable": true, "grammar": "x"}', "no 'Your task is to"),
        (
            '{"solvable": true, "grammar": "\\"Your task is to: x.\\""}',
            "expected text under 'pddl_domain'",
        ),
    ],
)
def test_a_broken_game_is_named(tmp_path: Path, damage: str, message: str) -> None:
    folder = write(tmp_path)
    (folder / "game.tw-pddl").write_text(damage)
    with pytest.raises(BadInput, match=message) as caught:
        read(tmp_path)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        game_files(tmp_path / "nowhere", "valid_seen")
    with pytest.raises(BadInput, match="holds neither valid_seen nor"):
        game_files(tmp_path, "valid_seen")
    (tmp_path / "valid_seen").mkdir()
    with pytest.raises(BadInput, match="no folder in valid_seen holds"):
        game_files(tmp_path, "valid_seen")
    (tmp_path / "games.zip").write_text("no archive")
    with pytest.raises(BadInput, match="neither a folder nor a ZIP"):
        game_files(tmp_path / "games.zip", "valid_seen")
