from __future__ import annotations

import numpy as np
import pytest
import toykernel as toy

from harness.bench.correctness import REASON_LENGTH, Checked, Checker, Refused
from harness.kernel import Case, Implementation


def verdict(implementation: Implementation, case: int = 0) -> Checked | Refused:
    kernel = toy.kernel(implementation)
    return Checker(kernel, kernel.cases[case], seed=0).check(implementation)


def refusal(implementation: Implementation, case: int = 0) -> Refused:
    found = verdict(implementation, case)
    assert isinstance(found, Refused)
    return found


def test_what_is_right_may_be_timed() -> None:
    found = verdict(toy.NUMPY)
    assert isinstance(found, Checked)
    assert isinstance(found.call(), float)


def test_what_differs_is_wrong_and_the_difference_is_told() -> None:
    found = refusal(toy.WRONG)
    assert found.status == "wrong"
    assert "Mismatched elements" in found.reason
    assert "\n" not in found.reason
    assert len(found.reason) <= REASON_LENGTH


def test_what_cannot_be_compared_is_wrong() -> None:
    assert refusal(toy.ODD).status == "wrong"
    assert "cannot be compared" in refusal(toy.ODD).reason


def test_a_crash_is_told_on_one_line_and_kept_whole() -> None:
    found = refusal(toy.RAISING)
    assert (found.status, found.reason) == ("failed", "RuntimeError: out of registers")
    assert "toykernel.py" in found.detail
    assert (refusal(toy.UNPREPARED).status, refusal(toy.UNPREPARED).reason) == (
        "failed",
        "MemoryError",
    )


def test_a_missing_package_is_told_with_the_line_that_installs_it() -> None:
    found = refusal(toy.MISSING)
    assert found.status == "unavailable"
    assert found.reason == "needs no_such_package: pip install no-such-package"


def test_what_is_too_large_is_skipped_before_it_runs() -> None:
    assert isinstance(verdict(toy.LOOP, case=0), Checked)
    assert refusal(toy.LOOP, case=1).status == "skipped"
    assert "10000" in refusal(toy.LOOP, case=1).reason


def test_changing_the_inputs_is_wrong_and_harms_nobody_else() -> None:
    kernel = toy.kernel(toy.NUMPY, toy.GREEDY)
    checker = Checker(kernel, kernel.cases[0], seed=0)
    before = checker.check(toy.NUMPY)
    greedy = checker.check(toy.GREEDY)
    after = checker.check(toy.NUMPY)
    assert isinstance(greedy, Refused)
    assert greedy.reason == "it changes its inputs"
    assert isinstance(before, Checked)
    assert isinstance(after, Checked)
    assert before.call() == after.call() == pytest.approx(checker.expected)


def test_inputs_follow_the_seed_and_the_case() -> None:
    kernel = toy.kernel(toy.NUMPY)
    first = Checker(kernel, kernel.cases[0], seed=1).expected
    assert Checker(kernel, kernel.cases[0], seed=1).expected == first
    assert Checker(kernel, kernel.cases[0], seed=2).expected != first
    renamed = Case("other", kernel.cases[0].size, kernel.cases[0].make)
    assert Checker(kernel, renamed, seed=1).expected != first


def test_the_cost_is_that_of_the_case() -> None:
    kernel = toy.kernel(toy.NUMPY)
    assert Checker(kernel, kernel.cases[0], seed=0).cost.pairs == 100


def test_inputs_that_cannot_be_pickled_are_no_obstacle() -> None:
    unpicklable = Case("lambda", {"n": 1}, lambda rng: np.array([lambda: 1], dtype=object))
    kernel = toy.kernel(Implementation("one", "cpu", lambda x: lambda: 1.0))
    object.__setattr__(kernel, "reference", lambda x: 1.0)
    assert isinstance(
        Checker(kernel, unpicklable, seed=0).check(kernel.implementations[0]), Checked
    )
