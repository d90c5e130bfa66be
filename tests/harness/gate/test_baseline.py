from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.made import cell, pinned, timing
from harness.errors import BadInput
from harness.gate import baseline
from harness.gate.baseline import Baseline, MadeWith, PinnedCell, PinnedMetric, Rules
from harness.runner import Cell
from harness.specs import Request

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(
    values=st.lists(finite, min_size=1, max_size=4),
    tolerance=st.none() | st.floats(0, 1e9),
    name=st.text(min_size=1, max_size=8),
)
def test_a_baseline_survives_the_file(
    values: list[float],
    tolerance: float | None,
    name: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    made = Baseline(
        rules=Rules(false_alarm=0.05),
        made_with=MadeWith(cpu="a processor"),
        cells=(
            PinnedCell(
                method="m",
                task="t",
                config={"share": 0.5},
                seeds=tuple(range(len(values))),
                metrics={name: PinnedMetric(values=tuple(values), tolerance=tolerance)},
                timing=timing(),
            ),
        ),
    )
    file = tmp_path_factory.mktemp("baseline") / "b.json"
    baseline.write(file, made)
    assert baseline.read(file) == made
    first = file.read_bytes()
    baseline.write(file, baseline.read(file))
    assert file.read_bytes() == first


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"schema_version": 2}',
        '{"surprise": 1}',
        '{"cells": [{"method": "m"}]}',
        '{"cells": [{"method": "m", "task": "t", "seeds": []}]}',
        '{"cells": [{"method": "m", "task": "t", "seeds": [1, 1]}]}',
        '{"rules": {"floor": NaN}}',
        "\x00",
    ],
)
def test_a_broken_file_is_one_line_that_names_it(text: str, tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    file.write_text(text)
    with pytest.raises(BadInput, match=r"b\.json: not a baseline") as caught:
        baseline.read(file)
    assert "\n" not in str(caught.value)


def test_a_file_that_does_not_agree_with_itself_is_broken(tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    baseline.write(file, Baseline(cells=(cell(),)))
    said = json.loads(file.read_text())
    said["cells"][0]["metrics"]["AP"]["values"] = [0.5]
    file.write_text(json.dumps(said))
    with pytest.raises(BadInput, match="AP has 1 values for 2 seeds"):
        baseline.read(file)
    said["cells"][0]["metrics"]["AP"]["values"] = [0.5, 0.5]
    said["cells"] *= 2
    file.write_text(json.dumps(said))
    with pytest.raises(BadInput, match="m × t: the cell is listed twice"):
        baseline.read(file)


def test_a_missing_file_tells_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--update --suite"):
        baseline.read(tmp_path / "none.json")
    with pytest.raises(BadInput, match="cannot be read"):
        baseline.read(tmp_path)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        baseline.write(tmp_path / "file" / "b.json", Baseline())


def test_a_sweeps_cells_become_one_cell_a_request() -> None:
    one, other = Request(method="a", task="t"), Request(method="b", task="t", preset="mini")
    cells = [Cell(r, seed) for r in (one, other) for seed in (3, 4, 3)]
    suite = baseline.suite_of(cells, Path("somewhere"))
    assert [(c.method, c.preset, c.seeds) for c in suite] == [
        ("a", None, (3, 4)),
        ("b", "mini", (3, 4)),
    ]
    assert [c.request(Path("somewhere")) for c in suite] == [one, other]


def test_paths_are_written_relative_to_the_file_and_read_back(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    beside = tmp_path / "baselines" / "own"
    beside.mkdir(parents=True)
    options = {"data": str(data), "detections": str(beside), "name": "/no/such", "n": 3}
    request = Request(method="m", task="t", task_overrides=options)
    (written,) = baseline.suite_of([Cell(request, 0)], tmp_path / "baselines")
    assert written.task_config == {
        "data": "../data",
        "detections": "./own",
        "name": "/no/such",
        "n": 3,
    }
    assert written.request(tmp_path / "baselines") == request
    assert str(tmp_path) not in written.label


def test_labels_tell_cells_apart() -> None:
    labels = {
        cell().label,
        cell(config={"sigma": 0.5}).label,
        cell(task_config={"sigma": 0.5}).label,
        cell(preset="paper").label,
        cell(backbone="paper").label,
        cell(device="cuda").label,
    }
    assert len(labels) == 6
    assert "m(sigma=0.5) × t" in labels


def test_a_metric_without_values_cannot_be_pinned() -> None:
    with pytest.raises(ValueError, match="at least 1 item"):
        pinned()
