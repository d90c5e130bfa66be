"""The README's figures and code are what the commands in it give."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest

import harness
from harness.testing import check_method

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()


def measured(label: str) -> list[str]:
    """Return the figures in the README's line that begins with ``label``."""
    (line,) = [line for line in README.splitlines() if line.startswith(label)]
    return re.findall(r"\d+\.\d+", line.removeprefix(label))


def test_the_first_screen_shows_what_make_run_prints() -> None:
    record = harness.run("soft_nms", "coco")
    score = record.score("AP")
    assert score is not None
    assert score.interval is not None
    figures = [score.value, score.interval.low, score.interval.high]
    figures += [record.values()[name] for name in ("AP50", "AP75", "APs")]
    assert measured("soft_nms  defaults")[:6] == [f"{figure:.3f}" for figure in figures]


@pytest.mark.parametrize(
    ("label", "method", "config"),
    [
        ("no NMS", "nms", {"iou_threshold": 1.0}),
        ("NMS, Nt = 0.3 (the paper's)", "nms", {}),
        ("S-NMS L, Nt = 0.3", "soft_nms", {"decay": "linear"}),
        ("S-NMS G, sigma = 0.5", "soft_nms", {}),
    ],
)
def test_the_table_shows_what_is_measured(
    label: str, method: str, config: dict[str, object]
) -> None:
    value = harness.run(method, "coco", config=config).values()["AP"]
    assert f"{100 * value:.1f}" in measured(label)


def test_the_method_in_it_keeps_the_contract() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    names: dict[str, object] = {"__name__": "readme_method"}
    exec(compile(code, "README.md", "exec"), names)
    cls = names["BestOfClass"]
    assert isinstance(cls, type)
    # Pickling, which the contract asks for, finds a class by its module.
    module = types.ModuleType("readme_method")
    module.__dict__.update(names)
    sys.modules["readme_method"] = module
    try:
        check_method(cls)
    finally:
        del sys.modules["readme_method"]
