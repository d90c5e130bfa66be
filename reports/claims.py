"""Verdicts on a paper's claims: reproduced, not reproduced, or untested with the reason.

A verdict comes from run records by the test that the claim names, corrected by Holm over the claims
of the paper. A claim against several rivals holds only if it holds against each, so its p-value is
the largest of theirs (an intersection-union test).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness import registry
from harness.errors import BadInput
from harness.record import RunRecord
from harness.reports.comparisons import compare_runs, compare_seeds, equivalent_runs, one_sided
from harness.reports.measured import Measured
from harness.reports.paper import Paper
from harness.reports.paper_claims import (
    BetterClaim,
    Claim,
    EquivalentClaim,
    UntestableClaim,
    arms_of,
)
from harness.reports.summary import amount_text
from harness.statistics import Comparison, correct
from harness.store import Store
from harness.tables import CellValue, Column, Table, text_cell

Verdict = Literal["reproduced", "not reproduced", "untested"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one claim.

    Attributes:
        paper: Registry name of the paper's method.
        claim: The claim.
        verdict: See the module.
        reason: Why it is untested, or ``""``.
        comparison: The comparison that decided: of all rivals, the one with the largest p-value.
        rival: The label of that rival.
        p_value: Raw p-value of the claim's test.
        p_corrected: The same, Holm-corrected over the tested claims of the paper.
        runs: Keys of the runs compared.
        data: Where the data came from.
        mini: Whether they are synthetic.
    """

    paper: str
    claim: Claim
    verdict: Verdict = "untested"
    reason: str = ""
    comparison: Comparison | None = None
    rival: str = ""
    p_value: float | None = None
    p_corrected: float | None = None
    runs: tuple[str, ...] = ()
    data: str = ""
    mini: bool = False


def judge(paper: Paper, measured: Measured) -> list[Finding]:
    """Return one finding per claim of ``paper``, in its order.

    Args:
        paper: The paper.
        measured: The runs of its arms on one data set.
    """
    tested = [_tested(paper, claim, measured) for claim in paper.claims]
    raw = [found.p_value for found in tested if found.p_value is not None]
    corrected = iter(correct(raw))
    return [
        found if found.p_value is None else _decided(found, next(corrected)) for found in tested
    ]


def _decided(found: Finding, p_corrected: float) -> Finding:
    assert not isinstance(found.claim, UntestableClaim)
    holds = p_corrected < found.claim.alpha
    return dataclasses.replace(
        found,
        p_corrected=p_corrected,
        verdict="reproduced" if holds else "not reproduced",
    )


def _tested(paper: Paper, claim: Claim, measured: Measured) -> Finding:
    """Return the finding with its raw p-value, or an untested one with the reason."""
    blank = Finding(paper.method, claim)
    if isinstance(claim, UntestableClaim):
        return dataclasses.replace(blank, reason=claim.reason)
    for name in arms_of(claim):
        why = measured.why_not(paper.arm(name))
        if why:
            return dataclasses.replace(blank, reason=f"{paper.arm(name).label}: {why}")
    sides = {name: measured.of(paper.arm(name)) for name in arms_of(claim)}
    mine, *rivals = arms_of(claim)
    try:
        found = [
            (_compare(claim, sides[mine], sides[rival], measured.store), rival) for rival in rivals
        ]
    except BadInput as error:
        return dataclasses.replace(blank, reason=str(error))
    (comparison, p_value), rival = max(found, key=lambda item: item[0][1])
    runs = dict.fromkeys(r.key for name in arms_of(claim) for r in _used(claim, sides[name]))
    return dataclasses.replace(
        blank,
        comparison=comparison,
        rival=paper.arm(rival).label,
        p_value=p_value,
        runs=tuple(runs),
        data=measured.origin,
        mini=measured.mini,
    )


def _used(claim: Claim, runs: Sequence[RunRecord]) -> Sequence[RunRecord]:
    """Return the runs a test looks at: all seeds, or the first where examples are paired."""
    over_seeds = isinstance(claim, BetterClaim) and claim.over == "seeds"
    return runs if over_seeds else runs[:1]


def _compare(
    claim: BetterClaim | EquivalentClaim,
    mine: Sequence[RunRecord],
    rival: Sequence[RunRecord],
    store: Store,
) -> tuple[Comparison, float]:
    """Return the comparison with one rival and the p-value that counts.

    Raises:
        BadInput: The runs cannot be compared.
    """
    if isinstance(claim, EquivalentClaim):
        found = equivalent_runs(store, mine[0], rival[0], claim.metric, claim.margin, claim.alpha)
        return found, found.p_value
    if claim.over == "seeds":
        found = compare_seeds(mine, rival, claim.metric)
    else:
        found = compare_runs(store, mine[0], rival[0], claim.metric)
    task = registry.tasks.load(mine[0].spec.task)
    direction = next(m.higher_is_better for m in task.metrics if m.name == claim.metric)
    found = dataclasses.replace(found, test=f"{found.test}, one-sided")
    return found, one_sided(found, direction)


_COLUMNS = (
    Column("paper", "paper"),
    Column("claim", "claim"),
    Column("verdict", "verdict"),
    Column("metric", "metric"),
    Column("difference", "difference", numeric=True),
    Column("from", "low", numeric=True),
    Column("to", "high", numeric=True),
    Column("level", "level", numeric=True, detail=True),
    Column("p", "p_value", numeric=True),
    Column("p, Holm", "p_corrected", numeric=True),
    Column("n", "n", numeric=True),
    Column("against", "against"),
    Column("test", "test", detail=True),
    Column("paper reports", "reported", detail=True),
    Column("source", "source", detail=True),
    Column("data", "data", detail=True),
    Column("runs", "runs", detail=True),
    Column("reason", "reason", detail=True),
)


def claims_table(findings: Sequence[Finding], papers: Sequence[Paper]) -> Table:
    """Return the findings as one table; differences are the claim's arm minus its rival."""
    rows = [_row(found, next(p for p in papers if p.method == found.paper)) for found in findings]
    return Table(_title(findings), _COLUMNS, rows, _notes(findings))


def _title(findings: Sequence[Finding]) -> str:
    data = dict.fromkeys(found.data for found in findings if found.data)
    return f"Claims tested on {'; '.join(data)}" if data else "Claims: nothing was tested"


def _notes(findings: Sequence[Finding]) -> list[str]:
    """Return what decides, the tests used, each claim's own note, and why claims are untested."""
    notes: list[str] = []
    tested = [found for found in findings if found.comparison is not None]
    if tested:
        notes.append(
            "Difference: the claim's method minus the one named, in the metric's own unit, with its "
            "95% interval (90% for equivalence). The p-value, Holm-corrected over the tested claims "
            "of the paper, decides at the claim's level."
        )
    notes += dict.fromkeys(
        f"Test: {found.comparison.test}." for found in tested if found.comparison is not None
    )
    notes += [f"{found.claim.text} {found.claim.note}" for found in tested if found.claim.note]
    why = {
        f"Untested: {found.claim.text} {found.reason[:1].upper()}{found.reason[1:]}.": None
        for found in findings
        if found.verdict == "untested"
    }
    notes += why
    if any(found.mini for found in findings):
        notes.append(
            "Verdicts on synthetic data say whether the effect shows there, not whether the "
            "paper's figures hold; --data DIR tests on official files."
        )
    return notes


def _row(found: Finding, paper: Paper) -> list[CellValue]:
    claim, seen = found.claim, found.comparison
    runs = " ".join(found.runs)
    mark = "" if claim.confidence == "seen" else f" ({claim.confidence})"
    where = next(source.where for source in paper.sources if source.name == claim.source)
    metric = "" if isinstance(claim, UntestableClaim) else claim.metric
    on_mini = " (synthetic data)" if found.mini else ""
    interval = seen.interval if seen else None
    return [
        text_cell(found.paper),
        text_cell(claim.text),
        CellValue(f"{found.verdict}{on_mini}", found.verdict, run=runs),
        text_cell(metric),
        _signed(seen.difference if seen else None, runs),
        _signed(interval.low if interval else None, runs),
        _signed(interval.high if interval else None, runs),
        CellValue(f"{interval.level:.0%}", interval.level) if interval else CellValue(""),
        _probability(found.p_value, runs),
        _probability(found.p_corrected, runs),
        CellValue(str(seen.units), seen.units) if seen else CellValue(""),
        text_cell(found.rival),
        text_cell(seen.test if seen else ""),
        text_cell(claim.reported),
        text_cell(f"{where}{mark}"),
        text_cell(found.data),
        text_cell(runs),
        text_cell(found.reason),
    ]


def _signed(value: float | None, run: str) -> CellValue:
    return CellValue("") if value is None else CellValue(f"{value:+.4f}", value, run=run)


def _probability(value: float | None, run: str) -> CellValue:
    return CellValue("") if value is None else CellValue(amount_text(value), value, run=run)
