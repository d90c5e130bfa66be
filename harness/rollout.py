"""Acting in many episodes side by side, so that a method answers a batch of observations at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.errors import BadInput
from harness.kinds.episodes import Environment, Episode, Observation, Step, Trajectory

WIDTH = 16


@dataclass(frozen=True, slots=True)
class Choice:
    """What a policy does next.

    Attributes:
        action: The action; None gives the episode up.
        note: What the method thought, for readers of the transcript.
    """

    action: str | None
    note: str = ""


_GIVE_UP = Choice(None)


@dataclass(slots=True, eq=False)
class Turn:
    """One episode waiting for its next action.

    Attributes:
        episode: The episode.
        number: Its place in the inputs.
        first: What was seen at the start.
        seen: What is seen now.
        steps: The actions taken so far and what came of each.
    """

    episode: Episode
    number: int
    first: Observation
    seen: Observation
    steps: list[Step] = field(default_factory=list)

    def take(self, choice: Choice, seen: Observation) -> None:
        """Note that ``choice`` led to ``seen``."""
        self.steps.append(Step(choice.action or "", seen.text, seen.reward, choice.note))
        self.seen = seen

    @property
    def over(self) -> bool:
        """Whether no further action may be taken."""
        return self.seen.done or len(self.steps) >= self.episode.max_steps


class Policy(Protocol):
    """Chooses actions for several episodes at once."""

    def __call__(self, turns: Sequence[Turn]) -> Iterable[Choice]:
        """Return one choice per turn, in order; a turn never depends on the others beside it."""
        ...


def each(choose: Callable[[Turn], Choice]) -> Policy:
    """Return the policy that asks ``choose`` about one turn after the other."""

    def policy(turns: Sequence[Turn]) -> Iterable[Choice]:
        return [choose(turn) for turn in turns]

    return policy


def rollout(
    episodes: Sequence[Episode],
    policy: Policy,
    *,
    width: int = WIDTH,
    on_progress: Callable[[int, int | None], None] | None = None,
) -> list[Trajectory]:
    """Act in every episode until it ends, is given up, or reaches its limit of actions.

    Up to ``width`` environments are open at a time; when one ends the next episode takes its place,
    so that batches stay full. A policy whose choices depend on the turn alone gives the same
    trajectories for every width.

    Args:
        episodes: What to act in.
        policy: Chooses the actions.
        width: Environments open side by side.
        on_progress: Called with episodes finished and episodes in all.

    Returns:
        One trajectory per episode, in order.

    Raises:
        BadInput: An episode allows no action at all, or the policy returned too few or too many
            choices.
    """
    finished: dict[int, Trajectory] = {}
    waiting = list(enumerate(episodes))[::-1]
    running: list[tuple[Turn, Environment]] = []
    try:
        while waiting or running:
            while waiting and len(running) < max(1, width):
                running.append(_begin(*waiting.pop()))
            choices = _ask(policy, [turn for turn, _ in running if not turn.over])
            for turn, environment in list(running):
                choice = choices.get(turn.number, _GIVE_UP)
                if choice.action is not None:
                    turn.take(choice, environment.step(choice.action))
                    if not turn.over:
                        continue
                running.remove((turn, environment))
                environment.close()
                finished[turn.number] = Trajectory(turn.episode.id, tuple(turn.steps))
                if on_progress is not None:
                    on_progress(len(finished), len(episodes))
    finally:
        for _, environment in running:
            environment.close()
    return [finished[number] for number in range(len(episodes))]


def _begin(number: int, episode: Episode) -> tuple[Turn, Environment]:
    """Open an episode's environment and look at its start.

    Raises:
        BadInput: The episode allows no action at all.
    """
    if episode.max_steps < 1:
        raise BadInput(
            f"episode {episode.id}: max_steps is {episode.max_steps}; expected 1 or more"
        )
    environment = episode.start()
    try:
        seen = environment.reset()
    except BaseException:
        environment.close()
        raise
    return Turn(episode, number, seen, seen), environment


def _ask(policy: Policy, turns: Sequence[Turn]) -> dict[int, Choice]:
    """Return the policy's choices by the episodes' numbers.

    Raises:
        BadInput: There are too few or too many.
    """
    choices = list(policy(turns)) if turns else []
    if len(choices) != len(turns):
        raise BadInput(f"the policy made {len(choices)} choices for {len(turns)} episodes")
    return {turn.number: choice for turn, choice in zip(turns, choices, strict=True)}
