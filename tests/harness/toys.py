"""A toy task and methods that behave and misbehave, for tests of the spine.

They are named by direct target (``toys:Echo``), as a plug-in in somebody's working folder would be.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
import pyarrow as pa
from pydantic import Field

import harness.config
from harness.errors import BadInput, Unavailable
from harness.execute import Job, execute
from harness.executors import Event, Finished
from harness.kinds.detection import Candidates, Detections
from harness.method import Method, Run
from harness.task import Absent, Dataset, Metric, Scores, Task


class Counting(Task):
    """Scores how many of an image's candidates were kept, in per cent of those expected."""

    name = "counting"
    title = "Toy task"
    kind = "detection"
    metrics = (Metric("kept", unit="%", primary=True), Metric("never"))

    class Config(harness.config.Config):
        """Options of the toy task."""

        data: Path | None = Field(None, description="A text file holding the number of images.")
        images: int = Field(5, ge=0)

    def files(self) -> Sequence[Path]:
        """Return the data file, if any."""
        if self.config.data is not None and not self.config.data.exists():
            raise BadInput(f"{self.config.data}: no such file")
        return [self.config.data] if self.config.data else []

    def load(self, split: str = "test") -> Dataset:
        """Make images with 1, 2, 3, ... candidates."""
        count = int(self.config.data.read_text()) if self.config.data else self.config.images
        rng = np.random.default_rng(7)
        inputs = []
        for i in range(count):
            corner = rng.uniform(0, 50, (i + 1, 2))
            boxes = np.concatenate([corner, corner + 10], axis=1)
            scores = rng.uniform(0.1, 1, i + 1)
            inputs.append(Candidates(i, 64, 64, boxes, scores, np.ones(i + 1, np.int64)))
        ids = [str(i) for i in range(count)]
        return Dataset(inputs, ids, [i + 1 for i in range(count)], "toy images", mini=True)

    def score(self, predictions: Sequence[Detections], dataset: Dataset) -> Scores:
        """Return the mean share of candidates kept."""
        shares = [100 * len(p) / n for p, n in zip(predictions, dataset.targets, strict=True)]
        table = pa.table({"id": list(dataset.ids), "kept": np.asarray(shares, np.float64)})
        value = float(np.mean(shares)) if shares else Absent("no images")
        return Scores({"kept": value, "never": Absent("this metric never has a value")}, table)


class Echo(Method):
    """Keeps a random share of the candidates."""

    name = "echo"
    title = "Keep a random share"
    kinds = ("detection",)
    presets = {"half": {"share": 0.5}}

    class Config(harness.config.Config):
        """Options of the toy method."""

        share: float = Field(1.0, ge=0, le=1)
        noise: Literal["low", "high"] = "low"

    def predict(self, inputs: Sequence[Candidates], run: Run) -> Iterable[Detections]:
        """Keep each candidate with probability ``share``."""
        rng = run.rng("keep")
        for item in run.track(inputs):
            kept = rng.uniform(size=len(item)) < self.config.share
            yield Detections(item.image_id, item.boxes[kept], item.scores[kept], item.labels[kept])


class Misbehaving(Echo):
    """Does what ``how`` says instead of answering."""

    name = "misbehaving"

    class Config(harness.config.Config):
        """What to do."""

        how: str = "raise"
        share: float = 1.0

    def predict(self, inputs: Sequence[Candidates], run: Run) -> Iterable[Detections]:
        """Misbehave."""
        how = self.config.how
        if how == "raise":
            raise ValueError("the toy is broken")
        if how == "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        if how == "exit":
            os._exit(3)
        if how == "sys.exit":
            sys.exit("no more")
        if how == "unknown signal":
            os.kill(os.getpid(), signal.SIGRTMIN + 1)
        if how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "kill worker":
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(600)
        if how == "surrogate":
            raise FileNotFoundError(os.fsdecode(b"caf\xe9.json"))
        if how == "odd progress":
            run.on_progress("some", None)
        if how == "close everything":
            os.closerange(3, 256)
        if how == "daemon":
            return self._leave_daemon(inputs, run)
        if how == "hang":
            print("going to sleep", flush=True)
            time.sleep(600)
        if how == "hog":
            hoard = []
            while True:
                hoard.append(np.ones(4 << 20))
        if how == "huge":
            np.ones(1 << 45)
        if how == "unavailable":
            raise Unavailable("the toy needs a moon: fetch one")
        if how == "short":
            return list(super().predict(inputs, run))[:-1]
        if how == "nan":
            answers = list(super().predict(inputs, run))
            answers[0].scores[:] = np.nan
            return answers
        if how == "wrong type":
            return [None for _ in inputs]
        return super().predict(inputs, run)

    def _leave_daemon(self, inputs: Sequence[Candidates], run: Run) -> Iterable[Detections]:
        """Answer, and leave a process in a session of its own behind."""
        left = subprocess.Popen(["sleep", "600"], start_new_session=True)
        Path(os.environ["TOY_DAEMON"]).write_text(str(left.pid))
        return super().predict(inputs, run)


class Tallying(Echo):
    """Leaves a line in a file for every time it is executed, after a nap."""

    name = "tallying"

    class Config(harness.config.Config):
        """Options of the toy method."""

        share: float = 1.0
        nap_s: float = 0.0
        point: int = 0
        fail: bool = False

    def predict(self, inputs: Sequence[Candidates], run: Run) -> Iterable[Detections]:
        """Leave the line, nap, answer."""
        tally = os.open(os.environ["TOY_TALLY"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(tally, f"{self.config.point} {run.seed}\n".encode())
        os.close(tally)
        time.sleep(self.config.nap_s)
        if self.config.fail:
            raise ValueError("asked to fail")
        return super().predict(inputs, run)


class Chatty(Echo):
    """Prints, and writes to file descriptor 1 past Python."""

    name = "chatty"

    def predict(self, inputs: Sequence[Candidates], run: Run) -> Iterable[Detections]:
        """Be noisy, then answer."""
        print("noise from print")
        os.write(1, b"noise from a descriptor\n")
        subprocess.run(["echo", "noise from a child"], check=True)
        return super().predict(inputs, run)


class Faulty(Counting):
    """A task whose scorer goes wrong as ``how`` says."""

    name = "faulty"

    class Config(harness.config.Config):
        """What goes wrong."""

        how: str = "score"
        images: int = 3
        data: Path | None = None

    def score(self, predictions: Sequence[Detections], dataset: Dataset) -> Scores:
        """Score wrongly."""
        right = super().score(predictions, dataset)
        how = self.config.how
        if how == "score":
            return Scores({"kept": float("nan")}, right.examples)
        if how == "detail":
            return Scores(right.values, right.examples, {"more": {"x": float("nan")}})
        if how == "table":
            return Scores(right.values, "no table")  # type: ignore[arg-type]
        if how == "example":
            return Scores(right.values, pa.table({"id": ["0", "1"], "kept": [1.0, None]}))
        raise RuntimeError("the scorer broke")


class Unseeded(Echo):
    """Breaks the contract: draws from a generator that the seed does not reach."""

    name = "unseeded"

    def predict(self, inputs: Sequence[Candidates], run: Run) -> Iterable[Detections]:
        """Keep a share that nobody can reproduce."""
        rng = np.random.default_rng()
        return [
            Detections(i.image_id, i.boxes, i.scores * rng.uniform(size=len(i)), i.labels)
            for i in inputs
        ]


class Meddler(Echo):
    """Breaks the contract: changes its inputs."""

    name = "meddler"

    def predict(self, inputs: Sequence[Candidates], run: Run) -> Iterable[Detections]:
        """Zero the scores of the inputs."""
        for item in inputs:
            item.scores[:] = 0
        return super().predict(inputs, run)


class OtherKind(Echo):
    """Takes tasks of a kind that the toy task is not."""

    name = "other_kind"
    kinds = ("reranking",)


class Inline:
    """An executor that runs jobs in the process of the runner, one after the other."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._jobs: list[Job] = []

    def __enter__(self) -> Self:
        """Return self."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop nothing: nothing runs."""

    def submit(self, job: Job) -> None:
        """Queue ``job``."""
        self._jobs.append(job)

    def events(self) -> Iterator[Event]:
        """Run what is queued."""
        while self._jobs:
            job = self._jobs.pop(0)
            yield Finished(job, execute(job))


class Idle(Counting):
    """A task without examples: what a run costs when nothing is to be done."""

    name = "idle"
    metrics = (Metric("nothing", primary=True),)

    def load(self, split: str = "test") -> Dataset:
        """Load nothing."""
        return Dataset([], [], [], "nothing", mini=True)

    def score(self, predictions: Sequence[Detections], dataset: Dataset) -> Scores:
        """Score nothing."""
        return Scores({"nothing": 0.0})


class Reading(Counting):
    """Reads submissions: a JSON list with the number of candidates kept of each image."""

    name = "reading"
    submission_format = "JSON list of integers, one an image"

    def read_predictions(self, path: Path, dataset: Dataset) -> Sequence[Detections]:
        """Return as many boxes as the file says."""
        counts = json.loads(path.read_text())
        if len(counts) != len(dataset.ids):
            raise BadInput(f"{path}: {len(counts)} counts for {len(dataset.ids)} images")
        return [
            Detections(i, np.zeros((n, 4)), np.full(n, value), np.ones(n, np.int64))
            for i, (n, value) in enumerate(
                (c, 1.0) if isinstance(c, int) else (1, float(c)) for c in counts
            )
        ]


class ReadingFaulty(Reading):
    """Reads submissions and breaks while scoring them."""

    name = "reading_faulty"

    def score(self, predictions: Sequence[Detections], dataset: Dataset) -> Scores:
        """Break."""
        raise RuntimeError("the scorer broke")
