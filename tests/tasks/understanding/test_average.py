from __future__ import annotations

import pytest

from harness.errors import BadInput, UnknownName
from harness.task import Absent
from harness.tasks.understanding.average import SUPERGLUE, superglue_average


@pytest.mark.parametrize(
    ("boolq", "cb", "copa", "multirc", "record", "rte", "wic", "wsc", "published"),
    [
        (78.47, (83.93, 87.5), 50, (73.81, 33.26), (70.09, 71.34), 78.7, 63.64, 75, 69.4719),
        (79.36, (83.63, 87.5), 63, (73.45, 33.26), (69.85, 68.86), 78.34, 65.83, 75.96, 71.3456),
    ],
)
def test_the_rows_of_lm_evals_readme(
    boolq: float,
    cb: tuple[float, float],
    copa: float,
    multirc: tuple[float, float],
    record: tuple[float, float],
    rte: float,
    wic: float,
    wsc: float,
    published: float,
) -> None:
    rows = [boolq, sum(cb) / 2, copa, sum(multirc) / 2, sum(record) / 2, rte, wic, wsc]
    found = superglue_average({n: v / 100 for n, v in zip(SUPERGLUE, rows, strict=True)})
    assert isinstance(found.value, float)
    assert 100 * found.value == pytest.approx(published, abs=5e-5)
    assert f"**{published:.2f}**" in found.table()


def test_a_missing_task_makes_the_average_absent() -> None:
    found = superglue_average(dict.fromkeys(SUPERGLUE[1:], 0.5))
    assert found.value == Absent("no figure for superglue/boolq")
    assert "superglue/boolq: not run" in found.table()
    assert "| superglue/boolq |  |" in found.table()


def test_what_is_refused() -> None:
    with pytest.raises(UnknownName, match="superglue/cb"):
        superglue_average({"superglue_cd": 0.5})
    with pytest.raises(BadInput, match="fractions, not percent"):
        superglue_average({"superglue/cb": 50.0})
