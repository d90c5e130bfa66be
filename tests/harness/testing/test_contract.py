"""Every check of the contract fails on a plug-in that breaks it, and passes on one that keeps it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import toys

import harness.config
from harness.errors import BadInput, UnknownName
from harness.execute import check_predictions
from harness.kinds.detection import Candidates, Detections
from harness.task import Absent, Dataset, Metric, Scores
from harness.testing import (
    METHOD_CHECKS,
    TASK_CHECKS,
    ContractViolation,
    check_method,
    check_task,
    method_findings,
    task_findings,
)


class Good(toys.Echo):
    """Keeps the contract."""

    name = "good"

    def predict(self, inputs: Sequence[Candidates], run: Any) -> Any:
        for item in run.track(inputs):
            if not np.isfinite(item.scores).all():
                raise BadInput(f"image {item.image_id}: a score is not finite")
            yield Detections(item.image_id, item.boxes, item.scores, item.labels)


def answers(inputs: Sequence[Candidates], scale: float = 1.0) -> list[Detections]:
    return [Detections(i.image_id, i.boxes, i.scores * scale, i.labels) for i in inputs]


class NoTitle(Good):
    title = ""


class BadPreset(Good):
    presets = {"paper": {"shar": 1}}


class Forgetful(Good):
    """Its options do not survive JSON."""

    class Config(harness.config.Config):
        point: Any = (1, 2)


class Lenient(Good):
    """Takes whatever it is given."""

    class Config(harness.config.Config):
        no_such_option: Any = None


class Short(Good):
    def predict(self, inputs: Sequence[Candidates], run: Any) -> Any:
        return list(super().predict(inputs, run))[:-1]


class Wordy(Good):
    """Answers nothing with something."""

    def predict(self, inputs: Sequence[Candidates], run: Any) -> Any:
        return list(super().predict(inputs, run)) or [None]


class Unseeded(Good):
    def predict(self, inputs: Sequence[Candidates], run: Any) -> Any:
        return answers(inputs, np.random.default_rng().uniform())


class GlobalState(Good):
    def predict(self, inputs: Sequence[Candidates], run: Any) -> Any:
        return answers(inputs, random.random())


class Meddler(Good):
    def predict(self, inputs: Sequence[Candidates], run: Any) -> Any:
        for item in inputs:
            item.scores[:] *= 0.5
        return answers(inputs)


class Cheat(Good):
    """Reads the task's files while it predicts."""

    peek: Path

    def predict(self, inputs: Sequence[Candidates], run: Any) -> Any:
        self.peek.read_text()
        return answers(inputs)


class BadResume(Good):
    """Trusts whatever an interrupted run left."""

    def predict(self, inputs: Sequence[Candidates], run: Any) -> Any:
        mark = run.cache / "mark" if run.cache else None
        scale = 0.5 if mark and mark.exists() else 1.0
        if mark:
            mark.write_text("")
        for item in run.track(inputs):
            yield from answers([item], scale)


class Unpicklable(Good):
    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        self.hook = lambda: None


class Swallower(Good):
    """Answers damaged inputs as if they were sound."""

    def predict(self, inputs: Sequence[Candidates], run: Any) -> Any:
        return [Detections(i.image_id, i.boxes, np.nan_to_num(i.scores), i.labels) for i in inputs]


BREAKS = {
    "declaration": NoTitle,
    "config_round_trip": BadPreset,
    "unknown_option": Lenient,
    "one_prediction_per_input": Short,
    "no_inputs": Wordy,
    "deterministic": Unseeded,
    "no_global_randomness": GlobalState,
    "inputs_untouched": Meddler,
    "no_access_to_targets": Cheat,
    "resume": BadResume,
    "picklable": Unpicklable,
    "clean_failure": Swallower,
}


def names(checks: Any) -> set[str]:
    return {check.__name__.removeprefix("check_") for check in checks}


def broken(findings: Any) -> dict[str, str]:
    return {f.check: f.complaint for f in findings if not f.ok}


def test_there_is_a_breaker_for_every_check() -> None:
    assert set(BREAKS) == names(METHOD_CHECKS)
    assert set(TASK_BREAKS) == names(TASK_CHECKS)


def test_a_good_method_and_a_good_task_pass() -> None:
    check_method(Good)
    check_task(toys.Counting, images=5)
    check_task("toys:Counting")


@pytest.mark.parametrize("check", BREAKS)
def test_a_method_that_breaks_a_promise_is_caught(
    check: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("targets")
    Cheat.peek = secret
    monkeypatch.setattr(
        "harness.testing.methods._task_files", lambda kinds: {str(secret.resolve())}
    )
    found = broken(method_findings(BREAKS[check]))
    assert check in found
    assert found[check]
    with pytest.raises(ContractViolation, match=check):
        check_method(BREAKS[check])


def test_options_that_json_changes_are_caught() -> None:
    assert "changed on the way" in broken(method_findings(Forgetful))["config_round_trip"]


class TwoPrimaries(toys.Counting):
    metrics = (Metric("kept", primary=True), Metric("never", primary=True))


class Tuples(toys.Counting):
    class Config(harness.config.Config):
        point: Any = (1, 2)
        images: int = 5
        data: Path | None = None


class MissingFile(toys.Counting):
    def files(self) -> list[Path]:
        return [Path("/nonexistent/file")]


class NumberIds(toys.Counting):
    def load(self, split: Any = "test") -> Dataset:
        d = super().load(split)
        return Dataset(d.inputs, list(range(len(d.ids))), d.targets, d.origin, d.mini)  # type: ignore[arg-type]


class Shifting(toys.Counting):
    def load(self, split: Any = "test") -> Dataset:
        d = super().load(split)
        for item in d.inputs:
            item.scores[:] = np.random.default_rng().uniform(size=len(item))
        return d


class Leaky(toys.Counting):
    def load(self, split: Any = "test") -> Dataset:
        d = super().load(split)
        return Dataset(d.inputs, d.ids, [i.labels for i in d.inputs], d.origin, d.mini)


class Undeclared(toys.Counting):
    def score(self, predictions: Any, dataset: Dataset) -> Scores:
        right = super().score(predictions, dataset)
        return Scores({**right.values, "more": 1.0}, right.examples)


class Moody(toys.Counting):
    calls = 0

    def score(self, predictions: Any, dataset: Dataset) -> Scores:
        Moody.calls += 1
        return Scores({"kept": float(Moody.calls), "never": Absent("never")})


class WrongIds(toys.Counting):
    def score(self, predictions: Any, dataset: Dataset) -> Scores:
        right = super().score(predictions, dataset)
        return Scores(right.values, pa.table({"id": ["other"] * 5, "kept": [1.0] * 5}))


class Boasting(toys.Counting):
    submission_format = "a format it cannot read"


TASK_BREAKS = {
    "declaration": TwoPrimaries,
    "config_round_trip": Tuples,
    "files": MissingFile,
    "load": NumberIds,
    "load_deterministic": Shifting,
    "submissions": Boasting,
    "targets_hidden": Leaky,
    "scores": Undeclared,
    "score_deterministic": Moody,
    "examples": WrongIds,
}


@pytest.mark.parametrize("check", TASK_BREAKS)
def test_a_task_that_breaks_a_promise_is_caught(check: str) -> None:
    found = broken(task_findings(TASK_BREAKS[check]))
    assert found.get(check)
    with pytest.raises(ContractViolation, match=check):
        check_task(TASK_BREAKS[check])


def test_the_metrics_column_must_reproduce_the_metric() -> None:
    class Wrong(toys.Counting):
        def score(self, predictions: Any, dataset: Dataset) -> Scores:
            right = super().score(predictions, dataset)
            return Scores({"kept": 1.0, "never": Absent("never")}, right.examples)

    assert "kept" in broken(task_findings(Wrong)).get("examples", "")


def test_what_a_task_says_of_submissions_is_what_it_does() -> None:
    class Silent(toys.Reading):
        submission_format = ""

    class OtherTargets(toys.Reading):
        def target_files(self) -> list[Path]:
            return [Path("elsewhere")]

    class FewerTargets(toys.Reading):
        def load_targets(self) -> Dataset:
            return type(self)(self.Config(images=2)).load()

    assert "submissions" not in broken(task_findings(toys.Reading))
    assert "name their format" in broken(task_findings(Silent))["submissions"]
    assert "elsewhere" in broken(task_findings(OtherTargets))["submissions"]
    assert "differ in ids" in broken(task_findings(FewerTargets))["submissions"]


def test_names_that_no_plugin_has() -> None:
    with pytest.raises(UnknownName):
        check_method("no_such_method")
    with pytest.raises(UnknownName, match="did you mean 'images'"):
        check_task("toys:Counting", image=3)


def test_a_prediction_for_another_image_is_refused() -> None:
    inputs = list(toys.Counting().load().inputs)
    with pytest.raises(BadInput, match="keep the input order"):
        check_predictions("detection", inputs, answers(inputs)[::-1], owner="method x")
