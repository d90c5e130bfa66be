from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.gate import report
from harness.gate.compare import Row, Verdict

AP = Row(
    "m × t",
    "metric",
    "AP",
    Verdict.WORSE,
    baseline=0.5,
    now=0.4,
    tolerance=0.01,
    moved=True,
    reason="",
    unit="%",
)
SAME = Row("m × t", "run", "runs", Verdict.NOT_WORSE)
NOISY = Row("m × t", "time", "time / reference", Verdict.CANNOT_TELL, 1.0, 2.0, 0.5, reason="noisy")
LEFT = Row("m × t", "time", "time / reference", Verdict.SKIPPED, 1.0, reason="--no-timings")
ROWS = [SAME, AP, NOISY, LEFT]

texts = st.text(st.characters(), max_size=20)


def test_one_line_sums_up() -> None:
    assert report.headline(ROWS) == "worse: 1 worse, 1 cannot tell, 1 not worse, 1 skipped"
    assert report.headline([SAME, SAME]) == "not worse: 2 not worse"


def test_the_table_shows_what_moved() -> None:
    table = report.moved_table(ROWS)
    assert [d["metric"] for d in table.as_dicts()] == ["AP", "time / reference"]
    assert table.as_dicts()[0]["change"] == pytest.approx(-0.1)
    text = table.render("text")
    assert "AP (%) ↑" in text
    assert "-0.1" in text
    assert "worse" in text
    assert report.moved_table([SAME]).rows == []


def test_an_improvement_hints_at_update() -> None:
    better = replace(AP, verdict=Verdict.BETTER, now=0.6)
    assert "--update" in report.moved_table([better]).render("text")
    assert "--update" not in report.moved_table(ROWS).render("text")


def test_markdown_begins_with_the_outcome() -> None:
    said = report.markdown(ROWS)
    assert said.startswith("### harness check: worse: 1 worse")
    assert "| m × t | AP (%) ↑ |" in said
    assert report.markdown([SAME]).endswith("Nothing moved.\n")


def test_json_rows_hold_everything_that_was_compared() -> None:
    rows = json.loads(json.dumps(report.as_dicts(ROWS), allow_nan=False))
    assert [r["verdict"] for r in rows] == ["not worse", "worse", "cannot tell", "skipped"]
    assert rows[1]["baseline"] == 0.5
    assert rows[0]["now"] is None


def test_junit_has_a_test_for_each_row() -> None:
    suite = ET.fromstring(report.junit(ROWS)).find("testsuite")
    assert suite is not None
    assert suite.attrib == {
        "name": "harness check",
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    inside = [[child.tag for child in case] for case in suite]
    assert inside == [[], ["failure"], ["error"], ["skipped"]]
    failure = suite[1][0]
    assert failure.get("type") == "worse"
    assert failure.get("message") == "worse: baseline 0.5%, now 0.4%, tolerance 0.01%"


@given(st.lists(st.tuples(texts, texts, texts, st.sampled_from(Verdict)), max_size=5))
def test_junit_is_sound_whatever_the_rows_say(
    said: list[tuple[str, str, str, Verdict]],
) -> None:
    rows = [Row(c, "metric", n, v, reason=r) for c, n, r, v in said]
    document = report.junit(rows)
    assert document == report.junit(rows)
    root = ET.fromstring(document)
    cases = root.findall("testsuite/testcase")
    assert len(cases) == len(rows)
    for element in (root, root[0]):
        for tag, plural in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(element.get(plural, "")) == len(root.findall(f".//{tag}"))
