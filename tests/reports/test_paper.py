from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from report_papers import claim, content, write_toml

from harness import config, registry
from harness.errors import BadInput, UnknownName
from harness.reports.paper import FOLDER, load_paper, paper_names
from harness.reports.paper_claims import arms_of


def _broken(tmp_path: Path, change: Any) -> str:
    entries = content()
    change(entries)
    path = write_toml(tmp_path / "paper.toml", entries)
    with pytest.raises(BadInput) as caught:
        load_paper(str(path))
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", paper_names())
def test_every_arm_is_a_valid_configuration(name: str) -> None:
    paper = load_paper(name)
    task = registry.tasks.load(paper.task)
    for arm in [*paper.arms, *paper.table_arms()]:
        method = registry.methods.load(arm.method)
        config.build(method.Config, arm.config, owner=f"arm {arm.name}")
        assert task.kind in method.kinds


@pytest.mark.parametrize("name", paper_names())
def test_every_metric_is_one_of_the_task(name: str) -> None:
    paper = load_paper(name)
    known = {metric.name for metric in registry.tasks.load(paper.task).metrics}
    used = {figure.metric for table in paper.tables for figure in table.metrics}
    used |= {sweep.metric.metric for sweep in paper.sweeps}
    used |= {claim.metric for claim in paper.claims if arms_of(claim)}  # type: ignore[union-attr]
    assert used <= known


@pytest.mark.parametrize("name", paper_names())
def test_name_of_the_file_is_the_method(name: str) -> None:
    assert load_paper(name).method == name


def test_soft_nms_reports_what_its_readme_says() -> None:
    table = load_paper("soft_nms").tables[0]
    by_row = {(row.setting, row.arm): row for row in table.reported}
    gaussian = by_row["R-FCN (ResNet-101), minival", "gaussian"]
    hard = by_row["R-FCN (ResNet-101), minival", "hard"]
    assert (gaussian.values, hard.values) == ({"AP": 35.1}, {"AP": 33.9})
    assert {row.confidence for row in table.reported} == {"seen"}


def test_figures_recalled_are_marked_so() -> None:
    paper = load_paper("soft_nms")
    for row in paper.tables[1].reported:
        assert (row.confidence == "seen") == (row.source != "table 1")


def test_paper_of_a_third_party_is_read_from_its_path(tmp_path: Path) -> None:
    paper = load_paper(str(write_toml(tmp_path / "paper.toml", content())))
    assert [arm.name for arm in paper.table_arms()[:3]] == ["soft", "hard", "weak"]
    assert paper.claim_arms() == [paper.arm(name) for name in ("soft", "hard", "weak")]


def test_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'soft_nms'"):
        load_paper("softnms")


def test_missing_file_and_broken_toml(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        load_paper(str(tmp_path / "none.toml"))
    broken = tmp_path / "broken.toml"
    broken.write_text("method = ")
    with pytest.raises(BadInput, match=r"broken\.toml: not valid TOML"):
        load_paper(str(broken))


def test_unknown_entry(tmp_path: Path) -> None:
    message = _broken(tmp_path, lambda e: e["tables"][0].update(colour="red"))
    assert "tables.0.colour: Extra inputs are not permitted" in message


def test_unknown_arm(tmp_path: Path) -> None:
    message = _broken(
        tmp_path, lambda e: e["claims"].append(claim("x", test="better", arm="so", than=["hard"]))
    )
    assert "claim 'x': no arm 'so'; there are hard, soft, weak" in message


def test_unknown_source(tmp_path: Path) -> None:
    message = _broken(tmp_path, lambda e: e["tables"][0]["reported"][0].update(source="hearsay"))
    assert "table 'main': no source 'hearsay'" in message


def test_value_of_a_metric_the_table_does_not_show(tmp_path: Path) -> None:
    message = _broken(tmp_path, lambda e: e["tables"][0]["reported"][0].update(values={"F1": 1.0}))
    assert "no metric 'F1'" in message


def test_name_used_twice(tmp_path: Path) -> None:
    message = _broken(tmp_path, lambda e: e["arms"].append(e["arms"][0]))
    assert "arm 'soft' is there twice" in message


@pytest.mark.parametrize("confidence", ["sure", "recalled"])
def test_confidence_is_one_of_two(tmp_path: Path, confidence: str) -> None:
    message = _broken(
        tmp_path, lambda e: e["tables"][0]["reported"][0].update(confidence=confidence)
    )
    assert "confidence" in message


def test_papers_hold_reported_figures_only() -> None:
    for path in FOLDER.glob("*.toml"):
        assert "measured" not in tomllib.loads(path.read_text())
