"""Right before fast: which implementations compute what the reference computes."""

from __future__ import annotations

import hashlib
import pickle
import textwrap
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.bench.records import Status
from harness.extras import how_to_install
from harness.kernel import Case, Cost, Implementation, Kernel
from harness.sources import is_installed

REASON_LENGTH = 160
"""Characters of a message that a row shows."""


@dataclass(frozen=True, slots=True)
class Checked:
    """An implementation whose output was right, ready to be timed."""

    implementation: Implementation
    call: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """An implementation that is not timed, and why: one line, and the traceback if it raised."""

    implementation: Implementation
    status: Status
    reason: str
    detail: str = ""


class Checker:
    """One case of a kernel: its expected output, its cost, and the verdict on implementations.

    Attributes:
        expected: The reference's output.
        cost: What the cost model counts for this case.
    """

    def __init__(self, kernel: Kernel, case: Case, seed: int) -> None:
        """Draw the inputs and run the reference on them."""
        self._kernel = kernel
        self._case = case
        self._seed = seed
        inputs = self._inputs()
        self.expected = kernel.reference(inputs)
        self.cost: Cost = kernel.cost(inputs, self.expected)

    def check(self, implementation: Implementation) -> Checked | Refused:
        """Run ``implementation`` once, on inputs of its own, and compare the outputs."""
        missing = missing_packages(implementation)
        if missing:
            return Refused(
                implementation, "unavailable", f"needs {missing[0]}: {install_line(missing)}"
            )
        for dimension, most in implementation.max_size.items():
            size = self._case.size.get(dimension, 0)
            if size > most:
                return Refused(implementation, "skipped", f"{dimension} {size} > {most}, its limit")
        inputs = self._inputs()
        before = _fingerprint(inputs)
        try:
            call = implementation.prepare(inputs)
        except Exception as error:
            return failed(implementation, error)
        refused = self.verify(implementation, call)
        if refused:
            return refused
        if _fingerprint(inputs) != before:
            return Refused(implementation, "wrong", "it changes its inputs")
        return Checked(implementation, call)

    def verify(self, implementation: Implementation, call: Callable[[], Any]) -> Refused | None:
        """Call once and compare with the reference's output; return None if it is right."""
        try:
            output = implementation.result(call())
        except Exception as error:
            return failed(implementation, error)
        try:
            self._kernel.compare(output, self.expected)
        except AssertionError as error:
            reason = on_one_line(error) or "its output differs from the reference's"
            return Refused(implementation, "wrong", reason)
        except Exception as error:
            reason = f"its output cannot be compared: {named(error)}"
            return Refused(implementation, "wrong", reason, _trace(error))
        return None

    def _inputs(self) -> Any:
        """Return newly built inputs; they depend on the seed and the case's name only."""
        name = int.from_bytes(hashlib.sha256(self._case.name.encode()).digest()[:8], "big")
        return self._case.make(np.random.default_rng([self._seed, name]))


def missing_packages(implementation: Implementation) -> list[str]:
    """Return the import names that ``implementation`` needs and that are not installed."""
    return [name for name in implementation.requires if not is_installed(name)]


def install_line(missing: Sequence[str]) -> str:
    """Return the command that installs the packages of these import names."""
    return how_to_install([], " ".join(name.replace("_", "-") for name in missing))


def failed(implementation: Implementation, error: Exception) -> Refused:
    """Return the refusal of an implementation that raised ``error``."""
    return Refused(implementation, "failed", named(error), _trace(error))


def _fingerprint(inputs: Any) -> bytes:
    """Return a digest of the inputs' contents; inputs that cannot be pickled all look alike."""
    try:
        return hashlib.sha256(pickle.dumps(inputs, protocol=5)).digest()
    except (pickle.PicklingError, TypeError, AttributeError):
        return b""


def named(error: BaseException) -> str:
    """Return the exception's type and message on one line."""
    message = on_one_line(error)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def on_one_line(message: object) -> str:
    """Return the text with line breaks and runs of blanks as single blanks, cut to size."""
    return textwrap.shorten(str(message), REASON_LENGTH, placeholder=" ...")


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
