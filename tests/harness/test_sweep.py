from __future__ import annotations

from pathlib import Path

import pytest

from harness import sweep
from harness.errors import BadInput

FULL = """
methods:
  - nms
  - name: soft_nms
    config: {decay: gaussian}
    grid: {sigma: [0.3, 0.5], floor: [0.1, 0.2]}
tasks:
  - coco
  - {name: coco, config: {data: beside, images: 3, note: nowhere}}
seeds: 0..1
preset: paper
"""


def read(folder: Path, text: str) -> list:
    (folder / "s.yaml").write_text(text)
    return list(sweep.read(folder / "s.yaml"))


def test_the_grid_is_the_product_in_the_order_written(tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    cells = read(tmp_path, FULL)
    assert len(cells) == (1 + 4) * 2 * 2
    assert [c.seed for c in cells[:4]] == [0, 1, 0, 1]
    points = [tuple(c.request.overrides.values()) for c in cells[4::4]]
    assert points == [("gaussian", s, f) for s in (0.3, 0.5) for f in (0.1, 0.2)]
    assert {c.request.preset for c in cells} == {"paper"}


def test_relative_paths_are_taken_from_the_sweep_files_folder(tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    options = read(tmp_path, FULL)[2].request.task_overrides
    assert options == {"data": str(tmp_path / "beside"), "images": 3, "note": "nowhere"}


@pytest.mark.parametrize(
    ("seeds", "expected"), [("3", [0, 1, 2]), ("[4, 2]", [4, 2]), ("1..3", [1, 2, 3]), ("'5'", [5])]
)
def test_the_ways_to_write_seeds(tmp_path: Path, seeds: str, expected: list[int]) -> None:
    cells = read(tmp_path, f"methods: nms\ntasks: coco\nseeds: {seeds}\n")
    assert [c.seed for c in cells] == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("tasks: [coco]", "methods: Field required"),
        ("methods: []\ntasks: [coco]", "methods"),
        ("methods: [nms]\ntasks: [coco]\nmethod: x", "method: Extra inputs"),
        ("methods: [nms]\ntasks: [coco]\nseeds: many", "cannot read seeds"),
        ("methods: [nms]\ntasks: [coco]\nseeds: 4..0", "cannot read seeds"),
        ("methods: [{name: nms, grid: {x: 1}}]\ntasks: [coco]", "methods.0.grid.x"),
        ("methods: [{nam: nms}]\ntasks: [coco]", "methods.0"),
        ("methods: [nms]\ntasks: [coco]\ndevice: tpu", "device"),
        ("methods: [{name: nms, config: {x: .nan}}]\ntasks: [coco]", "finite"),
        ("methods: [{name: nms, config: {x: 2020-01-01}}]\ntasks: [coco]", "x = "),
        ("- nms", "found list"),
    ],
)
def test_what_a_sweep_does_not_know_is_one_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason) as raised:
        read(tmp_path, text)
    assert "\n" not in str(raised.value)


def test_a_long_option_is_no_path_and_no_error(tmp_path: Path) -> None:
    text = "x" * 5000
    cells = read(tmp_path, f"methods: nms\ntasks: [{{name: coco, config: {{q: {text}}}}}]")
    assert cells[0].request.task_overrides == {"q": text}
