"""What a check is, how its result is told, and comparisons that checks share."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from harness.errors import HarnessError

S = TypeVar("S")


class ContractViolation(AssertionError):
    """A plug-in does not keep the contract; the message lists every violation."""


class Violated(Exception):
    """One check's complaint."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        check: Name of the check.
        promise: What the plug-in promises, in words.
        ok: Whether it keeps it.
        complaint: How it does not, or ``""``.
    """

    check: str
    promise: str
    ok: bool
    complaint: str = ""


def findings_for(subject: S, checks: Iterable[Callable[[S], None]]) -> list[Finding]:
    """Run every check on ``subject``; one that fails does not keep the others from running."""
    found = []
    for check in checks:
        promise = (check.__doc__ or "").partition("\n")[0].rstrip(".")
        complaint = ""
        try:
            check(subject)
        except Violated as error:
            complaint = str(error)
        except HarnessError as error:
            complaint = str(error)
        except Exception as error:
            complaint = f"{type(error).__name__}: {error}"
        name = check.__name__.removeprefix("check_")
        found.append(Finding(name, promise, not complaint, complaint))
    return found


def judge(owner: str, findings: Sequence[Finding]) -> None:
    """Raise :class:`ContractViolation` unless every finding is ok."""
    broken = [f for f in findings if not f.ok]
    if broken:
        lines = [f"{owner} breaks {len(broken)} of {len(findings)} checks:"]
        lines += [f"  {f.check} ({f.promise}): {f.complaint}" for f in broken]
        raise ContractViolation("\n".join(lines))


def require(condition: bool, complaint: str) -> None:
    """Raise :class:`Violated` with ``complaint`` unless ``condition`` holds."""
    if not condition:
        raise Violated(complaint)


def same(first: Any, second: Any) -> bool:
    """Tell whether two values are the same to the last bit, arrays and NaN included."""
    return frozen(first) == frozen(second)


def frozen(value: Any) -> bytes:
    """Return ``value`` as bytes that do not depend on which of its parts are shared objects."""
    sink = io.BytesIO()
    pickler = pickle.Pickler(sink, protocol=4)
    pickler.fast = True  # without a memo, equal values give equal bytes whatever is shared
    pickler.dump(value)
    return sink.getvalue()
