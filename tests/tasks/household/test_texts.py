from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("alfworld")
pytest.importorskip("fast_downward")

from household_games import PLAN, cool_apple

from harness.tasks.alfworld import MINI
from harness.tasks.household import engine, texts
from harness.tasks.household.engine import Engine
from harness.tasks.household.games import TASK_TYPES, Game, read_games

REAL_GAMES = 36


def engines(game: Game, monkeypatch: pytest.MonkeyPatch) -> tuple[Engine, Engine]:
    """Return the game in our engine and in one over TextWorld's own environment."""
    from textworld.envs.pddl.pddl import PddlEnv

    ours = Engine(game)
    with monkeypatch.context() as patched:
        patched.setattr(engine, "world", PddlEnv)
        return ours, Engine(game)


def assert_same_texts(
    games: Iterable[Game], monkeypatch: pytest.MonkeyPatch, *, wandering: int
) -> None:
    """Walk through each game, then wander in it: every turn must be the same in both engines."""
    for game in games:
        ours, theirs = engines(game, monkeypatch)
        turn = ours.begin()
        assert turn == theirs.begin()
        rng = random.Random(game.id)
        for command in [*game.walkthrough[:-1], *("" for _ in range(wandering)), "dance"]:
            command = command or rng.choice(turn.commands)
            turn = ours.act(command)
            assert turn == theirs.act(command), (game.id, command)
        ours.close()
        theirs.close()


def test_texts_and_commands_are_textworlds_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert_same_texts([cool_apple()], monkeypatch, wandering=60)


@pytest.mark.slow
@pytest.mark.parametrize("split", ["valid_seen", "valid_unseen"])
def test_mini_games_read_the_same(split: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_same_texts(read_games(MINI, split, TASK_TYPES, None), monkeypatch, wandering=8)


@pytest.mark.slow
def test_real_games_read_the_same(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = shared_data / "alfworld"
    games = [
        g for s in ("valid_seen", "valid_unseen") for g in read_games(root, s, TASK_TYPES, None)
    ]
    assert len(games) == REAL_GAMES
    assert_same_texts(games, monkeypatch, wandering=15)


def test_games_that_differ_in_the_goal_share_one_parse() -> None:
    texts._parsed.cache_clear()
    for goal in ("put some mug on table", "cool some mug and put it in table"):
        game = cool_apple()
        grammar = game.grammar.replace("cool some apple and put it in table", goal)
        player = Engine(replace(game, grammar=grammar))
        assert player.begin().text.endswith(f"Your task is to: {goal}.")
        player.close()
    assert texts._parsed.cache_info().misses == 1


def test_a_goal_told_by_several_rules_is_textworlds_own(monkeypatch: pytest.MonkeyPatch) -> None:
    game = cool_apple()
    told = '"rhs": "Your task is to: cool some apple and put it in table."'
    assert told in game.grammar
    condition = '"condition": "iscool(o:object)", "rhs": "Your task is to: place it." }, {'
    branching = replace(game, grammar=game.grammar.replace(told, f"{condition} {told}"))
    assert_same_texts([branching], monkeypatch, wandering=5)


def test_a_symbol_without_a_rule_is_told() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        texts.Texts({}).derive("#nowhere#", {"variables": {}})


def test_textworld_is_left_as_it_was() -> None:
    from textworld.envs.pddl import logic
    from textworld.envs.pddl.textgen import ContextSensitiveGrammar

    player = Engine(cool_apple())
    player.begin()
    for command in PLAN:
        won = player.act(command).won
    player.close()
    assert won
    assert logic.ContextSensitiveGrammar is ContextSensitiveGrammar
    assert ContextSensitiveGrammar.derive.__module__ == "textworld.envs.pddl.textgen"
