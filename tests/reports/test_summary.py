from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_records import answers, put

from harness.reports.summary import amount_text, figure_text, heading, summarize
from harness.store import Store


def test_one_seed_has_its_interval(store: Store) -> None:
    run = put(store, answers(30))
    found = summarize([run])
    assert found is not None
    assert (found.value, found.sd, found.seeds, found.run) == (0.75, None, 1, run.key)
    assert (found.low, found.high) == pytest.approx((0.65, 0.85))


def test_several_seeds_have_mean_and_spread_and_no_interval(store: Store) -> None:
    runs = [put(store, answers(right), seed=seed) for seed, right in enumerate((20, 30))]
    found = summarize(runs, "accuracy")
    assert found is not None
    assert found.value == pytest.approx(0.625)
    assert found.sd == pytest.approx(0.25 / 2**0.5)
    assert (found.low, found.high, found.seeds) == (None, None, 2)
    assert found.run == f"{runs[0].key} {runs[1].key}"


def test_absent_metric_is_none(store: Store) -> None:
    assert summarize([put(store, answers(30))], "rare") is None
    assert summarize([put(store, status="failed", reason="broken")]) is None
    assert summarize([]) is None


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.41239, "", "0.412"), (41.239, "%", "41.24"), (1234.5, "ms", "1234"), (None, "", "")],
)
def test_figure_text(value: float | None, unit: str, text: str) -> None:
    assert figure_text(value, unit) == text


@given(st.floats(min_value=1e-12, max_value=1e9))
def test_amounts_are_never_written_in_powers_of_ten(value: float) -> None:
    text = amount_text(value)
    assert "e" not in text
    if value >= 0.001:
        assert float(text) == pytest.approx(value, rel=0.006)
    else:
        assert text == "<0.001"


def test_heading_says_unit_and_direction() -> None:
    assert heading("latency", "ms", higher_is_better=False).name == "latency (ms) ↓"
    assert heading("AP", "", higher_is_better=True).name == "AP ↑"
