from __future__ import annotations

from pathlib import Path

import pytest
from report_papers import paper
from report_records import answers, put

from harness.errors import BadInput, Unavailable
from harness.reports.figures import check_figure_path, draw, write_figure
from harness.reports.measured import Measured, cells_of, look_up
from harness.runner import Runner
from harness.store import Store


@pytest.fixture
def measured(store: Store) -> Measured:
    put(store, answers(30), config={"strength": 0.25})
    put(store, answers(34), config={"strength": 0.5})
    put(store, answers(20), config={"mode": "hard"})
    described = paper()
    return look_up(Runner(store), cells_of(described, described.table_arms(), {}))


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_same_records_give_the_same_bytes(measured: Measured, form: str) -> None:
    data = draw(paper(), measured, form)
    assert data == draw(paper(), measured, form)
    assert len(data) > 1000
    assert b"<dc:date>" not in data


def test_file_is_written_whole(measured: Measured, tmp_path: Path) -> None:
    path = tmp_path / "new" / "figure.svg"
    write_figure(paper(), measured, path)
    assert path.read_bytes() == draw(paper(), measured, "svg")
    assert [p.name for p in path.parent.iterdir()] == ["figure.svg"]


def test_nothing_measured_draws_empty_panels(store: Store) -> None:
    described = paper()
    empty = look_up(Runner(store), cells_of(described, described.table_arms(), {}))
    assert draw(described, empty, "svg")


def test_sweep_without_reference_has_no_differences(measured: Measured) -> None:
    sweeps = [{**paper().model_dump()["sweeps"][0], "reference": None}]
    assert draw(paper(sweeps=sweeps), measured, "svg")


def test_unknown_suffix_and_paper_without_sweeps(measured: Measured, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"suffix '\.gif'"):
        check_figure_path(tmp_path / "figure.gif")
    with pytest.raises(BadInput, match="no sensitivity sweep"):
        write_figure(paper(sweeps=[]), measured, tmp_path / "figure.svg")


def test_missing_matplotlib_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("harness.sources.is_installed", lambda name: False)
    with pytest.raises(Unavailable, match=r"pip install .*matplotlib"):
        check_figure_path(tmp_path / "figure.svg")
