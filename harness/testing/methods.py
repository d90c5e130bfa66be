"""The contract of methods."""

from __future__ import annotations

import copy
import os
import pickle
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness import config, kinds, registry
from harness.errors import BadInput, HarnessError
from harness.execute import check_predictions
from harness.method import Method, Run
from harness.task import TrainSplit
from harness.testing import samples
from harness.testing.contract import Finding, Violated, findings_for, judge, require, same


@dataclass(frozen=True, slots=True)
class Subject:
    """A method under examination, on the first of its kinds.

    Attributes:
        name: What it is called in messages.
        cls: Its class.
        kind: The kind of the sample inputs.
    """

    name: str
    cls: type[Method]
    kind: str

    def answer(
        self, items: Sequence[Any], *, seed: int = 0, cache: Path | None = None
    ) -> list[Any]:
        """Train a fresh instance and return its predictions."""
        return _answer(self.cls(), items, Run(seed=seed, cache=cache))


def _answer(method: Method, items: Sequence[Any], run: Run) -> list[Any]:
    method.train(TrainSplit(), run)
    return list(method.predict(items, run))


def check_declaration(subject: Subject) -> None:
    """It says its name, title and kinds, and each kind exists."""
    cls = subject.cls
    for attribute in ("name", "title", "kinds"):
        require(
            bool(getattr(cls, attribute, None)), f"the class attribute {attribute!r} is missing"
        )
    require(isinstance(cls.kinds, tuple), "kinds must be a tuple of names")
    for kind in cls.kinds:
        kinds.kind(kind)
    require(issubclass(cls.Config, config.Config), "Config must derive from harness.Config")


def check_config_round_trip(subject: Subject) -> None:
    """Its options survive JSON, its defaults and presets are valid."""
    cls = subject.cls
    plain = cls().config.model_dump(mode="json")
    again = config.build(cls.Config, plain, owner=subject.name)
    require(again == cls().config, f"options changed on the way through JSON: {plain} to {again!r}")
    for preset, values in cls.presets.items():
        try:
            config.build(cls.Config, values, owner=f"preset {preset}")
        except BadInput as error:
            raise Violated(str(error)) from None


def check_unknown_option(subject: Subject) -> None:
    """It refuses an option it does not have, by name."""
    try:
        config.build(subject.cls.Config, {"no_such_option": 1}, owner=subject.name)
    except BadInput as error:
        require("no_such_option" in str(error), f"the message does not name the option: {error}")
    else:
        raise Violated("an unknown option was accepted")


def check_one_prediction_per_input(subject: Subject) -> None:
    """It answers every input with one well-formed prediction, in order."""
    items = samples.inputs(subject.kind)
    check_predictions(subject.kind, items, subject.answer(items), owner=subject.name)


def check_no_inputs(subject: Subject) -> None:
    """It answers no inputs with no predictions."""
    answered = subject.answer([])
    require(answered == [], f"no inputs gave {len(answered)} predictions")


def check_deterministic(subject: Subject) -> None:
    """It gives the same predictions for the same seed."""
    first = subject.answer(samples.inputs(subject.kind), seed=3)
    second = subject.answer(samples.inputs(subject.kind), seed=3)
    require(same(first, second), "two runs with one seed differ; draw from run.rng() only")


def check_no_global_randomness(subject: Subject) -> None:
    """It neither uses nor disturbs the global random states."""
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - the global state is what is checked
    before = (random.getstate(), frozen_numpy_state())
    first = subject.answer(samples.inputs(subject.kind))
    require(
        same(before, (random.getstate(), frozen_numpy_state())), "a global random state was changed"
    )
    random.seed(2)
    np.random.seed(2)  # noqa: NPY002
    second = subject.answer(samples.inputs(subject.kind))
    require(same(first, second), "predictions depend on a global random state")


def frozen_numpy_state() -> Any:
    """Return NumPy's global random state as plain values."""
    return [part.tolist() if hasattr(part, "tolist") else part for part in np.random.get_state()]  # noqa: NPY002


def check_inputs_untouched(subject: Subject) -> None:
    """It leaves its inputs as they were."""
    items = samples.inputs(subject.kind)
    before = copy.deepcopy(items)
    subject.answer(items)
    require(same(before, items), "an input was changed in place")


def check_no_access_to_targets(subject: Subject) -> None:
    """It opens no file of a task it could be run on while it predicts."""
    forbidden = _task_files(subject.cls.kinds)
    with _opened_files() as opened:
        subject.answer(samples.inputs(subject.kind))
    touched = sorted(forbidden & opened)
    require(not touched, f"it opened {', '.join(touched)} while predicting")


def check_resume(subject: Subject) -> None:
    """It gives the same predictions after an interruption, with what it had saved."""
    fresh = subject.answer(samples.inputs(subject.kind))
    with tempfile.TemporaryDirectory() as folder:
        with suppress(KeyboardInterrupt):
            _answer(
                subject.cls(),
                samples.inputs(subject.kind),
                Run(seed=0, cache=Path(folder), on_progress=_interrupt),
            )
        resumed = subject.answer(samples.inputs(subject.kind), cache=Path(folder))
        again = subject.answer(samples.inputs(subject.kind), cache=Path(folder))
    require(same(fresh, resumed), "predictions after an interruption differ from a fresh run's")
    require(same(fresh, again), "predictions with a used cache differ from a fresh run's")


def _interrupt(done: int, total: int | None) -> None:
    if done:
        raise KeyboardInterrupt


def check_picklable(subject: Subject) -> None:
    """It and its predictions pickle, and the copy predicts the same."""
    items = samples.inputs(subject.kind)
    method = subject.cls()
    run = Run(seed=0)
    answered = _answer(method, items, run)
    twin = pickle.loads(pickle.dumps(method))
    require(same(answered, list(twin.predict(items, run))), "a pickled copy predicts otherwise")
    require(same(answered, pickle.loads(pickle.dumps(answered))), "predictions changed in a pickle")


def check_clean_failure(subject: Subject) -> None:
    """It answers damaged inputs with one clear error, and goes on working."""
    method = subject.cls()
    spoiled = samples.inputs(subject.kind)
    samples.spoil(subject.kind, spoiled)
    try:
        answered = _answer(method, spoiled, Run(seed=0))
        check_predictions(subject.kind, spoiled, answered, owner=subject.name)
    except HarnessError as error:
        require("\n" not in str(error), "the error message has more than one line")
    else:
        raise Violated("damaged inputs were answered as if they were sound")
    expected = subject.answer(samples.inputs(subject.kind))
    again = _answer(method, samples.inputs(subject.kind), Run(seed=0))
    require(same(expected, again), "after an error it predicts otherwise")


METHOD_CHECKS = (
    check_declaration,
    check_config_round_trip,
    check_unknown_option,
    check_one_prediction_per_input,
    check_no_inputs,
    check_deterministic,
    check_no_global_randomness,
    check_inputs_untouched,
    check_no_access_to_targets,
    check_resume,
    check_picklable,
    check_clean_failure,
)


def method_findings(method: str | type[Method]) -> list[Finding]:
    """Run every check on a method; return what each found.

    Args:
        method: A registered name, a direct target ``"package.module:Class"``, or a class.

    Raises:
        UnknownName: No method has that name.
        BadInput: It does not load.
    """
    cls = registry.methods.load(method) if isinstance(method, str) else method
    name = method if isinstance(method, str) else cls.__name__
    declared = getattr(cls, "kinds", None) or ("detection",)
    return findings_for(Subject(f"method {name}", cls, declared[0]), METHOD_CHECKS)


def check_method(method: str | type[Method]) -> None:
    """Raise :class:`ContractViolation`, listing every violation, unless the method keeps the contract.

    Args:
        method: A registered name, a direct target ``"package.module:Class"``, or a class.
    """
    judge(f"method {method}", method_findings(method))


def _task_files(method_kinds: Sequence[str]) -> set[str]:
    """Return the files of every registered task of these kinds, as far as they are here."""
    files: set[str] = set()
    for name in registry.tasks.names():
        if registry.tasks.describe(name).get("kind") not in method_kinds:
            continue
        try:
            files.update(str(Path(p).resolve()) for p in registry.tasks.load(name)().files())
        except Exception:
            # A task that is broken or has no data here is not this method's fault.
            continue
    return files


_listeners: list[set[str]] = []
_hooked = False


def _note_open(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _listeners and isinstance(arguments[0], str | bytes | Path):
        path = os.fsdecode(arguments[0])
        for opened in _listeners:
            opened.add(str(Path(path).resolve()))


@contextmanager
def _opened_files() -> Iterator[set[str]]:
    """Collect the path of every file opened in the block."""
    global _hooked
    if not _hooked:
        # An audit hook stays for the life of the process, so there is one, idle between checks.
        sys.addaudithook(_note_open)
        _hooked = True
    opened: set[str] = set()
    _listeners.append(opened)
    try:
        yield opened
    finally:
        _listeners.remove(opened)
