"""One table, many formats: what every report builds and every command prints.

A report makes a :class:`Table` of plain cells; the same table renders as aligned text, Markdown,
LaTeX (booktabs), CSV, HTML or JSON. Rendering is byte-stable: the same cells give the same bytes.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Format = Literal["text", "markdown", "latex", "csv", "html", "json"]
FORMATS: tuple[Format, ...] = ("text", "markdown", "latex", "csv", "html", "json")

ABSENT = "–"
GAP = 2
"""Blanks between columns of text."""
FOLDED = 32
"""Columns of longer texts can be folded to this width on a terminal."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: Heading, with unit and direction where they matter (``"AP ↑"``).
        key: Name for machines (``"AP"``); JSON and CSV use it.
        numeric: Whether cells align to the right.
        detail: Whether it is left out where width is short (text, Markdown, LaTeX); CSV, JSON and
            HTML have it.
        spare: On a terminal too narrow for all columns, those with the highest number go first;
            those with 0 never go.
    """

    name: str
    key: str
    numeric: bool = False
    detail: bool = False
    spare: int = 0


@dataclass(frozen=True, slots=True)
class CellValue:
    """One cell: what a person reads, what a machine reads, and how it stands out.

    Attributes:
        text: For people; ``""`` shows as a dash.
        value: For machines: a number, a string or None.
        bold: Best, or not significantly worse than the best.
        run: Key of the record the value came from, or ``""``.
    """

    text: str
    value: Any = None
    bold: bool = False
    run: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under columns, with a title and notes.

    Attributes:
        title: One line.
        columns: The columns.
        rows: One cell per column.
        notes: Lines below the table: conditions, footnotes, reasons for absent cells.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[CellValue]]
    notes: Sequence[str] = field(default_factory=tuple)

    def render(self, form: Format = "text") -> str:
        """Return the table in one of :data:`FORMATS`; ends with a newline."""
        table = self.narrow() if form in _NARROW else self
        return _RENDERERS[form](table)

    def narrow(self) -> Table:
        """Return the table without its detail columns."""
        return self._only([i for i, column in enumerate(self.columns) if not column.detail])

    def fit(self, width: int, gap: int = GAP) -> Table:
        """Return the table without as many of its spare columns as it takes to be ``width`` wide.

        A note says which are left out.
        """
        places = list(range(len(self.columns)))
        left_out: list[str] = []
        needed = [
            wide if column.numeric else min(wide, FOLDED)
            for wide, column in zip(self.widths(), self.columns, strict=True)
        ]
        while sum(needed[i] + gap for i in places) > width:
            spare = max(places, key=lambda i: (self.columns[i].spare, i))
            if not self.columns[spare].spare:
                break
            places.remove(spare)
            left_out.append(self.columns[spare].name)
        fitting = self._only(places)
        if not left_out:
            return fitting
        note = f"Too narrow for: {', '.join(left_out)} (a wider terminal or --format csv has them)."
        return replace(fitting, notes=[*self.notes, note])

    def widths(self) -> list[int]:
        """Return the width of each column as text."""
        return [
            max(len(_one_line(column.name)), *(len(_shown(row[i])) for row in self.rows), 0)
            for i, column in enumerate(self.columns)
        ]

    def _only(self, places: Sequence[int]) -> Table:
        columns = [self.columns[i] for i in places]
        return replace(self, columns=columns, rows=[[row[i] for i in places] for row in self.rows])

    def as_dicts(self) -> list[dict[str, Any]]:
        """Return one dictionary a row, column key to value."""
        return [
            {c.key: cell.value for c, cell in zip(self.columns, row, strict=True)}
            for row in self.rows
        ]


def render_all(tables: Sequence[Table], form: Format = "text") -> str:
    """Return several tables as one document; several in JSON are one array, each row with its table."""
    if len(tables) == 1 or form != "json":
        return "\n".join(table.render(form) for table in tables)
    rows = [{"table": table.title, **row} for table in tables for row in table.as_dicts()]
    return json.dumps(rows, ensure_ascii=False, allow_nan=False) + "\n"


def text_cell(text: str, *, bold: bool = False, run: str = "") -> CellValue:
    """Return a cell whose text is its value."""
    return CellValue(text, text or None, bold, run)


def _one_line(text: str) -> str:
    """Return ``text`` without line breaks, which would end a row."""
    return " ".join(text.splitlines())


def _shown(cell: CellValue) -> str:
    return _one_line(cell.text) or ABSENT


def _text(table: Table) -> str:
    grid = [
        [_one_line(c.name) for c in table.columns],
        *([_shown(c) for c in row] for row in table.rows),
    ]
    widths = table.widths()

    def line(cells: Sequence[str]) -> str:
        parts = [
            text.rjust(width) if column.numeric else text.ljust(width)
            for text, width, column in zip(cells, widths, table.columns, strict=True)
        ]
        return (" " * GAP).join(parts).rstrip()

    ruled = (" " * GAP).join("─" * width for width in widths)
    body = [line(grid[0]), ruled, *(line(cells) for cells in grid[1:])]
    return "\n".join([_one_line(table.title), "", *body, *_note_lines(table)]) + "\n"


def _note_lines(table: Table) -> list[str]:
    return ["", *table.notes] if table.notes else []


def _markdown(table: Table) -> str:
    def escape(text: str) -> str:
        # "<" would let through whatever HTML a name holds.
        return re.sub(r"[\\|<]", r"\\\g<0>", _one_line(text))

    head = "| " + " | ".join(escape(c.name) for c in table.columns) + " |"
    rule = "|" + "|".join(" ---: " if c.numeric else " --- " for c in table.columns) + "|"
    rows = []
    for row in table.rows:
        shown = [f"**{escape(_shown(c))}**" if c.bold else escape(_shown(c)) for c in row]
        rows.append("| " + " | ".join(shown) + " |")
    notes = [line for note in table.notes for line in ("", note)]
    return "\n".join([f"**{escape(table.title)}**", "", head, rule, *rows, *notes]) + "\n"


_LATEX_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "±": r"$\pm$",
        "×": r"$\times$",
        "↑": r"$\uparrow$",
        "↓": r"$\downarrow$",
        "σ": r"$\sigma$",
        "≤": r"$\leq$",
        "≥": r"$\geq$",
        "–": "--",
        "†": r"\dag{}",
        "µ": r"\textmu{}",
    }
)


def _latex(table: Table) -> str:
    def escape(text: str) -> str:
        return _one_line(text).translate(_LATEX_ESCAPES)

    def line(cells: Sequence[str]) -> str:
        return " & ".join(cells) + r" \\"

    rows = [
        line([rf"\textbf{{{escape(_shown(c))}}}" if c.bold else escape(_shown(c)) for c in row])
        for row in table.rows
    ]
    spec = "".join("r" if c.numeric else "l" for c in table.columns)
    parts = [
        r"\begin{table}",
        rf"\caption{{{escape(table.title)}}}",
        rf"\begin{{tabular}}{{{spec}}}",
        r"\toprule",
        line([escape(c.name) for c in table.columns]),
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
        *(rf"\par\footnotesize {escape(note)}" for note in table.notes),
        r"\end{table}",
    ]
    return "\n".join(parts) + "\n"


def _csv(table: Table) -> str:
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow([c.key for c in table.columns])
    for row in table.rows:
        writer.writerow(["" if c.value is None else _unified(c.value) for c in row])
    return sink.getvalue()


def _unified(value: Any) -> Any:
    """Return a text with line feeds only: the writer does not quote a carriage return."""
    return re.sub("\r\n?", "\n", value) if isinstance(value, str) else value


def _html(table: Table) -> str:
    def tag(name: str, text: str, numeric: bool, run: str = "") -> str:
        style = ' style="text-align:right"' if numeric else ""
        trace = f' title="run {html.escape(run)}"' if run else ""
        return f"<{name}{style}{trace}>{text}</{name}>"

    head = "".join(tag("th", html.escape(c.name), c.numeric) for c in table.columns)
    lines = [
        "<table>",
        f"<caption>{html.escape(table.title)}</caption>",
        f"<thead><tr>{head}</tr></thead>",
        "<tbody>",
    ]
    for row in table.rows:
        cells = []
        for column, cell in zip(table.columns, row, strict=True):
            text = html.escape(_shown(cell))
            shown = f"<strong>{text}</strong>" if cell.bold else text
            cells.append(tag("td", shown, column.numeric, cell.run))
        lines.append(f"<tr>{''.join(cells)}</tr>")
    lines += ["</tbody>", "</table>"]
    lines += [f"<p>{html.escape(note)}</p>" for note in table.notes]
    return "\n".join(lines) + "\n"


def _json(table: Table) -> str:
    return json.dumps(table.as_dicts(), ensure_ascii=False, allow_nan=False) + "\n"


_NARROW = ("text", "markdown", "latex")

_RENDERERS = {
    "text": _text,
    "markdown": _markdown,
    "latex": _latex,
    "csv": _csv,
    "html": _html,
    "json": _json,
}
