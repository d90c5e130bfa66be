"""Episodes of household games, and their replay."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from harness.errors import BadInput
from harness.kinds.episodes import Observation
from harness.tasks.household.engine import Engine, Turn
from harness.tasks.household.games import Game

_MOVE = re.compile(r"move (?P<object>.+) to (?P<place>.+)")
_PUT = re.compile(r"put (?P<object>.+) in/on (?P<place>.+)")


@dataclass(frozen=True, slots=True)
class HouseholdEpisode:
    """One game to be played.

    Attributes:
        id: The game's id.
        goal: What is to be done, as the game's first text says it.
        max_steps: Commands after which the episode ends.
    """

    id: str
    goal: str
    max_steps: int
    _game: Game = field(repr=False)
    _either_wording: bool = False

    def start(self) -> HouseholdEnvironment:
        """Return an environment of its own."""
        return HouseholdEnvironment(self._game, self.max_steps, self._either_wording)


def episode_of(game: Game, max_steps: int, *, either_wording: bool = False) -> HouseholdEpisode:
    """Return ``game`` as an episode, without its walkthrough.

    Args:
        game: The game.
        max_steps: Commands after which the episode ends.
        either_wording: Whether 'move X to Y' and 'put X in/on Y' mean the same, whichever of them
            the game knows; else only the game's own is understood.
    """
    return HouseholdEpisode(
        game.id, game.goal, max_steps, replace(game, walkthrough=()), either_wording
    )


class HouseholdEnvironment:
    """A game under a limit of commands; it ends when it is won or the limit is reached.

    The reward is 1 when the game is won and 0 before. A command that is not admissible, to the
    letter, takes a step and changes nothing. After the end, the last observation stays.
    """

    def __init__(self, game: Game, max_steps: int, either_wording: bool) -> None:
        self._game = game
        self._max_steps = max_steps
        self._either_wording = either_wording
        self._engine: Engine | None = None
        self._steps = 0
        self._seen = Observation("")

    def reset(self) -> Observation:
        """Begin, or begin again.

        Raises:
            BadInput: The game is broken.
            Unavailable: The engine is not installed.
        """
        if self._engine is None:
            self._engine = Engine(self._game)
        self._steps = 0
        self._seen = self._observation(self._engine.begin())
        return self._seen

    def step(self, action: str) -> Observation:
        """Do ``action``.

        Raises:
            BadInput: The episode was not begun, or was closed.
        """
        if self._engine is None:
            raise BadInput(f"episode {self._game.id}: call reset() before the first step")
        if not self._seen.done:
            self._steps += 1
            self._seen = self._observation(self._engine.act(self._understood(action)))
        return self._seen

    def close(self) -> None:
        """Let go of the engine; ``reset`` gets another one."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _observation(self, turn: Turn) -> Observation:
        return Observation(
            turn.text, turn.commands, float(turn.won), turn.won or self._steps >= self._max_steps
        )

    def _understood(self, action: str) -> str:
        """Return ``action`` in the game's own wording, where either is taken."""
        if not self._either_wording or action.strip() in self._seen.actions:
            return action
        if found := _PUT.fullmatch(action.strip()):
            return f"move {found['object']} to {found['place']}"
        if found := _MOVE.fullmatch(action.strip()):
            return f"put {found['object']} in/on {found['place']}"
        return action


def replay(episode: HouseholdEpisode, actions: Sequence[str]) -> tuple[bool, int]:
    """Play ``actions`` and return whether they win, and how many were played until the end.

    Raises:
        BadInput: The game is broken.
        Unavailable: The engine is not installed.
    """
    if not actions:
        return False, 0  # no game is won at its start, and starting the engine takes a second
    environment = episode.start()
    try:
        environment.reset()
        for number, action in enumerate(actions, start=1):
            seen = environment.step(action)
            if seen.done:
                return seen.reward > 0, number
        return False, len(actions)
    finally:
        environment.close()
