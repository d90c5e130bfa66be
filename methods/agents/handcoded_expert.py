"""ALFWorld's hand-coded expert, playing from what it reads."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from harness.errors import BadInput, Unavailable
from harness.extras import how_to_install
from harness.kinds.episodes import Environment, Episode, Observation, Step, Trajectory
from harness.method import Method, Run
from harness.methods.agents._household_belief import Belief, parse_goal
from harness.paths import cache_root

_PUT = re.compile(r"put (?P<object>.+) in/on (?P<place>.+)")
_MOVE = re.compile(r"move (?P<object>.+) to (?P<place>.+)")


class HandcodedExpert(Method):
    """The rules of the alfworld package (``HandCodedTWAgent``): search likely places, take, treat, put.

    ALFWorld made its imitation data with these rules, which there read the engine's hidden facts and
    the game's ``traj_data.json``. Here they get neither: facts come from the replies
    (:class:`Belief`) and the task from the goal's sentence. It is therefore a baseline on equal terms
    with other agents, no upper bound. One rule knows less for it: whether the first of two objects
    lies in place already is known only once that has been seen.

    The rules look for 'move X to Y' among the commands but keep their books by 'put'; each side is
    told what it looks for, whichever of the two the game knows. Where the expert gives up or fails,
    the trajectory ends. Elsewhere than in ALFWorld, where it cannot read the goal, it does nothing.
    """

    name = "handcoded_expert"
    title = "ALFWorld's hand-coded expert"
    kinds = ("episodes",)
    paper = (
        "Shridhar, Yuan, Cote, Bisk, Trischler, Hausknecht: ALFWorld -- Aligning Text and Embodied "
        "Environments for Interactive Learning, ICLR 2021, arXiv:2010.03768"
    )
    requires = ("agents",)

    def predict(self, inputs: Sequence[Episode], run: Run) -> Iterable[Trajectory]:
        """Yield one trajectory per episode.

        Raises:
            BadInput: An episode allows no action.
            Unavailable: The alfworld package is not installed.
        """
        for episode in run.track(inputs):
            if episode.max_steps < 1:
                raise BadInput(
                    f"episode {episode.id}: max_steps is {episode.max_steps}; expected 1 or more"
                )
            environment = episode.start()
            try:
                yield _play(episode, environment, run.rng(f"handcoded_expert {episode.id}"))
            finally:
                environment.close()


def _play(episode: Episode, environment: Environment, rng: Any) -> Trajectory:
    expert = _Expert.of(episode.goal, int(rng.integers(2**63)))
    if expert is None:
        return Trajectory(episode.id, (), {"end": "the goal is none of ALFWorld's sentences"})
    seen = environment.reset()
    expert.begin(seen)
    steps: list[Step] = []
    end = ""
    while not seen.done and len(steps) < episode.max_steps:
        action, end = expert.next(seen)
        if not action:
            break
        seen = environment.step(action)
        steps.append(Step(action, seen.text, seen.reward))
    return Trajectory(episode.id, tuple(steps), {"end": end} if end else None)


class _Expert:
    """The package's agent, its facts, and its randomness."""

    def __init__(self, agent: Any, seed: int) -> None:
        self._agent = agent
        self._belief = Belief()
        self._last = ""
        self._random = random.Random(seed).getstate()

    @classmethod
    def of(cls, goal: str, seed: int) -> _Expert | None:
        """Return an expert for ``goal``, or None if it is no sentence of ALFWorld's."""
        # On import alfworld makes its data folder, by default in the user's home.
        os.environ.setdefault("ALFWORLD_DATA", str(cache_root() / "alfworld"))
        try:
            from alfworld.agents.environment.alfred_tw_env import TASK_TYPES
            from alfworld.agents.expert import HandCodedTWAgent
            from alfworld.gen.goal_library import gdict
        except ImportError as error:
            raise Unavailable(
                f"the expert needs the package {error.name or 'alfworld'}: "
                + how_to_install(("agents",), "alfworld")
            ) from None
        parameters = parse_goal(goal, {t: gdict[t]["templates"] for t in TASK_TYPES.values()})
        if parameters is None:
            return None
        agent = HandCodedTWAgent(max_steps=200)  # as AlfredExpert sets it
        agent.task_params = parameters
        agent.policy = agent.get_task_policy(parameters)(parameters, max_steps=200)
        return cls(agent, seed)

    def begin(self, seen: Observation) -> None:
        """Read the game's first text; AlfredExpert proposes 'look' as the first command."""
        self._agent.observe(seen.text)

    def next(self, seen: Observation) -> tuple[str, str]:
        """Return the next command, or ``""`` and why there is none."""
        from alfworld.agents.expert import HandCodedAgentFailed, HandCodedAgentTimeout

        if not self._last:
            self._last = "look"
            return "look", ""
        self._belief.read(seen.text)
        state = {
            "feedback": seen.text,
            "facts": self._belief.facts(),
            "admissible_commands": [_as_move(command) for command in seen.actions],
        }
        try:
            with self._own_randomness():
                command = self._agent.act(state, 0, False, _as_put(self._last))
                if command == _as_move(self._last):
                    # The agent's own rule against repeating itself, which cannot see it in the
                    # wording it was told.
                    command = random.choice(state["admissible_commands"])
        except HandCodedAgentTimeout:
            return "", "the expert's own limit of commands"
        except HandCodedAgentFailed:
            return "", "the expert had nothing left to do"
        except (IndexError, KeyError) as error:
            return "", f"the expert's rules broke down ({type(error).__name__})"
        if command not in state["admissible_commands"]:
            command = "look"  # as AlfredExpert does
        self._last = next((c for c in seen.actions if _as_move(c) == command), command)
        return self._last, ""

    @contextmanager
    def _own_randomness(self) -> Iterator[None]:
        """Lend Python's global generator, which the package draws from, this episode's state."""
        others = random.getstate()
        random.setstate(self._random)
        try:
            yield
        finally:
            self._random = random.getstate()
            random.setstate(others)


def _as_move(command: str) -> str:
    found = _PUT.fullmatch(command)
    return f"move {found['object']} to {found['place']}" if found else command


def _as_put(command: str) -> str:
    found = _MOVE.fullmatch(command)
    return f"put {found['object']} in/on {found['place']}" if found else command
