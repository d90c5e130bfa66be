from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("alfworld")
pytest.importorskip("fast_downward")

from harness.tasks.alfworld import MINI
from harness.tasks.household.games import TASK_TYPES, read_games
from harness.tasks.mini.alfworld_files import make


@pytest.mark.slow
def test_the_shipped_games_are_what_the_generator_writes() -> None:
    """The room, the goal and the proof come again; other releases may word the grammar otherwise."""
    shipped = {g.id: g for g in read_games(MINI, "valid_seen", TASK_TYPES, None)}
    made = [game for game, _ in make("valid_seen")]
    assert len(made) == len(shipped)
    for game in made:
        same = shipped[game.id]
        assert replace(game, where=same.where, domain=same.domain, grammar=same.grammar) == same


def test_the_archive_is_small() -> None:
    assert MINI.stat().st_size < 1_000_000
