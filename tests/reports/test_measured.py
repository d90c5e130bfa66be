from __future__ import annotations

from report_papers import paper
from report_records import answers, put

from harness.reports.measured import cells_of, identity, look_up, run_cells
from harness.runner import Runner
from harness.store import Store


def test_arms_that_are_the_same_run_are_one_cell() -> None:
    described = paper()
    cells = cells_of(described, described.table_arms(), {"only": "x"})
    # The sweep's point at 0.25 is the arm "weak"; that at 0.5 is written out, "soft" is not.
    assert [cell.request.overrides for cell in cells] == [
        *({}, {"mode": "hard"}, {"strength": 0.25}, {"strength": 0.5}),
    ]
    assert {cell.request.task_overrides["only"] for cell in cells} == {"x"}


def test_one_cell_per_seed() -> None:
    described = paper(seeds=[0, 1, 2])
    assert len(cells_of(described, [described.arm("soft")], {})) == 3


def test_look_up_takes_what_is_there_and_says_what_is_not(store: Store) -> None:
    described = paper()
    soft = put(store, answers(30))
    put(store, status="timeout", reason="ran out of time", config={"mode": "hard"})
    measured = look_up(Runner(store), cells_of(described, described.claim_arms(), {}))
    assert measured.of(described.arm("soft")) == [soft]
    assert measured.why_not(described.arm("soft")) == ""
    assert measured.why_not(described.arm("hard")) == "timeout: ran out of time"
    assert measured.why_not(described.arm("weak")) == "not run"
    assert (measured.origin, measured.mini) == ("toy answers (synthetic)", True)


def test_runs_of_other_sources_or_data_are_not_taken(store: Store) -> None:
    described = paper()
    put(store, answers(30), key="0" * 16)
    put(store, answers(30), task_config={"only": "others"})
    measured = look_up(Runner(store), cells_of(described, described.claim_arms(), {}))
    assert measured.records() == []
    assert (measured.origin, measured.mini) == ("", False)


def test_method_that_does_not_exist_here_has_its_reason(store: Store) -> None:
    described = paper()
    arm = described.arm("soft").model_copy(update={"method": "report_toys:Steady"})
    task = described.model_copy(update={"task": "report_toys:Answers"})
    measured = look_up(Runner(store), cells_of(task, [arm], {}))
    assert measured.why_not(arm) == "not run"


def test_known_runs_cost_nothing(store: Store) -> None:
    described = paper()
    soft = put(store, answers(30))
    seen: list[bool] = []
    cells = cells_of(described, [described.arm("soft")], {})
    measured = run_cells(Runner(store), cells, lambda result: seen.append(result.cached))
    assert seen == [True]
    assert measured.of(described.arm("soft")) == [soft]


def test_difference_is_paired_and_none_where_it_means_nothing(store: Store) -> None:
    described = paper()
    put(store, answers(30))
    put(store, answers(20), config={"mode": "hard"})
    measured = look_up(Runner(store), cells_of(described, described.claim_arms(), {}))
    soft, hard, weak = described.claim_arms()
    found = measured.difference(soft, hard, "accuracy")
    assert found is not None
    assert found.difference == 0.25
    assert measured.difference(hard, hard, "accuracy") is None
    assert measured.difference(weak, hard, "accuracy") is None


def test_identity_ignores_the_label() -> None:
    arm = paper().arm("soft")
    assert identity(arm) == identity(arm.model_copy(update={"label": "other", "name": "x"}))
