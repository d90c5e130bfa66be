from __future__ import annotations

import ast
from pathlib import Path

from harness import registry
from harness.execute import check_predictions
from harness.gate import reference
from harness.gate.reference import Nothing, Workload
from harness.method import Run


def test_the_work_is_the_same_everywhere() -> None:
    # Worked out apart, by plain loops over the same generator; a change makes every pinned time
    # meaningless and must change ``identity`` too.
    state, numbers = 1, []
    for _ in range(40_000):
        state = state * 48271 % (2**31 - 1)
        numbers.append(state)
    mixed = sorted(sorted(numbers), key=lambda n: (n * 2654435761) % 2**32)
    expected = 0
    for i in range(48):
        for j in range(48):
            for k in range(48):
                expected += numbers[48 * i + k] * mixed[48 * k + j]
    assert reference.workload() == expected % 2**31


def test_the_workload_uses_no_library() -> None:
    tree = ast.parse(Path(reference.__file__).read_text())
    functions = [f for f in tree.body if isinstance(f, ast.FunctionDef)]
    names = {n.id for f in functions for n in ast.walk(f) if isinstance(n, ast.Name)}
    assert not names & {"np", "numba", "torch", "random"}


def test_identity_names_workload_and_interpreter() -> None:
    assert "40000" in reference.identity()
    assert "Python 3." in reference.identity()


def test_the_runner_takes_it_for_a_method_on_a_task() -> None:
    assert registry.methods.load(reference.REQUEST.method) is Workload
    assert registry.tasks.load(reference.REQUEST.task) is Nothing
    task = Nothing()
    dataset = task.load()
    answers = list(Workload().predict(dataset.inputs, Run(seed=0)))
    check_predictions(task.kind, dataset.inputs, answers, owner="the reference")
    assert task.score(answers, dataset).values == {"answers": 1.0}
    assert task.files() == ()
