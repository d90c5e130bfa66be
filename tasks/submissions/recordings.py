"""Reads recorded episodes: what was done in each, to be done again by the judge.

jsonl, an episode a line, as our own transcripts are (:mod:`harness.transcript`) with an id before:
``{"id", "goal", "steps": [{"action", "observation", "reward"}]}``. Only the actions count, and
``"actions": [text]`` in place of ``steps`` will do; without an id the goal tells which episode it is,
where only one has that goal. A reward, the line's own or the steps' greatest, is compared with what
the replay gives and never counts itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.kinds.episodes import Episode, Step, Trajectory
from harness.tasks.submissions.answers import Answers
from harness.tasks.understanding.records import Record, read_jsonl, show

STATED = "stated_reward"
"""The detail of a trajectory that holds the recorded reward, as text."""

_STATED, _REPLAYED = "stated reward", "replayed reward"
_LARGEST = 1e300
_TOLERANCE = 1e-6
"""Logs round: 0.6666667 is no other reward than 2 / 3."""


class Recordings:
    """The episodes of a data set with what was recorded of them."""

    def __init__(self, path: Path, episodes: Sequence[Episode], origin: str) -> None:
        """Expect one recording per episode.

        Args:
            path: The submission, for messages.
            episodes: What is scored.
            origin: Where these come from, for messages.
        """
        self._path = path
        self._episodes = {episode.id: episode for episode in episodes}
        self._goals: dict[str, list[str]] = {}
        for episode in episodes:
            self._goals.setdefault(episode.goal, []).append(episode.id)
        self._answers: Answers[Trajectory] = Answers(
            path, list(self._episodes), origin, "recording"
        )

    def name_of(self, record: Record, name: str | None, goal: object) -> str:
        """Return the id of the episode that was recorded.

        Args:
            record: For messages.
            name: Its id, if one is stated.
            goal: Its goal, if one is stated.

        Raises:
            BadInput: No episode has that id or goal, or several have the goal.
        """
        if name is not None:
            self._answers.check_known(name, record.where)
            return name
        found = self._goals.get(goal, []) if isinstance(goal, str) else []
        if len(found) != 1:
            record.reject(
                f"{len(found) or 'no'} episodes have the goal {show(goal)}; "
                f"write the episode's id, such as {next(iter(self._episodes), 'none')}, as 'id'"
            )
        return found[0]

    def add(self, record: Record, name: str, actions: Sequence[str], stated: float | None) -> None:
        """Take one recording.

        Raises:
            BadInput: There is one already, or it takes more actions than an episode may.
        """
        most = self._episodes[name].max_steps
        if len(actions) > most:
            record.reject(
                f"{len(actions)} actions in episode {name}, and at most {most} may be taken; "
                "allow more with --task-set max_steps=N"
            )
        details = {} if stated is None else {STATED: repr(stated)}
        steps = tuple(Step(action, "") for action in actions)
        self._answers.add(name, Trajectory(name, steps, details), record.where)

    def in_order(self) -> list[Trajectory]:
        """Return one trajectory per episode, in order.

        Raises:
            BadInput: Some are missing.
        """
        return self._answers.in_order(
            "record every episode, one without actions as a line with no steps, or score fewer with "
            "--task-set"
        )


def read_recordings(path: Path, episodes: Sequence[Episode], origin: str) -> list[Trajectory]:
    """Read recorded episodes; return one trajectory per episode, in order.

    Raises:
        BadInput: The file is missing or broken, a line is no recording of one of the episodes, or
            there is not one for each.
    """
    found = Recordings(path, episodes, origin)
    for record in read_jsonl(path):
        name = record.get("id", str) if "id" in record.values else None
        name = found.name_of(record, name, record.values.get("goal"))
        actions, rewards = _steps(record)
        if "reward" in record.values:
            rewards = [stated_reward(record, record.values["reward"])]
        found.add(record, name, actions, max(rewards, default=None))
    return found.in_order()


def write_recordings(
    path: Path, trajectories: Sequence[Trajectory], episodes: Sequence[Episode]
) -> None:
    """Write what was done in each episode, as :func:`read_recordings` reads it."""
    lines = []
    for out, episode in zip(trajectories, episodes, strict=True):
        steps = [
            {"action": s.action, "observation": s.observation, "reward": s.reward}
            for s in out.steps
        ]
        line = {"id": out.episode_id, "goal": episode.goal, "steps": steps}
        lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    path.write_text("".join(lines))


def differences(
    trajectories: Sequence[Trajectory], rewards: Sequence[float]
) -> dict[str, dict[str, float]]:
    """Return, for :func:`remarks`, the rewards that were recorded otherwise than replayed.

    Args:
        trajectories: What was recorded, one per episode.
        rewards: What the replay gave.
    """
    stated: dict[str, float] = {}
    replayed: dict[str, float] = {}
    for out, reward in zip(trajectories, rewards, strict=True):
        text = (out.details or {}).get(STATED)
        if text is not None and abs(float(text) - reward) > _TOLERANCE:
            stated[out.episode_id], replayed[out.episode_id] = float(text), reward
    return {_STATED: stated, _REPLAYED: replayed} if stated else {}


def remarks(details: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return one line on the rewards that :func:`differences` found, or nothing."""
    stated, replayed = details.get(_STATED, {}), details.get(_REPLAYED, {})
    if not stated:
        return []
    first = next(iter(stated))
    return [
        f"{len(stated)} recorded reward(s) differ from the replay, which counts: first episode "
        f"{first}, recorded {stated[first]:g}, replayed {replayed[first]:g}; were the data and "
        "options those of the recording?"
    ]


def _steps(record: Record) -> tuple[list[str], list[float]]:
    """Return the actions, and the rewards that their steps state."""
    key = "actions" if "actions" in record.values and "steps" not in record.values else "steps"
    actions, rewards = [], []
    for number, step in enumerate(record.get(key, list)):
        where = Record(f"{record.where}, {key}[{number}]", step if isinstance(step, dict) else {})
        if isinstance(step, str):
            actions.append(step)
            continue
        if not isinstance(step, dict):
            where.reject(f"is {show(step)}, expected an action or an object that has one")
        actions.append(where.get("action", str))
        if "reward" in step:
            rewards.append(stated_reward(where, step["reward"]))
    return actions, rewards


def stated_reward(record: Record, value: Any) -> float:
    """Return a recorded reward.

    Raises:
        BadInput: It is no finite number.
    """
    if type(value) not in (int, float) or not abs(value) < _LARGEST:
        record.reject(f"the reward is {show(value)}, expected a finite number")
    return float(value)
