from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError
from sample_runs import bench_run, refused, timed

from harness.bench.records import (
    BenchRecord,
    BenchRun,
    committed_records,
    load_bench_runs,
    save_bench_run,
)
from harness.errors import StoreError

RUN = bench_run(timed("numpy", 10.0), refused("wrong"))


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = save_bench_run(RUN, tmp_path)
    assert path.parent == tmp_path / "bench" / "toy"
    assert path.name.startswith("20260102T030405Z-")
    assert load_bench_runs("toy", [tmp_path]) == [RUN]
    assert load_bench_runs("other", [tmp_path]) == []


def test_the_store_comes_from_the_environment() -> None:
    path = save_bench_run(RUN)
    assert path.is_relative_to(os.environ["HARNESS_RESULTS"])
    assert load_bench_runs("toy") == [RUN]


def test_the_newest_comes_first_whatever_the_folder(tmp_path: Path) -> None:
    for days, folder in ((1, "a"), (3, "b"), (2, "a")):
        save_bench_run(bench_run(timed("numpy", 10.0), days=days), tmp_path / folder)
    found = load_bench_runs("toy", [tmp_path / "a", tmp_path / "b"])
    assert [run.started_at.day for run in found] == [5, 4, 3]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe", RUN.model_dump_json().replace('"numpy"', "7").encode()],
)
def test_a_broken_file_is_named_and_left_out(tmp_path: Path, content: bytes) -> None:
    save_bench_run(RUN, tmp_path)
    (tmp_path / "bench" / "toy" / "broken.json").write_bytes(content)
    with pytest.warns(UserWarning, match=r"broken\.json: left out"):
        assert load_bench_runs("toy", [tmp_path]) == [RUN]


def test_a_record_of_another_layout_is_left_out(tmp_path: Path) -> None:
    path = save_bench_run(RUN, tmp_path)
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    with pytest.warns(UserWarning, match="schema_version"):
        assert load_bench_runs("toy", [tmp_path]) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "bench").write_text("in the way")
    with pytest.raises(StoreError, match="bench"):
        save_bench_run(RUN, tmp_path)


def test_records_are_closed_and_immutable() -> None:
    with pytest.raises(ValidationError, match="extra"):
        BenchRun.model_validate({**RUN.model_dump(), "more": 1})
    with pytest.raises(ValidationError, match="frozen"):
        RUN.kernel = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="finite"):
        timed("numpy", 1.0, ns_per_pair=float("nan"))


def test_a_time_and_status_ok_go_together() -> None:
    values = timed("numpy", 1.0).model_dump()
    with pytest.raises(ValidationError, match="does not go with"):
        BenchRecord.model_validate({**values, "summary": None})
    with pytest.raises(ValidationError, match="does not go with"):
        BenchRecord.model_validate({**values, "status": "wrong"})


def test_committed_records_lie_with_the_reports() -> None:
    assert committed_records().parts[-2:] == ("reports", "records")
    for path in committed_records().glob("bench/*/*.json"):
        assert BenchRun.model_validate_json(path.read_bytes()).kernel == path.parent.name
