from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("alfworld")
pytest.importorskip("fast_downward")

from household_games import NAME, PLAN, cool_apple, write

from harness import api, external
from harness.errors import BadInput, Unavailable
from harness.kinds.episodes import Step, Trajectory
from harness.store import Store
from harness.task import Absent
from harness.tasks import alfworld
from harness.tasks.alfworld import ROOMS, ALFWorld
from harness.tasks.household.episode import episode_of, replay
from harness.tasks.household.games import TASK_TYPES, read_games
from harness.tasks.mini.alfworld_files import SHARES
from harness.tasks.mini.alfworld_rooms import SIZES
from harness.testing import check_task


def trajectory(name: str, commands: tuple[str, ...], reward: float = 0.0) -> Trajectory:
    return Trajectory(name, tuple(Step(command, "", reward) for command in commands))


def test_contract_on_the_mini_games() -> None:
    check_task(ALFWorld, games=1, task_types=["look_at_obj_in_light"])


def test_success_is_found_by_playing_again(tmp_path: Path) -> None:
    write(cool_apple(), tmp_path)
    write(replace(cool_apple(), id=NAME.replace("trial_1", "trial_2")), tmp_path)
    task = ALFWorld(ALFWorld.Config(data=tmp_path))
    dataset = task.load()
    assert not dataset.mini
    first, second = dataset.ids
    scores = task.score(
        [trajectory(first, PLAN), trajectory(second, PLAN[:-1], reward=1.0)], dataset
    )
    assert scores.values == {"success_rate": 0.5, "steps_when_won": 6.0}
    assert scores.examples is not None
    assert scores.examples.column("success_rate").to_pylist() == [1.0, 0.0]
    assert scores.examples.column("commands").to_pylist() == [6, 5]
    assert scores.examples.column("receptacles").to_pylist() == [2, 2]
    assert scores.details == {
        "success rate per task type": {"pick_cool_then_place_in_recep": 0.5},
        "games per task type": {"pick_cool_then_place_in_recep": 2.0},
        "success rate per size of room": {"up to 6 receptacles": 0.5},
        "games per size of room": {"up to 6 receptacles": 2.0},
        "games per wording of putting": {"move": 2.0},
    }


def test_no_win_has_no_steps_and_order_is_kept(tmp_path: Path) -> None:
    write(cool_apple(), tmp_path)
    task = ALFWorld(ALFWorld.Config(data=tmp_path, max_steps=5))
    dataset = task.load()
    lost = task.score([trajectory(NAME, PLAN)], dataset)
    assert lost.values == {"success_rate": 0.0, "steps_when_won": Absent("no game was won")}
    for wrong in ([], [trajectory("other", PLAN)]):
        with pytest.raises(BadInput, match="one per game"):
            task.score(wrong, dataset)
    with pytest.raises(BadInput, match="no train split"):
        task.load("train")


@pytest.mark.slow
def test_a_random_policy_wins_sometimes() -> None:
    """The card's band for 40 episodes of the small game at limit 50."""
    rng = random.Random(0)
    environment = episode_of(cool_apple(), 50).start()
    won = 0.0
    for _ in range(40):
        seen = environment.reset()
        while not seen.done:
            seen = environment.step(rng.choice(seen.actions))
        won += seen.reward
    environment.close()
    assert 3 <= won <= 20


@pytest.mark.slow
@pytest.mark.parametrize("split", sorted(SHARES))
def test_mini_games_are_of_all_types_and_their_walkthroughs_win(split: str) -> None:
    games = read_games(alfworld.MINI, split, TASK_TYPES, None)
    for task_type in TASK_TYPES:
        rooms = [g.receptacles for g in games if g.task_type == task_type]
        assert len(rooms) == SHARES[split] * len(SIZES)
        assert sum(count in ROOMS["up to 6 receptacles"] for count in rooms) == SHARES[split]
    for game in games:
        assert game.goal in game.grammar
        assert 3 <= len(game.walkthrough) <= 12
        assert replay(episode_of(game, 50), game.walkthrough) == (True, len(game.walkthrough))


def test_a_mini_game_is_won_by_its_walkthrough() -> None:
    [game] = read_games(alfworld.MINI, "valid_unseen", TASK_TYPES[1:2], 1)
    assert replay(episode_of(game, 50), game.walkthrough) == (True, len(game.walkthrough))


def test_walkthroughs_do_not_reach_the_method() -> None:
    dataset = ALFWorld().load()
    assert all(game.walkthrough for game in dataset.targets)
    assert not any(episode._game.walkthrough for episode in dataset.inputs)
    assert dataset.mini


def test_a_missing_mini_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(alfworld, "MINI", tmp_path / "games.zip")
    with pytest.raises(Unavailable, match="reinstall"):
        ALFWorld().files()


@pytest.mark.slow
def test_the_real_games_are_won_by_the_listed_plans(shared_data: Path) -> None:
    """All 36 games: goal, number of commands at the start, and plan as listed with the data."""
    root = shared_data / "alfworld"
    listed = json.loads((root / "planner_walkthroughs.json").read_text())
    played = 0
    for split, count in (("valid_seen", 24), ("valid_unseen", 12)):
        dataset = ALFWorld(ALFWorld.Config(data=root, split=split)).load()
        assert len(dataset.inputs) == count
        for episode, game in zip(dataset.inputs, dataset.targets, strict=True):
            expected = listed[f"json_2.1.1/{split}/{game.id}/game.tw-pddl"]
            assert episode.goal == expected["goal"]
            assert game.puts == "put"
            environment = episode.start()
            seen = environment.reset()
            assert len(seen.actions) == expected["admissible_at_start"]
            for command in expected["plan"]:
                assert not seen.done
                seen = environment.step(command)
            environment.close()
            assert (seen.reward, seen.done) == (1.0, True)
            played += 1
    assert played == len(listed) == 36


def test_recorded_episodes_are_played_again(tmp_path: Path) -> None:
    """A win and a loss, one of which states what the replay does not give."""
    write(cool_apple(), tmp_path)
    second = NAME.replace("trial_1", "trial_2")
    write(replace(cool_apple(), id=second), tmp_path)
    lines = [
        {"id": second, "steps": [{"action": command, "reward": 0.0} for command in PLAN[:-1]]},
        {"id": NAME, "actions": list(PLAN), "reward": 0.0},
    ]
    path = tmp_path / "theirs.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    notes: list[str] = []
    record = external.score(
        "harness.tasks.alfworld:ALFWorld",
        path,
        name=None,
        task_options={"data": str(tmp_path)},
        store=Store(),
        on_note=notes.append,
    ).record
    assert record.external
    assert [score.value for score in record.scores] == [0.5, 6.0]
    assert record.scores[0].interval is not None
    (note,) = notes
    assert f"first episode {NAME}, recorded 0, replayed 1" in note


def test_the_listed_plans_as_a_submission_win_every_real_game(
    shared_data: Path, tmp_path: Path
) -> None:
    root = shared_data / "alfworld"
    listed = json.loads((root / "planner_walkthroughs.json").read_text())
    lines = [
        {"id": "/".join(name.split("/")[2:4]), "actions": told["plan"], "reward": 1}
        for name, told in listed.items()
        if "/valid_unseen/" in name
    ]
    path = tmp_path / "planner.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    record = api.score("harness.tasks.alfworld:ALFWorld", path, task_config={"data": root})
    assert record.scores[0].value == 1
    assert not any("reward" in title for title in record.details)
