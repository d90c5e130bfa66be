from __future__ import annotations

from typing import Any

import pytest
from report_papers import paper
from report_records import answers, put

from harness.reports.measured import Measured, cells_of, look_up
from harness.reports.paper import Paper
from harness.reports.paper_tables import tables
from harness.runner import Runner
from harness.store import Store
from harness.tables import FORMATS


def _measured(store: Store, described: Paper) -> Measured:
    return look_up(Runner(store), cells_of(described, described.table_arms(), {}))


def _main(store: Store, **changes: Any) -> Any:
    described = paper(**changes)
    return tables(described, _measured(store, described))[0]


def test_reported_and_measured_are_separate_columns(store: Store) -> None:
    run = put(store, answers(30))
    soft, hard, weak = _main(store).as_dicts()
    assert (soft["reported: big"], soft["reported: small"], soft["measured"]) == (91.5, None, 75.0)
    assert (soft["measured.low"], soft["measured.high"]) == pytest.approx((65, 85))
    assert soft["run"] == run.key
    assert (hard["reported: small"], hard["measured"], hard["run"]) == (80.1, None, None)
    assert [weak[k] for k in ("reported: big", "reported: small", "measured")] == [None] * 3


def test_nothing_measured_leaves_the_column_blank_and_says_why(store: Store) -> None:
    table = _main(store)
    assert {row["measured"] for row in table.as_dicts()} == {None}
    assert table.title == "Doe et al., Conf 2020, main results: reported beside nothing measured"
    assert "Not measured: soft answers, hard, weak: not run." in table.notes


def test_failed_run_is_blank_with_its_reason(store: Store) -> None:
    put(store, status="out_of_memory", reason="64 GiB were not enough", config={"mode": "hard"})
    table = _main(store)
    assert table.as_dicts()[1]["measured"] is None
    assert "Not measured: hard: out of memory: 64 GiB were not enough." in table.notes


def test_recalled_figures_are_marked_and_sources_named(store: Store) -> None:
    table = _main(store)
    text = table.render("text")
    assert "80.1†" in text
    assert "91.5†" not in text
    assert {"Reported: Table 1.", "Reported: Table 2 (from memory)."} <= set(table.notes)


def test_synthetic_data_are_named_and_warned_of(store: Store) -> None:
    put(store, answers(30))
    table = _main(store)
    assert table.title.endswith("measured on toy answers (synthetic)")
    assert any("never these figures with reported ones" in note for note in table.notes)


def test_seeds_have_mean_and_spread(store: Store) -> None:
    for seed, right in enumerate((20, 30)):
        put(store, answers(right), seed=seed)
    soft = _main(store, seeds=[0, 1]).as_dicts()[0]
    assert soft["measured"] == pytest.approx(62.5)
    assert soft["measured.sd"] == pytest.approx(25 / 2**0.5)
    assert soft["measured.low"] is None


def test_sweep_has_paired_differences_to_the_reference(store: Store) -> None:
    put(store, answers(30), config={"strength": 0.25})
    put(store, answers(34), config={"strength": 0.5})
    put(store, answers(20), config={"mode": "hard"})
    described = paper()
    weak, strong = tables(described, _measured(store, described))[1].as_dicts()
    assert (weak["value"], weak["measured"], weak["difference"]) == (0.25, 75.0, 25.0)
    assert strong["difference"] == pytest.approx(35.0)
    assert strong["difference.low"] < 35.0 < strong["difference.high"]


def test_no_sweep_no_table(store: Store) -> None:
    described = paper(sweeps=[])
    assert len(tables(described, _measured(store, described))) == 1


def test_same_records_give_the_same_bytes(store: Store) -> None:
    put(store, answers(30))
    described = paper()
    for form in FORMATS:
        first, second = (
            [t.render(form) for t in tables(described, _measured(store, described))]
            for _ in range(2)
        )
        assert first == second


def test_latex_escapes_percent_and_ampersand(store: Store) -> None:
    arms = [{**arm, "label": "soft & 50%"} for arm in paper().model_dump()["arms"]]
    assert r"soft \& 50\%" in _main(store, arms=arms).render("latex")
