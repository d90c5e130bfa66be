from __future__ import annotations

from typing import Any

import pytest
from report_papers import claim, paper
from report_records import answers, put

from harness.reports.claims import Finding, claims_table, judge
from harness.reports.measured import cells_of, look_up
from harness.runner import Runner
from harness.statistics import correct
from harness.store import Store


def _judged(store: Store, *claims: dict[str, Any], seeds: tuple[int, ...] = (0,)) -> list[Finding]:
    described = paper(claims=list(claims), seeds=seeds) if claims else paper(seeds=seeds)
    measured = look_up(Runner(store), cells_of(described, described.claim_arms(), {}))
    return judge(described, measured)


BETTER = claim("soft beats hard", test="better", arm="soft", than=["hard"])


def test_clear_gain_is_reproduced(store: Store) -> None:
    soft = put(store, answers(35))
    hard = put(store, answers(20), config={"mode": "hard"})
    (found,) = _judged(store, BETTER)
    assert found.verdict == "reproduced"
    assert found.comparison is not None
    assert found.comparison.difference == pytest.approx(15 / 40)
    assert found.comparison.test.endswith("one-sided")
    assert found.runs == (soft.key, hard.key)
    assert (found.data, found.mini) == ("toy answers (synthetic)", True)


@pytest.mark.parametrize("right", [36, 35, 34], ids=["worse", "equal", "slightly better"])
def test_loss_tie_and_noise_are_not_reproduced(store: Store, right: int) -> None:
    put(store, answers(35))
    put(store, answers(right), config={"mode": "hard"})
    (found,) = _judged(store, BETTER)
    assert found.verdict == "not reproduced"
    assert found.p_value is not None
    assert found.p_value > 0.05


def test_lower_is_better_where_the_metric_says_so(store: Store) -> None:
    put(store, answers(20), latency=[1.0] * 40)
    put(store, answers(20), latency=[2.0] * 40, config={"mode": "hard"})
    (found,) = _judged(store, {**BETTER, "metric": "latency"})
    assert found.verdict == "reproduced"
    assert found.comparison is not None
    assert found.comparison.difference == -1.0


def test_claim_against_several_rests_on_the_hardest(store: Store) -> None:
    put(store, answers(35))
    put(store, answers(10), config={"mode": "hard"})
    put(store, answers(34), config={"strength": 0.25})
    (found,) = _judged(store, claim("x", test="better", arm="soft", than=["hard", "weak"]))
    assert found.verdict == "not reproduced"
    assert found.rival == "weak"


def test_p_values_are_corrected_over_the_tested_claims(store: Store) -> None:
    put(store, answers(20, 20))
    put(store, answers(15, 20), config={"mode": "hard"})
    put(store, answers(20, 20), config={"strength": 0.25})
    alone = _judged(store, BETTER)[0]
    assert alone.verdict == "reproduced"
    assert alone.p_corrected == alone.p_value
    several = [{**BETTER, "name": f"claim {i}"} for i in range(3)]
    found = _judged(store, *several, claim("free", test="none", reason="nobody sells it"))
    raw = [f.p_value for f in found if f.p_value is not None]
    assert [f.p_corrected for f in found[:3]] == correct(raw)
    assert [f.verdict for f in found] == [*["not reproduced"] * 3, "untested"]


def test_equivalence(store: Store) -> None:
    put(store, answers(80, 100))
    put(store, answers(81, 100), config={"strength": 0.25})
    near = claim("flat", test="equivalent", arm="soft", others=["weak"], margin=0.1)
    assert _judged(store, near)[0].verdict == "reproduced"
    (found,) = _judged(store, {**near, "margin": 0.01})
    assert found.verdict == "not reproduced"
    assert found.comparison is not None
    assert found.comparison.interval.level == pytest.approx(0.9)


def test_claim_over_seeds(store: Store) -> None:
    for seed in range(6):
        put(store, answers(30 + seed), seed=seed)
        put(store, answers(20 + seed), seed=seed, config={"mode": "hard"})
    (found,) = _judged(store, {**BETTER, "over": "seeds"}, seeds=tuple(range(6)))
    assert found.verdict == "reproduced"
    assert found.comparison is not None
    assert "6 seeds" in found.comparison.test
    assert len(found.runs) == 12


def test_untested_with_the_reason(store: Store) -> None:
    put(store, answers(35))
    put(store, status="timeout", reason="ran out of time", config={"mode": "hard"})
    found = _judged(store)
    assert {f.verdict for f in found} == {"untested"}
    assert found[0].reason == "hard: timeout: ran out of time"
    assert found[2].reason == "weak: not run"
    assert found[3].reason == "nobody sells it"
    assert {f.p_value for f in found} == {None}


def test_runs_without_examples_are_untested(store: Store) -> None:
    put(store, answers(35))
    bare = put(store, config={"mode": "hard"})
    (found,) = _judged(store, BETTER)
    assert found.verdict == "untested"
    assert found.reason == f"run {bare.key} has no per-example values"


def test_table_for_machines_and_people(store: Store) -> None:
    soft = put(store, answers(35))
    hard = put(store, answers(20), config={"mode": "hard"})
    table = claims_table(_judged(store), [paper()])
    first, *_, free = table.as_dicts()
    assert first["verdict"] == "reproduced"
    assert first["claim"] == "It is said: soft beats hard."
    assert first["p_value"] <= first["p_corrected"] < 0.05
    assert first["runs"] == f"{soft.key} {hard.key}"
    assert (first["n"], first["against"]) == (40, "hard")
    assert first["source"] == "Table 1 (recalled, unverified)"
    assert (free["verdict"], free["reason"]) == ("untested", "nobody sells it")
    text = table.render("text")
    assert "reproduced (synthetic data)" in text
    assert "Untested: It is said: free. Nobody sells it." in text
    assert table.title == "Claims tested on toy answers (synthetic)"


def test_real_data_are_not_called_synthetic(store: Store) -> None:
    put(store, answers(35), mini=False, origin="/a/b/real.json")
    put(store, answers(20), mini=False, origin="/a/b/real.json", config={"mode": "hard"})
    table = claims_table(_judged(store, BETTER), [paper()])
    assert "ynthetic" not in table.render("text")
