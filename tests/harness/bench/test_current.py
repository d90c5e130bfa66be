from __future__ import annotations

from pathlib import Path

import pytest
from sample_runs import ENVIRONMENT, bench_run, refused, timed

from harness.bench import current
from harness.bench.current import columns, headline, latest, source_digest
from harness.bench.records import BenchRun, save_bench_run
from harness.errors import UnknownName


@pytest.fixture(autouse=True)
def _known_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "source_digest", lambda kernel: "now")


def store(folder: Path, *runs: BenchRun) -> list[Path]:
    for run in runs:
        save_bench_run(run, folder)
    return [folder]


def test_nothing_measured_is_nothing_shown(tmp_path: Path) -> None:
    assert latest("toy", "cpu", [tmp_path]) is None
    assert headline("toy", "cpu", [tmp_path]) is None
    assert columns("toy", [tmp_path]) == {"kernel time, CPU": None, "kernel time, GPU": None}


def test_the_newest_run_that_timed_anything_counts(tmp_path: Path) -> None:
    folders = store(
        tmp_path,
        bench_run(timed("numpy", 3.0), days=0),
        bench_run(timed("numpy", 2.0), refused("wrong"), days=1),
        bench_run(refused("numpy"), days=2),
    )
    found = latest("toy", "cpu", folders)
    assert found is not None
    assert [row.summary.median_ns for row in found.rows if row.summary] == [2.0]
    assert not found.stale
    assert latest("toy", "cuda", folders) is None


def test_the_headline_is_our_fastest_on_the_hardest_case_that_a_peer_ran(tmp_path: Path) -> None:
    rows = [timed("numba", 5e6, case="large", flops=1e5)]
    for case, scale in (("middle", 10.0), ("small", 1.0)):
        rows += [
            timed("numpy", 100 * scale, case=case, flops=scale),
            timed("numba", 50 * scale, case=case, flops=scale),
            timed("theirs", 200 * scale, case=case, flops=scale, peer=True),
            timed("slow theirs", 900 * scale, case=case, flops=scale, peer=True),
        ]
    found = headline("toy", "cpu", store(tmp_path, bench_run(*rows)))
    assert found is not None
    assert (found.case, found.implementation, found.median_ns) == ("middle", "numba", 500)
    assert (found.peer, found.ratio, found.low, found.high) == ("theirs", 4.0, 4.0, 4.0)
    assert found.machine == "Imaginary 9000"
    assert str(found) == "toy 500 ns (numba, middle), 4.00× theirs"


def test_without_a_peer_there_is_no_ratio(tmp_path: Path) -> None:
    found = headline("toy", "cpu", store(tmp_path, bench_run(timed("numba", 2.5e6, threads=2))))
    assert found is not None
    assert (found.peer, found.ratio, found.low) == (None, None, None)
    assert str(found) == "toy 2.50 ms (numba, small, 2 threads)"


def test_a_peer_under_other_conditions_is_no_rival(tmp_path: Path) -> None:
    rows = [timed("numba", 10.0), timed("theirs", 90.0, peer=True, threads=2)]
    found = headline("toy", "cpu", store(tmp_path, bench_run(*rows)))
    assert found is not None
    assert found.peer is None


def test_peers_alone_make_no_headline(tmp_path: Path) -> None:
    folders = store(tmp_path, bench_run(timed("theirs", 90.0, peer=True)))
    assert headline("toy", "cpu", folders) is None


def test_each_device_has_its_column(tmp_path: Path) -> None:
    gpu = ENVIRONMENT.model_copy(update={"gpu": "Imaginary GPU"})
    folders = store(
        tmp_path,
        bench_run(timed("numba", 2e3)),
        bench_run(timed("triton", 3e4, device="cuda", cache="cold"), environment=gpu, days=1),
    )
    found = headline("toy", "cuda", folders)
    assert found is not None
    assert found.machine == "Imaginary GPU"
    assert columns("toy", folders) == {
        "kernel time, CPU": "toy 2.00 µs (numba, small)",
        "kernel time, GPU": "toy 30.0 µs (triton, small)",
    }


def test_a_timing_of_other_sources_is_marked(tmp_path: Path) -> None:
    folders = store(tmp_path, bench_run(timed("numba", 2e3), source_digest="before"))
    found = latest("toy", "cpu", folders)
    assert found is not None
    assert found.stale
    assert columns("toy", folders)["kernel time, CPU"] == "stale: toy 2.00 µs (numba, small)"


def test_the_digest_follows_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "source_digest", source_digest)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "some_kernel.py").write_text("import some_helper\n")
    (tmp_path / "some_helper.py").write_text("x = 1\n")
    before = source_digest("some_kernel:K")
    assert source_digest("some_kernel:K") == before
    (tmp_path / "some_helper.py").write_text("x = 2\n")
    assert source_digest("some_kernel:K") != before
    with pytest.raises(UnknownName):
        source_digest("no_such_kernel")
