"""A paper's claims as data: what is compared, by which test, at which level."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Confidence = Literal["seen", "recalled, unverified"]
"""Whether a reported figure or claim was read in its source."""


class Part(BaseModel):
    """Base of everything in a paper's file: frozen, no unknown entries, finite numbers only."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _Claim(Part):
    """What every claim says.

    Attributes:
        name: Short and stable.
        text: The claim, as one sentence.
        source: Name of the source.
        confidence: Whether it was read there or recalled.
        reported: The figures the paper supports it with, for people.
        note: What a reader must know about the test.
    """

    name: str
    text: str
    source: str
    confidence: Confidence
    reported: str = ""
    note: str = ""


class BetterClaim(_Claim):
    """``arm`` is better on ``metric`` than every one of ``than``; one-sided paired tests.

    Attributes:
        test: Discriminates the kinds of claim.
        metric: The task's name for it; its direction says what better means.
        arm: Name of the arm.
        than: Names of the arms it is compared with; the claim holds if it beats each.
        over: What is paired: the examples of one seed, or seeds.
        alpha: Level of the test.
    """

    test: Literal["better"]
    metric: str
    arm: str
    than: tuple[str, ...] = Field(min_length=1)
    over: Literal["examples", "seeds"] = "examples"
    alpha: float = Field(default=0.05, gt=0, lt=0.5)


class EquivalentClaim(_Claim):
    """``metric`` differs between ``arm`` and every one of ``others`` by less than ``margin``.

    Attributes:
        test: Discriminates the kinds of claim.
        metric: The task's name for it.
        arm: Name of the arm the others are compared with.
        others: Names of the other arms.
        margin: Largest difference that counts as none, in the metric's own unit.
        alpha: Level of each of the two one-sided tests.
    """

    test: Literal["equivalent"]
    metric: str
    arm: str
    others: tuple[str, ...] = Field(min_length=1)
    margin: float = Field(gt=0)
    alpha: float = Field(default=0.05, gt=0, lt=0.5)


class UntestableClaim(_Claim):
    """A claim that nothing here can test, and why."""

    test: Literal["none"]
    reason: str


Claim = Annotated[BetterClaim | EquivalentClaim | UntestableClaim, Field(discriminator="test")]


def arms_of(claim: Claim) -> tuple[str, ...]:
    """Return the names of the arms that ``claim`` compares, the one it is about first."""
    if isinstance(claim, BetterClaim):
        return (claim.arm, *claim.than)
    if isinstance(claim, EquivalentClaim):
        return (claim.arm, *claim.others)
    return ()
