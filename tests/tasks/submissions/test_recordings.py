"""Recorded episodes: round trips, what may be left out, rewards that differ, every defect."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.kinds.episodes import Environment, Step, Trajectory
from harness.tasks.submissions.recordings import (
    STATED,
    differences,
    read_recordings,
    remarks,
    write_recordings,
)


@dataclass
class Told:
    """An episode that is never begun."""

    id: str
    goal: str
    max_steps: int = 4

    def start(self) -> Environment:
        raise AssertionError


EPISODES = [Told("a", "buy"), Told("b", "sell"), Told("c", "sell")]


def jsonl(path: Path, *lines: Any) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def actions(found: list[Trajectory]) -> list[tuple[str, list[str]]]:
    return [(out.episode_id, [step.action for step in out.steps]) for out in found]


@settings(deadline=None)
@given(
    taken=st.lists(
        st.lists(st.tuples(st.text(max_size=9), st.floats(0, 1)), max_size=4),
        min_size=3,
        max_size=3,
    )
)
def test_written_and_read_again(
    taken: list[list[tuple[str, float]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "episodes.jsonl"
    given_ = [
        Trajectory(e.id, tuple(Step(action, "seen", reward) for action, reward in steps))
        for e, steps in zip(EPISODES, taken, strict=True)
    ]
    write_recordings(path, given_, EPISODES)
    found = read_recordings(path, EPISODES, "games")
    assert actions(found) == actions(given_)
    for out, steps in zip(found, taken, strict=True):
        best = max((reward for _, reward in steps), default=None)
        assert (out.details or {}).get(STATED) == (None if best is None else repr(best))


def test_actions_alone_will_do_and_a_goal_of_its_own_names_the_episode(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "a.jsonl",
        {"id": "c", "actions": ["x"], "reward": 0.5},
        {"goal": "buy", "first": "", "steps": []},
        {"id": "b", "steps": ["y", {"action": "z"}]},
    )
    found = read_recordings(path, EPISODES, "games")
    assert actions(found) == [("a", []), ("b", ["y", "z"]), ("c", ["x"])]
    assert [out.details for out in found] == [{}, {}, {STATED: "0.5"}]


def test_only_rewards_that_differ_are_told_in_one_line(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "a.jsonl",
        {"id": "a", "actions": [], "reward": 0.3333333},
        {"id": "b", "actions": [], "reward": 1},
        {"id": "c", "actions": []},
    )
    found = read_recordings(path, EPISODES, "games")
    assert differences(found, [1 / 3, 1.0, 0.25]) == {}
    assert remarks({}) == []
    (line,) = remarks(differences(found, [1 / 3, 0.5, 0.25]))
    assert line.startswith(
        "1 recorded reward(s) differ from the replay, which counts: first episode b, recorded 1, "
        "replayed 0.5"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"id": "z", "steps": []}, r"line 1: no example 'z' in games \(its first id is a\)"),
        (
            {"steps": []},
            "line 1: no episodes have the goal null; write the episode's id, such as a",
        ),
        ({"goal": "sell", "steps": []}, 'line 1: 2 episodes have the goal "sell"'),
        ({"id": 3, "steps": []}, "line 1: 'id' is 3, expected text"),
        ({"id": "a"}, "line 1: has no 'steps'"),
        ({"id": "a", "steps": [{}]}, r"line 1, steps\[0\]: has no 'action'"),
        ({"id": "a", "steps": [3]}, r"line 1, steps\[0\]: is 3, expected an action"),
        (
            {"id": "a", "steps": [{"action": "x", "reward": "1"}]},
            r"steps\[0\]: the reward is \"1\"",
        ),
        ({"id": "a", "actions": [], "reward": True}, "line 1: the reward is true"),
        ({"id": "a", "actions": [], "reward": 10**400}, "line 1: the reward is 1000"),
        ({"id": "a", "actions": ["x"] * 5}, "5 actions in episode a, and at most 4 .* max_steps=N"),
        ({"id": "a", "actions": []}, "2 of 3 recordings missing, first that for b; record every"),
    ],
)
def test_a_wrong_line_is_named(line: Any, said: str, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "theirs.jsonl", line)
    with pytest.raises(BadInput, match=said) as caught:
        read_recordings(path, EPISODES, "games")
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_an_episode_recorded_twice_is_named(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a", {"id": "a", "steps": []}, {"id": "a", "steps": []})
    with pytest.raises(BadInput, match="line 2: a second recording for a, after line 1"):
        read_recordings(path, EPISODES, "games")
