"""What a check found, for people and for machines: table, Markdown, JUnit XML, JSON rows.

All are functions of the rows alone, without dates or places, so the same findings give the same
bytes.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from typing import Any

from harness.errors import ExitCode
from harness.gate.compare import Row, Verdict, exit_code
from harness.tables import CellValue, Column, Table, text_cell

HEADLINES = {
    ExitCode.OK: "not worse",
    ExitCode.REGRESSION: "worse",
    ExitCode.CANNOT_TELL: "cannot tell",
}

UPDATE_HINT = "What is better becomes the new standard with --update."

_COLUMNS = (
    Column("Cell", "cell"),
    Column("Metric", "metric"),
    Column("Baseline", "baseline", numeric=True),
    Column("Now", "now", numeric=True),
    Column("Change", "change", numeric=True),
    Column("Tolerance", "tolerance", numeric=True),
    Column("Verdict", "verdict"),
    Column("Why", "reason"),
)

# What XML 1.0 cannot hold even escaped: most control characters, surrogates, two non-characters.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def headline(rows: Sequence[Row]) -> str:
    """Return the outcome in one line: ``"worse: 2 worse, 1 cannot tell, 21 not worse"``."""
    counts = Counter(row.verdict for row in rows)
    parts = [f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict]]
    return f"{HEADLINES[exit_code(rows)]}: {', '.join(parts)}"


def moved_table(rows: Sequence[Row]) -> Table:
    """Return the table of what moved; its title is the headline."""
    moved = [
        row for row in rows if row.moved or row.verdict in (Verdict.WORSE, Verdict.CANNOT_TELL)
    ]
    better = any(row.verdict is Verdict.BETTER for row in rows)
    return Table(
        title=headline(rows),
        columns=_COLUMNS,
        rows=[_cells(row) for row in moved],
        notes=(UPDATE_HINT,) if better else (),
    )


def _cells(row: Row) -> list[CellValue]:
    arrow = "" if row.kind == "run" else " ↑" if row.higher_is_better else " ↓"
    unit = f" ({row.unit})" if row.unit else ""
    return [
        text_cell(row.cell),
        CellValue(f"{row.name}{unit}{arrow}", row.name),
        _number(row.baseline),
        _number(row.now),
        _number(_change(row), signed=True),
        _number(row.tolerance),
        CellValue(row.verdict, row.verdict.value, bold=row.verdict is Verdict.WORSE),
        text_cell(row.reason),
    ]


def _change(row: Row) -> float | None:
    return None if row.now is None or row.baseline is None else row.now - row.baseline


def _number(value: float | None, *, signed: bool = False) -> CellValue:
    if value is None:
        return CellValue("")
    return CellValue(f"{value:+.4g}" if signed else f"{value:.4g}", value)


def as_dicts(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return every row as scripts read it, those that did not move too."""
    return [
        {
            "cell": row.cell,
            "kind": row.kind,
            "metric": row.name,
            "baseline": row.baseline,
            "now": row.now,
            "change": _change(row),
            "tolerance": row.tolerance,
            "unit": row.unit,
            "higher_is_better": row.higher_is_better,
            "moved": row.moved,
            "verdict": row.verdict.value,
            "reason": row.reason,
        }
        for row in rows
    ]


def markdown(rows: Sequence[Row]) -> str:
    """Return a summary for a pull request or a job's page."""
    table = moved_table(rows)
    head = f"### harness check: {table.title}\n"
    if not table.rows:
        return f"{head}\nNothing moved.\n"
    untitled = Table("What moved", table.columns, table.rows, table.notes)
    return f"{head}\n{untitled.render('markdown')}"


def junit(rows: Sequence[Row]) -> bytes:
    """Return JUnit XML: a test for each row; worse is a failure, cannot tell an error.

    Consumers fail a build on either, as the exit codes do; the empty suite is a row of its own and so
    an error too.
    """
    counts = Counter(row.verdict for row in rows)
    numbers = {
        "tests": str(len(rows)),
        "failures": str(counts[Verdict.WORSE]),
        "errors": str(counts[Verdict.CANNOT_TELL]),
        "skipped": str(counts[Verdict.SKIPPED]),
    }
    facts = {"name": "harness check", **numbers}
    root = ET.Element("testsuites", facts)
    suite = ET.SubElement(root, "testsuite", facts)
    for row in rows:
        case = ET.SubElement(suite, "testcase", classname=_xml(row.cell), name=_xml(row.name))
        tag = _TAGS.get(row.verdict)
        if tag is None:
            continue
        told = ET.SubElement(case, tag, message=_xml(_sentence(row)))
        if tag != "skipped":
            told.set("type", row.verdict.value)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


_TAGS = {
    Verdict.WORSE: "failure",
    Verdict.CANNOT_TELL: "error",
    Verdict.SKIPPED: "skipped",
}


def _sentence(row: Row) -> str:
    """Return the row in words."""
    figures = [
        f"{name} {value:.6g}{row.unit}"
        for name, value in (
            ("baseline", row.baseline),
            ("now", row.now),
            ("tolerance", row.tolerance),
        )
        if value is not None
    ]
    words = "; ".join(part for part in (", ".join(figures), row.reason) if part)
    return f"{row.verdict}: {words}" if words else row.verdict.value


def _xml(text: str) -> str:
    """Return ``text`` with what no XML document can hold replaced."""
    return _NOT_XML.sub("\ufffd", text)
