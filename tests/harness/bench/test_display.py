from __future__ import annotations

import pytest
import toykernel as toy
from sample_runs import ENVIRONMENT, bench_run, refused, timed

from harness.bench.compile import CompileRow
from harness.bench.display import compilations, contents, timings
from harness.tables import Table


def cells(table: Table, line: int) -> dict[str, str]:
    return {c.key: cell.text for c, cell in zip(table.columns, table.rows[line], strict=True)}


RUN = bench_run(
    timed("numpy", 2e3),
    timed("numba", 500.0, reason="odd"),
    timed("theirs", 1e5, peer=True, roofline=None, ns_per_pair=None),
    refused("wrong"),
    refused("gone", status="unavailable", reason="needs gone: pip install gone"),
)


def test_a_line_has_time_spread_ratio_and_share() -> None:
    assert cells(timings(RUN), 1) == {
        "case": "small",
        "implementation": "numba",
        "threads": "1",
        "time_ns": "500 ns",
        "spread_ns": "500 ns to 500 ns",
        "ratio": "4.00× [4.00×, 4.00×]",
        "ns_per_pair": "5",
        "roofline_share": "25.0% memory",
        "note": "odd",
    }
    assert cells(timings(RUN), 0)["ratio"] == "baseline"


def test_what_is_unknown_is_blank() -> None:
    line = cells(timings(RUN), 2)
    assert (line["implementation"], line["ratio"]) == (
        "theirs (peer)",
        "0.0200× [0.0200×, 0.0200×]",
    )
    assert (line["ns_per_pair"], line["roofline_share"]) == ("", "")


def test_what_was_not_timed_says_why() -> None:
    assert cells(timings(RUN), 3)["note"] == "wrong: differs"
    assert cells(timings(RUN), 3)["time_ns"] == ""


def test_what_is_not_installed_is_told_once_below() -> None:
    twice = bench_run(*RUN.rows, *RUN.rows)
    table = timings(twice)
    assert len(table.rows) == 8
    assert table.notes.count("not timed: gone: needs gone: pip install gone") == 1


def test_the_conditions_are_told() -> None:
    table = timings(RUN)
    told = "\n".join([table.title, *table.notes])
    for fact in (
        "Imaginary 9000 (2 cores)",
        "warm caches",
        "numpy 2.4.6",
        "2026-01-02 03:04 UTC",
        "load 0.5",
        "held in numba",
        "seed 0",
        "memory 40.0 GB/s",
        "220 GFLOP/s float32",
    ):
        assert fact in told


@pytest.mark.parametrize(("load", "told"), [(None, None), (1.0, False), (1.5, True)])
def test_a_busy_machine_is_told(load: float | None, told: bool | None) -> None:
    where = ENVIRONMENT.model_copy(update={"load": load})
    notes = "\n".join(timings(bench_run(timed("numpy", 9.0), environment=where)).notes)
    assert ("load" in notes) == (told is not None)
    assert ("busy" in notes) == bool(told)


def test_the_gpu_is_told_where_it_was_used() -> None:
    where = ENVIRONMENT.model_copy(
        update={"gpu": "Imaginary GPU", "gpu_driver": "9.1", "gpu_state": {"sm_mhz": 1980.0}}
    )
    run = bench_run(timed("triton", 9.0, device="cuda", cache="cold"), environment=where)
    assert timings(run).title == "toy: Imaginary GPU, cold caches"
    assert "Imaginary GPU, driver 9.1, sm_mhz 1980.0" in timings(run).notes


def test_compilations_show_resources_or_the_reason() -> None:
    good = CompileRow(target="a", architecture="sm_90", status="ok", registers=32, spill_bytes=0)
    bad = CompileRow(target="b", architecture="sm_90", status="failed", reason="no such type")
    table = compilations("toy", [good, bad])
    assert cells(table, 0)["registers"] == "32"
    assert (cells(table, 1)["registers"], cells(table, 1)["reason"]) == ("", "no such type")


def test_contents_say_what_can_be_timed_here() -> None:
    cases, implementations = contents(toy.kernel(toy.NUMPY, toy.LOOP, toy.MISSING))
    assert cells(cases, 0) == {"case": "n100", "size": "n 100"}
    assert cells(implementations, 1)["whose"] == "peer"
    assert [cells(implementations, i)["available"] for i in (0, 2)] == [
        "yes",
        "no: pip install no-such-package",
    ]
