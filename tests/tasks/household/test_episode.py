from __future__ import annotations

import sys
from dataclasses import replace

import pytest

pytest.importorskip("alfworld")
pytest.importorskip("fast_downward")

from household_games import PLAN, cool_apple

from harness.errors import BadInput, Unavailable
from harness.kinds.episodes import Observation
from harness.tasks.household import engine
from harness.tasks.household.engine import Engine
from harness.tasks.household.episode import episode_of, replay


def transcript(commands: list[str], *, limit: int = 50, either: bool = False) -> list[Observation]:
    environment = episode_of(cool_apple(), limit, either_wording=either).start()
    try:
        return [environment.reset(), *(environment.step(command) for command in commands)]
    finally:
        environment.close()


def test_the_game_reads_as_the_benchmark_prints_it() -> None:
    seen = transcript(
        [
            "go to fridge 1",
            "open fridge 1",
            "look",
            "take apple 1 from table 1",
            "go to table 1",
            "take apple 1 from table 1",
            "inventory",
            "put apple 1 in/on table 1",
            "go to fridge 1",
            "cool apple 1 with fridge 1",
            "examine apple 1",
            "GO TO TABLE 1",
            "go to table 1",
            "move apple 1 to table 1",
            "look",
        ]
    )
    texts = [observation.text for observation in seen]
    assert texts[0] == (
        "-= Welcome to TextWorld, ALFRED! =-\n\nYou are in the middle of a room. Looking quickly "
        "around you, you see a fridge 1, and a table 1.\n\n"
        "Your task is to: cool some apple and put it in table."
    )
    assert texts[1:] == [
        "You arrive at fridge 1. The fridge 1 is closed.",
        "You open the fridge 1. The fridge 1 is open. In it, you see nothing.",
        "You are facing the fridge 1. Next to it, you see nothing.",
        "Nothing happens.",
        "You arrive at table 1. On the table 1, you see a apple 1, and a mug 1.",
        "You pick up the apple 1 from the table 1.",
        "You are carrying: a apple 1.",
        "Nothing happens.",
        "You arrive at fridge 1. The fridge 1 is open. In it, you see nothing.",
        "You cool the apple 1 using the fridge 1.",
        "This is a cold apple 1.",
        "Nothing happens.",
        "You arrive at table 1. On the table 1, you see a mug 1.",
        "You move the apple 1 to the table 1.",
        "You move the apple 1 to the table 1.",
    ]
    assert seen[0].actions == ("go to fridge 1", "go to table 1", "help", "inventory", "look")
    assert seen[5].actions == (
        "examine table 1",
        "go to fridge 1",
        "help",
        "inventory",
        "look",
        "take apple 1 from table 1",
        "take mug 1 from table 1",
    )
    assert [o.reward for o in seen] == [0.0] * 14 + [1.0, 1.0]
    assert [o.done for o in seen] == [False] * 14 + [True, True]


def test_an_episode_ends_at_its_limit() -> None:
    seen = transcript(["look", "dance", "look", "go to table 1"], limit=3)
    assert [o.done for o in seen] == [False, False, False, True, True]
    assert seen[4] == seen[3]
    assert seen[3].reward == 0


def test_only_the_games_own_wording_counts_unless_asked() -> None:
    old = [*PLAN[:-1], "put apple 1 in/on table 1"]
    assert transcript(old)[-1].text == "Nothing happens."
    assert transcript(old, either=True)[-1].reward == 1


def test_replay_counts_the_commands_until_the_end() -> None:
    episode = episode_of(cool_apple(), 50)
    assert replay(episode, [*PLAN, "look", "look"]) == (True, 6)
    assert replay(episode, PLAN[:5]) == (False, 5)
    assert replay(episode, []) == (False, 0)
    assert replay(episode_of(cool_apple(), 5), PLAN) == (False, 5)
    never_cooled = [c for c in PLAN if not c.startswith("cool")]
    assert replay(episode, never_cooled) == (False, 5)


def test_episodes_run_side_by_side_and_begin_again() -> None:
    episode = episode_of(cool_apple(), 50)
    first, second = episode.start(), episode.start()
    start = first.reset()
    assert second.reset() == start
    first.step("go to table 1")
    assert second.step("look").text.startswith("You are in the middle")
    assert first.step("take mug 1 from table 1").text.startswith("You pick up the mug 1")
    assert first.reset() == start
    first.close()
    assert second.step("go to table 1").text.endswith("you see a apple 1, and a mug 1.")
    second.close()
    second.close()
    with pytest.raises(BadInput, match="reset"):
        second.step("look")
    assert second.reset() == start
    second.close()


def test_closed_engines_leave_their_library_to_the_next() -> None:
    episode = episode_of(cool_apple(), 50)
    replay(episode, ["look"])
    idle = len(engine._idle)
    for _ in range(3):
        replay(episode, ["look"])
    assert len(engine._idle) == idle


def test_the_engine_is_quiet_and_leaves_the_process_as_it_was(
    capfd: pytest.CaptureFixture[str],
) -> None:
    arguments = list(sys.argv)
    replay(episode_of(cool_apple(), 50), PLAN)
    assert sys.argv == arguments
    assert capfd.readouterr() == ("", "")


def test_the_planner_finds_the_shortest_plan() -> None:
    planner = Engine(cool_apple(), planning=True)
    planner.begin()
    plan = planner.plan()
    planner.close()
    assert len(plan) == 6
    assert replay(episode_of(cool_apple(), 50), plan) == (True, 6)
    player = Engine(cool_apple())
    with pytest.raises(ValueError, match="planning=True"):
        player.plan()
    player.close()


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("problem", "(define (problem"),
        ("problem", ""),
        ("domain", "(define (domain x))"),
        ("grammar", "action {"),
    ],
)
def test_a_game_the_engine_cannot_read_is_named(part: str, content: str) -> None:
    game = replace(cool_apple(), **{part: content})  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="TextWorld cannot play it") as caught:
        replay(episode_of(game, 50), ["look"])
    assert game.where in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    with pytest.raises(Unavailable, match="pip install"):
        replay(episode_of(replace(cool_apple_text(), id="x/y"), 50), ["look"])


def cool_apple_text() -> engine.Game:
    return engine.Game("x/y", "", "", "", "", "", (), "x/y")
