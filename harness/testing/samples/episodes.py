"""Walks along a row of rooms towards a coin, for checking agents and interactive tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.kinds.episodes import Episode, Observation, Step, Trajectory

TRIED = 5
"""Actions of the plain answer: enough to move, few enough for environments that are slow."""


@dataclass(slots=True)
class Walk:
    """A toy episode: take the coin that lies in one of the rooms; reward 1 for having it.

    Attributes:
        id: The episode's id.
        goal: What is to be done, in words.
        max_steps: Actions after which the episode ends.
        rooms: Number of rooms in the row; the walk begins in room 0.
        coin: The room with the coin.
    """

    id: str
    goal: str
    max_steps: int
    rooms: int
    coin: int

    def start(self) -> _Row:
        """Return an environment of its own."""
        return _Row(self.rooms, self.coin)


class _Row:
    """One running walk; an action that is not listed changes nothing."""

    def __init__(self, rooms: int, coin: int) -> None:
        self._rooms, self._coin, self._room, self._done = rooms, coin, 0, False

    def reset(self) -> Observation:
        """Return to room 0."""
        self._room, self._done = 0, False
        return self._look(0.0)

    def step(self, action: str) -> Observation:
        """Walk, or take the coin if it is here."""
        if self._done or action not in self._actions():
            return self._look(0.0)
        if action == "take coin":
            self._done = True
            return self._look(1.0)
        self._room += 1 if action == "go east" else -1
        return self._look(0.0)

    def close(self) -> None:
        """Hold nothing, so let go of nothing."""

    def _actions(self) -> tuple[str, ...]:
        listed = []
        if self._room > 0:
            listed.append("go west")
        if self._room < self._rooms - 1:
            listed.append("go east")
        if self._room == self._coin:
            listed.append("take coin")
        return tuple(listed)

    def _look(self, reward: float) -> Observation:
        if self._done:
            return Observation("You have the coin.", (), reward, done=True)
        coin = " A coin lies here." if self._room == self._coin else ""
        text = f"Room {self._room} of {self._rooms}.{coin}"
        return Observation(text, self._actions(), reward)


def inputs(seed: int) -> list[Walk]:
    """Return walks: an ordinary one, one of a single action, one too far for its limit, a long one."""
    sizes = ((4, 2, 20), (2, 0, 1), (9, 8, 3), (3, 2, 40))
    return [
        Walk(f"walk-{number}", "Take the coin.", limit, rooms + seed % 2, coin)
        for number, (rooms, coin, limit) in enumerate(sizes)
    ]


def spoil(items: Sequence[Walk]) -> None:
    """Allow fewer actions than none."""
    items[0].max_steps = -1


def _try_listed(item: Episode) -> Trajectory:
    """Take listed actions in turn, the first, then the second, and so on around."""
    environment = item.start()
    seen = environment.reset()
    steps: list[Step] = []
    while not seen.done and seen.actions and len(steps) < min(TRIED, item.max_steps):
        action = seen.actions[len(steps) % len(seen.actions)]
        seen = environment.step(action)
        steps.append(Step(action, seen.text, seen.reward))
    environment.close()
    return Trajectory(item.id, tuple(steps))


def _do_nothing(item: Episode) -> Trajectory:
    """Give up at once: valid, and awkward for scorers."""
    return Trajectory(item.id, ())


ANSWERS: dict[str, Callable[[Episode], Trajectory]] = {"plain": _try_listed, "silent": _do_nothing}
