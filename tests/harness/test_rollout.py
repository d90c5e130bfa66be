"""Acting in many episodes at once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from harness.errors import BadInput
from harness.kinds.episodes import Environment, Observation
from harness.rollout import Choice, Turn, each, rollout
from harness.testing.samples.episodes import Walk


def _walks(n: int) -> list[Walk]:
    return [Walk(f"walk {i}", "Take the coin.", 6, 8, i % 8) for i in range(n)]


def _seek(turn: Turn) -> Choice:
    listed = turn.seen.actions
    action = "take coin" if "take coin" in listed else "go east"
    return Choice(action, note=f"step {len(turn.steps)}")


@pytest.mark.parametrize("width", [1, 3, 100])
def test_batches_stay_full_and_change_nothing(width: int) -> None:
    sizes = []

    def policy(turns: Sequence[Turn]) -> list[Choice]:
        sizes.append(len(turns))
        return [_seek(turn) for turn in turns]

    done: list[tuple[int, int | None]] = []
    found = rollout(_walks(10), policy, width=width, on_progress=lambda i, n: done.append((i, n)))
    assert max(sizes) == min(width, 10)
    assert done == [(i, 10) for i in range(1, 11)]
    assert [t.episode_id for t in found] == [w.id for w in _walks(10)]
    assert [len(t.steps) for t in found] == [1, 2, 3, 4, 5, 6, 6, 6, 1, 2]
    assert found[5].steps[-1].reward == 1
    assert found[6].steps[-1].reward == 0, "ended by its limit"
    assert found[2].steps[1].note == "step 1"
    assert found == rollout(_walks(10), each(_seek), width=4)


def test_giving_up_takes_no_action() -> None:
    found = rollout(_walks(3), each(lambda turn: Choice("go east" if not turn.steps else None)))
    assert [len(t.steps) for t in found] == [1, 1, 1]
    assert rollout([], each(_seek)) == []


def test_too_few_choices_and_episodes_without_actions() -> None:
    with pytest.raises(BadInput, match="0 choices for 2 episodes"):
        rollout(_walks(2), lambda turns: [])
    with pytest.raises(BadInput, match="max_steps is 0; expected 1 or more"):
        rollout([Walk("w", "", 0, 2, 1)], each(_seek))


def test_an_episode_over_at_its_start_needs_no_choice() -> None:
    class Over:
        def reset(self) -> Observation:
            return Observation("Nothing to do.", done=True)

        def close(self) -> None: ...

    class Idle(Walk):
        def start(self) -> Environment:  # type: ignore[override]
            return Over()  # type: ignore[return-value]

    (found,) = rollout([Idle("idle", "", 3, 2, 1)], each(_seek))
    assert found.steps == ()


def test_environments_are_closed_whatever_happens() -> None:
    opened: list[Counted] = []

    class Counted:
        def __init__(self, walk: Walk) -> None:
            self.inner, self.closed = Walk.start(walk), 0
            opened.append(self)

        def reset(self) -> Observation:
            return self.inner.reset()

        def step(self, action: str) -> Observation:
            return self.inner.step(action)

        def close(self) -> None:
            self.closed += 1

    class Watched(Walk):
        def start(self) -> Environment:  # type: ignore[override]
            return Counted(self)

    def fails_later(turn: Turn) -> Choice:
        if len(turn.steps) == 3:
            raise RuntimeError("no more")
        return _seek(turn)

    walks = [Watched(w.id, w.goal, w.max_steps, w.rooms, w.coin) for w in _walks(6)]
    rollout(walks, each(_seek))
    assert [c.closed for c in opened] == [1] * 6
    opened.clear()
    with pytest.raises(RuntimeError):
        rollout(walks, each(fails_later))
    assert [c.closed for c in opened] == [1] * 6
