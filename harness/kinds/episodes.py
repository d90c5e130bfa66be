"""Interactive episodes: an environment to act in, in; the trajectory, out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from harness.errors import BadInput
from harness.kinds.contract import Kind


@dataclass(frozen=True, slots=True)
class Observation:
    """What an environment shows.

    Attributes:
        text: What is seen, as the benchmark words it.
        actions: The actions that are valid now, in a fixed order, where the benchmark tells them;
            empty where any text may be tried.
        reward: Reward of the action that led here; 0 at the start.
        done: Whether the episode has ended.
    """

    text: str
    actions: tuple[str, ...] = ()
    reward: float = 0.0
    done: bool = False


class Environment(Protocol):
    """One running episode."""

    def reset(self) -> Observation:
        """Begin, or begin again; the same episode begins the same."""
        ...

    def step(self, action: str) -> Observation:
        """Do ``action`` and return what is seen then."""
        ...

    def close(self) -> None:
        """Let go of what the episode holds."""
        ...


class Episode(Protocol):
    """One input: what is to be done, and a way to begin doing it.

    Attributes:
        id: The episode's id.
        goal: What is to be done, in the benchmark's words.
        max_steps: Actions after which the episode ends.
    """

    id: str
    goal: str
    max_steps: int

    def start(self) -> Environment:
        """Return an environment of its own; several may run side by side."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One action and what came of it."""

    action: str
    observation: str
    reward: float = 0.0
    note: str = ""
    """What the method thought, for readers of the transcript."""


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One prediction: every action taken in an episode, in order.

    A task replays the actions to score them, so a reward noted here is for readers only.

    Attributes:
        episode_id: The episode's id.
        steps: The actions taken.
        details: Further facts for readers.
    """

    episode_id: str
    steps: tuple[Step, ...]
    details: Mapping[str, str] | None = None


def _check(item: Episode, out: Trajectory) -> None:
    """Raise :class:`BadInput` unless ``out`` is a well-formed answer to ``item``."""
    where = f"episode {item.id}"
    if out.episode_id != item.id:
        raise BadInput(f"{where}: the trajectory is of {out.episode_id}; keep the input order")
    if len(out.steps) > item.max_steps:
        raise BadInput(
            f"{where}: {len(out.steps)} actions, and at most {item.max_steps} may be taken"
        )
    for number, step in enumerate(out.steps):
        if not isinstance(step.action, str) or not math.isfinite(step.reward):
            raise BadInput(f"{where}: step {number} is no action with a finite reward")


KIND = Kind("episodes", object, Trajectory, _check)
