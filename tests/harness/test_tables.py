from __future__ import annotations

import csv
import html
import io
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.tables import FORMATS, CellValue, Column, Table, render_all, text_cell

TABLE = Table(
    "COCO, mini",
    [Column("Method", "method"), Column("AP ↑", "AP", numeric=True)],
    [
        [text_cell("soft_nms"), CellValue("51.2 ± 0.3", 51.2, bold=True, run="abc123")],
        [text_cell("nms & co"), CellValue("", None)],
    ],
    ["95 % intervals."],
)

GOLDEN = {
    "text": """\
COCO, mini

Method          AP ↑
────────  ──────────
soft_nms  51.2 ± 0.3
nms & co           –

95 % intervals.
""",
    "csv": """\
method,AP
soft_nms,51.2
nms & co,
""",
    "latex": r"""\begin{table}
\caption{COCO, mini}
\begin{tabular}{lr}
\toprule
Method & AP $\uparrow$ \\
\midrule
soft\_nms & \textbf{51.2 $\pm$ 0.3} \\
nms \& co & -- \\
\bottomrule
\end{tabular}
\par\footnotesize 95 \% intervals.
\end{table}
""",
    "html": """\
<table>
<caption>COCO, mini</caption>
<thead><tr><th>Method</th><th style="text-align:right">AP ↑</th></tr></thead>
<tbody>
<tr><td>soft_nms</td><td style="text-align:right" title="run abc123"><strong>51.2 ± 0.3</strong></td></tr>
<tr><td>nms &amp; co</td><td style="text-align:right">–</td></tr>
</tbody>
</table>
<p>95 % intervals.</p>
""",
    "json": """\
[{"method": "soft_nms", "AP": 51.2}, {"method": "nms & co", "AP": null}]
""",
    "markdown": """\
**COCO, mini**

| Method | AP ↑ |
| --- | ---: |
| soft_nms | **51.2 ± 0.3** |
| nms & co | – |

95 % intervals.
""",
}


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_stable_to_the_byte(form: Any) -> None:
    assert TABLE.render(form) == GOLDEN[form]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def table_of(text: str) -> Table:
    columns = [Column(text, "a"), Column("b", "b", numeric=True)]
    return Table(text, columns, [[text_cell(text, bold=True, run=text), text_cell("x")]])


@given(texts)
def test_html_holds_no_markup_but_ours_and_all_of_the_text(text: str) -> None:
    rendered = table_of(text).render("html")
    tags = re.findall(r"<[^>]*>", rendered)
    ours = r"</?(table|caption|thead|tbody|tr|th|td|strong|p)( style=\"text-align:right\")?( title=\"run [^\"<>]*\")?>"
    assert all(re.fullmatch(ours, tag) for tag in tags)
    assert not re.search(r"&(?!(amp|lt|gt|quot|#x27);)", rendered)
    assert html.unescape(rendered).count(text) >= 3


@given(texts)
def test_markdown_keeps_its_rows_and_lets_no_html_through(text: str) -> None:
    lines = table_of(text).render("markdown").split("\n")
    rule = next(i for i, line in enumerate(lines) if line == "| --- | ---: |")
    for line in (lines[rule - 1], lines[rule + 1]):
        unescaped = re.sub(r"\\.", "", line)
        assert unescaped.count("|") == 3
        assert "<" not in unescaped
    assert "<" not in re.sub(r"\\.", "", lines[0])


SPECIAL = set("&%$#_{}~^\\")


@given(texts)
def test_latex_holds_no_special_character_unescaped(text: str) -> None:
    rendered = table_of(text).render("latex").replace("\n", " ")
    row = rendered.split(r"\midrule ")[1].split(r" & x \\")[0]
    inner = row.removeprefix(r"\textbf{").removesuffix("}")
    ours = r"\\(textbackslash|textasciitilde|textasciicircum|textmu)\{\}|\\[&%$#_{}]|\$\\[a-z]+\$"
    assert not SPECIAL & set(re.sub(ours, "", inner))


@given(texts)
def test_csv_and_json_read_back(text: str) -> None:
    table = table_of(text)
    rows = list(csv.reader(io.StringIO(table.render("csv"), newline="")))
    assert rows[0] == ["a", "b"]
    if "\0" not in text:
        assert rows[1] == [re.sub("\r\n?", "\n", text), "x"]
    assert json.loads(table.render("json")) == [{"a": text or None, "b": "x"}]


@given(texts)
def test_text_has_one_line_a_row(text: str) -> None:
    rendered = table_of(text).render("text")
    assert len(rendered.split("\n")) == 6


def test_several_tables_are_one_document() -> None:
    assert render_all([TABLE, TABLE], "text") == GOLDEN["text"] + "\n" + GOLDEN["text"]
    rows = json.loads(render_all([TABLE, TABLE], "json"))
    assert [row["table"] for row in rows] == ["COCO, mini"] * 4
    assert render_all([TABLE], "json") == GOLDEN["json"]


def test_detail_columns_are_left_out_where_width_is_short() -> None:
    columns = [Column("a", "a"), Column("b", "b", detail=True)]
    table = Table("t", columns, [[text_cell("x"), text_cell("y")]])
    for form in FORMATS:
        assert ("y" in table.render(form)) == (form in ("csv", "html", "json"))


def test_spare_columns_go_first_where_a_terminal_is_narrow() -> None:
    columns = [
        Column("name", "name"),
        Column("score", "score", numeric=True),
        Column("extra", "extra", numeric=True, spare=1),
        Column("cost", "cost", numeric=True, spare=2),
    ]
    row = [text_cell("a" * 10), *(CellValue("0.123", 0.123) for _ in range(3))]
    table = Table("t", columns, [row], ["a note"])
    everything = sum(table.widths()) + 2 * 4
    assert table.fit(everything) == table
    narrower = table.fit(everything - 1)
    assert [c.key for c in narrower.columns] == ["name", "score", "extra"]
    assert narrower.notes[0] == "a note"
    assert "Too narrow for: cost" in narrower.notes[1]
    assert [c.key for c in table.fit(1).columns] == ["name", "score"]
