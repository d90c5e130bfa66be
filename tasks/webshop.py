"""WebShop (Yao, Chen, Yang and Narasimhan, NeurIPS 2022, arXiv:2207.01206), shopping by text.

An instruction says what to buy; the agent searches a shop, opens products, chooses options and buys.
Reads the official product and goal files (``items_shuffle*.json``, ``items_ins_v2*.json``,
``items_human_ins.json``) and plays in an environment with the released one's pages, actions, search
ranking and reward. Trajectories are scored by replaying their actions: rewards a method noted are
not looked at.

Figures: the score (mean reward, 0 for episodes without a purchase, in percent), the success rate
(share of episodes with reward 1) and the actions taken. ``details`` holds the means of the reward's
parts. The examples kept with a run hold the transcripts: ``harness show RUN --episode 3``.

Two things the released environment leaves to chance or to its surroundings are options here: the
seed of drawn prices (``price_seed``) and who finds nouns in product names (``nouns``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from harness.errors import BadInput
from harness.kinds.episodes import Step, Trajectory
from harness.task import ByHand, Dataset, Metric, Scores, Split, Task
from harness.tasks.mini.webshop_catalogue import ensure_mini
from harness.tasks.shopping.environment import Mode, Purchase, Rules, ShoppingEpisode
from harness.tasks.shopping.nouns import Tagger
from harness.tasks.shopping.official import Engine
from harness.tasks.shopping.sessions import is_session_log, read_sessions
from harness.tasks.shopping.shop import Source, open_shop
from harness.tasks.shopping.sources import find_file, find_optional, find_products
from harness.tasks.submissions.recordings import differences, read_recordings, remarks
from harness.tasks.understanding.records import read_jsonl
from harness.transcript import COLUMN, write

SPLITS: dict[str, slice] = {
    "test": slice(0, 500),
    "validation": slice(500, 1500),
    "train": slice(1500, None),
}
"""Goals of each split after the official shuffle (``baseline_models/env.py``)."""
MINI_SPLITS: dict[str, slice] = {
    "test": slice(0, 240),
    "validation": slice(240, 360),
    "train": slice(360, None),
}


class WebShop(Task):
    """Shopping by text, from official product and goal files."""

    name: ClassVar[str] = "webshop"
    title: ClassVar[str] = "WebShop (shopping by text)"
    kind: ClassVar[str] = "episodes"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("reward", primary=True),
        Metric("success_rate"),
        Metric("steps", unit="actions", higher_is_better=False),
    )
    source: ClassVar[str] = (
        "princeton-nlp/WebShop (MIT): setup.sh fetches items_shuffle.json (1.18 million products; "
        "-d small: the first 1,000), items_ins_v2.json and items_human_ins.json. The product texts "
        "were collected from amazon.com by the authors, for research. The embedded mini shop is our "
        "own, under this project's licence."
    )
    by_hand: ClassVar[ByHand | None] = ByHand(
        reason="its owners serve the files from Google Drive, which answers a plain request for a "
        "large file with a page, and publish no checksums",
        commands=(
            "python -m pip install gdown",
            "gdown 1A2whVgOO0euk5O13n2iYDM0bQRkkRduB -O items_shuffle.json",
            "gdown 1s2j6NgHljiZzQNL3veZaAiyW_qDEgBNi -O items_ins_v2.json",
            "gdown 14Kb5SPBk_jfdLZ_CDBNitW98QLDlKR5O -O items_human_ins.json",
        ),
        gives=("items_shuffle.json", "items_ins_v2.json", "items_human_ins.json"),
    )

    submission_format: ClassVar[str] = (
        'recorded episodes, jsonl: {"id": "fixed_0", "steps": [{"action", "reward"}]} a line, as our '
        "transcripts; or page views as WebShop's web application logs its sessions. Actions are "
        "replayed"
    )

    class Config(Task.Config):
        """Options of WebShop."""

        data: Path | None = Field(
            None,
            description="Folder with items_shuffle*.json, items_ins_v2*.json and, for human goals, "
            "items_human_ins.json (each may be gzipped; also products*.jsonl of loaded products); "
            "default: the embedded mini shop",
        )
        goals: Literal["auto", "human", "synthetic"] = Field(
            "auto", description="Whose goals; auto: people's where their file is there"
        )
        split: Literal["test", "validation", "train"] = Field(
            "test", description="Goals to run: 0-499, 500-1499 or the rest of the official order"
        )
        episodes: int | None = Field(
            None, ge=1, description="Only so many goals, from the split's first; null: all"
        )
        max_steps: int = Field(
            15, ge=1, description="Actions an episode may take; the paper's own models have 100"
        )
        observation: Mode = Field("text", description="How pages become text")
        nouns: Tagger = Field(
            "words",
            description="Who finds nouns in names: a word list, or a spaCy model (official)",
        )
        engine: Engine = Field(
            "rules", description="Who computes rewards; web_agent_site: the released code"
        )
        price_seed: int = Field(
            233, ge=0, description="Seed of prices drawn from ranges and of price bounds"
        )
        show_attributes: bool = Field(False, description="Whether item pages show attributes")
        search_anywhere: bool = Field(
            False,
            description="Accept search[...] on every page, as the released text environment does; "
            "off: only where a search bar is shown",
        )

    def files(self) -> Sequence[Path]:
        """Return the product file, the attribute file, and that of people's goals if it is used.

        Raises:
            BadInput: One is missing, or it is not clear which file is meant.
        """
        return self._source().files()

    def load(self, split: Split = "test") -> Dataset:
        """Return one episode per goal; ``"test"`` means the split the options name.

        Raises:
            BadInput: A file is missing or damaged, or the split has no goal.
            Unavailable: The tagger or engine asked for is not installed.
        """
        mini = self.config.data is None
        part = self.config.split if split == "test" else split
        shop = open_shop(self._source().stamped())
        chosen = range(len(shop.goals))[(MINI_SPLITS if mini else SPLITS)[part]]
        chosen = chosen[: self.config.episodes]
        if not chosen:
            raise BadInput(
                f"webshop has {len(shop.goals)} goals in {self._folder()}, none of them in its "
                f"{part} split, which begins at goal {SPLITS[part].start}; choose another split"
            )
        rules = Rules(
            self.config.observation, self.config.show_attributes, self.config.search_anywhere
        )
        inputs = [
            ShoppingEpisode(
                f"fixed_{i}", shop.goals[i].instruction, self.config.max_steps, shop, i, rules
            )
            for i in chosen
        ]
        return Dataset(
            inputs=inputs,
            ids=[episode.id for episode in inputs],
            targets=tuple(chosen),
            origin=f"embedded mini shop, {part}" if mini else f"{self._folder()}, {part}",
            mini=mini,
        )

    def read_predictions(self, path: Path, dataset: Dataset) -> Sequence[Trajectory]:
        """Read recorded episodes, or session logs of the web application.

        Raises:
            BadInput: The file is missing or broken, or does not hold one recording per episode.
        """
        first = next(iter(read_jsonl(path)))
        if is_session_log(first):
            return read_sessions(path, list(read_jsonl(path)), dataset.inputs, dataset.origin)
        return read_recordings(path, dataset.inputs, dataset.origin)

    @classmethod
    def remarks(cls, details: Mapping[str, Mapping[str, float]]) -> Sequence[str]:
        """Return a line on recorded rewards that the replay did not give, if there are any."""
        return remarks(details)

    def score(self, predictions: Sequence[Trajectory], dataset: Dataset) -> Scores:
        """Replay every trajectory; return the figures and a row per episode.

        Raises:
            BadInput: Predictions are not one per episode, or take more actions than allowed.
        """
        import numpy as np
        import pyarrow as pa

        played = [
            _replay(episode, trajectory)
            for episode, trajectory in zip(dataset.inputs, predictions, strict=True)
        ]
        bought = [purchase for purchase, _, _ in played]
        rewards = np.array([p.reward.value if p else 0.0 for p in bought])
        columns = {
            "reward": rewards,
            "success_rate": (rewards == 1).astype(np.float64),
            "steps": np.array([float(steps) for _, steps, _ in played]),
        }
        return Scores(
            values={name: float(column.mean()) for name, column in columns.items()},
            examples=pa.table(
                {"id": list(dataset.ids), **columns, COLUMN: [text for _, _, text in played]}
            ),
            details={
                "reward parts": _parts(bought),
                **differences(predictions, rewards.tolist()),
            },
        )

    def _source(self) -> Source:
        folder = self._folder()
        instructions = None
        if self.config.goals != "synthetic":
            instructions = find_optional(folder, "items_human_ins")
            if instructions is None and self.config.goals == "human":
                raise BadInput(f"{folder}: no items_human_ins.json in it; use goals=synthetic")
        return Source(
            products=find_products(folder),
            attributes=find_file(folder, "items_ins_v2"),
            instructions=instructions,
            price_seed=self.config.price_seed,
            nouns=self.config.nouns,
            engine=self.config.engine,
        )

    def _folder(self) -> Path:
        return ensure_mini() if self.config.data is None else Path(self.config.data)


def _replay(episode: ShoppingEpisode, trajectory: Trajectory) -> tuple[Purchase | None, int, str]:
    """Return what a trajectory's actions buy, how many count, and the transcript."""
    if len(trajectory.steps) > episode.max_steps:
        raise BadInput(
            f"episode {episode.id}: {len(trajectory.steps)} actions, and at most "
            f"{episode.max_steps} may be taken"
        )
    environment = episode.start()
    seen = environment.reset()
    first, steps = seen.text, []
    for step in trajectory.steps:
        if seen.done:
            break
        seen = environment.step(step.action)
        steps.append(Step(step.action, seen.text, seen.reward, step.note))
    environment.close()
    return environment.purchase, len(steps), write(episode.goal, first, steps)


def _parts(bought: Sequence[Purchase | None]) -> dict[str, float]:
    """Return the share of episodes with a purchase, and the means of their rewards' parts."""
    rewards = [purchase.reward for purchase in bought if purchase is not None]
    parts = {"bought": len(rewards) / len(bought)} if bought else {}
    columns = {
        "type": [r.type for r in rewards],
        "attributes": [r.attributes for r in rewards],
        "options": [r.options for r in rewards if r.options is not None],
        "price": [float(r.price) for r in rewards],
    }
    return parts | {name: sum(v) / len(v) for name, v in columns.items() if v}
