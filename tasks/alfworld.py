"""ALFWorld (Shridhar et al., ICLR 2021, arXiv:2010.03768): household tasks as text games.

Reads the official game folders (``json_2.1.1/<split>/<task>/<trial>/`` with ``game.tw-pddl`` and
``traj_data.json``) and plays them with TextWorld's PDDL engine under ALFWorld's object names, so
texts, admissible commands and the test of the goal are the benchmark's own.

The figure is the success rate: games whose goal holds within ``max_steps`` commands, over all games
(``details`` has it per task type and per size of the room). A trajectory is scored by playing its commands again, so nothing
a method notes about its own success counts. Games of the 0.2 and 0.3 releases put objects down with
'put X in/on Y', later ones with 'move X to Y'; ``details`` counts both.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from harness.errors import BadInput, Unavailable
from harness.kinds.episodes import Trajectory
from harness.task import Absent, Dataset, Download, Metric, Scores, Split, Task
from harness.tasks.household.engine import require_packages
from harness.tasks.household.episode import episode_of, replay
from harness.tasks.household.games import (
    TASK_TYPES,
    Game,
    TaskType,
    game_files,
    read_games,
)
from harness.tasks.submissions.recordings import differences, read_recordings, remarks

ROOMS: Mapping[str, range] = {
    "up to 6 receptacles": range(7),
    "7 to 18 receptacles": range(7, 19),
    "19 receptacles or more": range(19, sys.maxsize),
}
"""Sizes of rooms that ``details`` tells apart; ALFWorld's own have 7 to 54 receptacles."""

MINI = Path(__file__).parent / "mini" / "data" / "alfworld" / "games.zip"


class ALFWorld(Task):
    """Household text games of six types, played in the TextWorld engine."""

    name: ClassVar[str] = "alfworld"
    title: ClassVar[str] = "ALFWorld (household text games)"
    kind: ClassVar[str] = "episodes"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("success_rate", primary=True),
        Metric("steps_when_won", unit="steps", higher_is_better=False),
    )
    requires: ClassVar[tuple[str, ...]] = ("agents",)
    source: ClassVar[str] = (
        "alfworld-download (package alfworld, MIT) fetches json_2.1.1_json.zip and the game files from "
        "the releases of github.com/alfworld/alfworld: 3,553 games to train on, 140 valid_seen, 134 "
        "valid_unseen (the usual test set), made from ALFRED (Shridhar et al., CVPR 2020, MIT). The "
        "embedded mini ALFWorld is our own rooms in the same format, under this project's licence; "
        "its domain and grammar are the alfworld package's (MIT)."
    )
    # The two archives of alfworld-download (alfworld 0.4.2) that the reader needs. The releases
    # publish no checksums: several projects took the first one's from the file served, and agree.
    downloads: ClassVar[tuple[Download, ...]] = (
        Download(
            url="https://github.com/alfworld/alfworld/releases/download/0.2.2/json_2.1.1_json.zip",
            name="json_2.1.1_json.zip",
            sha256="25171f16e20ad7b048c47275c45b0babf3aa1cbab29cec97387922350a9844bc",
            size=72_018_818,
            gives=("json_2.1.1/valid_seen", "json_2.1.1/valid_unseen", "json_2.1.1/train"),
            licence="MIT (ALFRED)",
        ),
        Download(
            url="https://github.com/alfworld/alfworld/releases/download/0.4.0/json_2.1.2_tw-pddl.zip",
            name="json_2.1.2_tw-pddl.zip",
            size=36_493_542,
            gives=("json_2.1.1/valid_seen", "json_2.1.1/valid_unseen", "json_2.1.1/train"),
            licence="MIT (ALFWorld)",
        ),
    )

    submission_format: ClassVar[str] = (
        'recorded episodes, jsonl: {"id": "TASK/TRIAL", "steps": [{"action", "reward"}]} a line, as '
        'our transcripts, or {"id", "actions": [command]}. Commands are played again'
    )

    class Config(Task.Config):
        """Options of the ALFWorld task."""

        data: Path | None = Field(
            None,
            description="Folder (or ZIP) that holds json_2.1.1/<split>, as $ALFWORLD_DATA; "
            "default: the embedded mini ALFWorld",
        )
        split: Literal["valid_unseen", "valid_seen", "train"] = Field(
            "valid_unseen",
            description="valid_unseen: rooms not in train; valid_seen, for choosing options: rooms in train",
        )
        task_types: tuple[TaskType, ...] = Field(
            TASK_TYPES, min_length=1, description="Only games of these types"
        )
        games: int | None = Field(
            None,
            ge=1,
            description="Only this many games, the first in order of their folders' names",
        )
        max_steps: int = Field(
            50, ge=1, description="Commands an episode may take; papers use 30 to 50"
        )
        either_wording: bool = Field(
            False,
            description="Take 'move X to Y' for 'put X in/on Y' and the other way round; "
            "the benchmark takes the game's own wording only",
        )

    def files(self) -> Sequence[Path]:
        """Return the files of every game of the split, or the ZIP archive that holds them.

        Raises:
            BadInput: There is no such folder, split or game.
            Unavailable: The embedded mini ALFWorld is not in this installation.
        """
        return game_files(self._data(), self.config.split)

    def load(self, split: Split = "test") -> Dataset:
        """Read the games as episodes, in order of their folders' names.

        Raises:
            BadInput: A game is missing or broken, or ``split`` is not ``"test"``.
            Unavailable: The engine is not installed.
        """
        if split != "test":
            raise BadInput(
                f"alfworld has no {split} split: it plays one split of the games; "
                "name it with --task-set split=valid_seen"
            )
        require_packages()
        config = self.config
        games = read_games(self._data(), config.split, config.task_types, config.games)
        mini = config.data is None
        return Dataset(
            inputs=[
                episode_of(game, config.max_steps, either_wording=config.either_wording)
                for game in games
            ],
            ids=[game.id for game in games],
            targets=tuple(games),
            origin=f"embedded mini ALFWorld, {config.split}"
            if mini
            else f"{config.data}, {config.split}",
            mini=mini,
        )

    def read_predictions(self, path: Path, dataset: Dataset) -> Sequence[Trajectory]:
        """Read recorded episodes.

        Raises:
            BadInput: The file is missing or broken, or does not hold one recording per game.
        """
        return read_recordings(path, dataset.inputs, dataset.origin)

    @classmethod
    def remarks(cls, details: Mapping[str, Mapping[str, float]]) -> Sequence[str]:
        """Return a line on recorded rewards that the replay did not give, if there are any."""
        return remarks(details)

    def score(self, predictions: Sequence[Trajectory], dataset: Dataset) -> Scores:
        """Play every trajectory's commands again and return the success rate.

        Raises:
            BadInput: Predictions are not one per game in order, or a game is broken.
            Unavailable: The engine is not installed.
        """
        import pyarrow as pa

        games: tuple[Game, ...] = dataset.targets
        if [p.episode_id for p in predictions] != [game.id for game in games]:
            raise BadInput("alfworld: trajectories must be one per game, in the games' order")
        config = self.config
        won, steps = [], []
        for game, prediction in zip(games, predictions, strict=True):
            episode = episode_of(game, config.max_steps, either_wording=config.either_wording)
            outcome, played = replay(episode, [step.action for step in prediction.steps])
            won.append(float(outcome))
            steps.append(played)
        winning = [count for count, success in zip(steps, won, strict=True) if success]
        return Scores(
            values={
                "success_rate": _mean(won),
                "steps_when_won": _mean(winning) if winning else Absent("no game was won"),
            },
            examples=pa.table(
                {
                    "id": [game.id for game in games],
                    "success_rate": won,
                    "task_type": [game.task_type for game in games],
                    "receptacles": [game.receptacles for game in games],
                    "commands": steps,
                }
            ),
            details=_details(games, won) | differences(predictions, won),
        )

    def _data(self) -> Path:
        if self.config.data is not None:
            return Path(self.config.data)
        if not MINI.is_file():
            raise Unavailable(
                f"{MINI}: the embedded mini ALFWorld is missing; reinstall the package, or pass --data DIR"
            )
        return MINI


def _details(games: Sequence[Game], won: Sequence[float]) -> dict[str, dict[str, float]]:
    """Return success rate and number of games per type and room, and how the games word putting."""
    per_type: dict[str, list[float]] = {
        name: [success for game, success in zip(games, won, strict=True) if game.task_type == name]
        for name in TASK_TYPES
    }
    per_room = {
        name: [
            success for game, success in zip(games, won, strict=True) if game.receptacles in span
        ]
        for name, span in ROOMS.items()
    }
    return {
        "success rate per task type": _rates(per_type),
        "games per task type": _counts(per_type),
        "success rate per size of room": _rates(per_room),
        "games per size of room": _counts(per_room),
        "games per wording of putting": {
            name: float(count) for name, count in sorted(Counter(g.puts for g in games).items())
        },
    }


def _rates(groups: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: _mean(group) for name, group in groups.items() if group}


def _counts(groups: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: float(len(group)) for name, group in groups.items() if group}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
