from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.bench.records import load_bench_runs
from harness.bench.threads import available_cores
from harness.cli.bench import command
from harness.errors import BadInput, ExitCode, HarnessError, Unavailable, UnknownName

TOYS = Path(__file__).resolve().parents[1] / "bench"


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the toy kernels importable, as a plug-in in the working folder would be."""
    monkeypatch.syspath_prepend(TOYS)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def quick(*arguments: str) -> Result:
    return call("toykernel:TOY", "--case", "n100", "--budget", "0", *arguments)


def error(result: Result) -> HarnessError:
    assert isinstance(result.exception, HarnessError)
    return result.exception


def test_a_table_with_conditions_is_printed() -> None:
    result = quick()
    assert result.exit_code == ExitCode.OK, result.output
    assert result.stdout.startswith("toy: ")
    assert "warm caches" in result.stdout
    lines = [line.split() for line in result.stdout.splitlines() if line.startswith("n100 ")]
    assert [line[1] for line in lines] == ["numpy", "loop"]
    assert "ceilings of CPU, threads 1" in result.stdout
    assert result.stderr == ""


def test_json_is_an_array_of_whole_rows() -> None:
    result = quick("--json")
    rows = json.loads(result.stdout)
    assert [(row["implementation"], row["status"]) for row in rows] == [
        ("numpy", "ok"),
        ("loop", "ok"),
    ]
    assert len(rows[0]["samples_ns"]) == rows[0]["summary"]["n"] == 10
    assert set(rows[0]["ratio_to"]) == {"loop"}


def test_a_whole_run_is_kept_and_a_part_is_not() -> None:
    assert load_bench_runs("toy", None) == []
    part = quick()
    assert "saved" not in part.stderr
    assert load_bench_runs("toy", None) == []
    whole = call("toykernel:TOY", "--budget", "0")
    assert "saved" in whole.stderr
    [run] = load_bench_runs("toy", None)
    assert {row.case for row in run.rows} == {"n100", "n10000"}
    assert [row.status for row in run.rows if row.implementation == "loop"] == ["ok", "skipped"]


def test_keeping_can_be_chosen() -> None:
    quick("--save")
    assert len(load_bench_runs("toy", None)) == 1
    call("toykernel:TOY", "--budget", "0", "--no-save")
    assert len(load_bench_runs("toy", None)) == 1


def test_cases_and_implementations_are_picked_by_pattern() -> None:
    result = quick("--implementation", "n*", "--json")
    assert [row["implementation"] for row in json.loads(result.stdout)] == ["numpy"]
    unknown = error(call("toykernel:TOY", "--case", "n1000"))
    assert isinstance(unknown, UnknownName)
    assert "n100" in str(unknown)


def test_several_numbers_of_threads_each_have_rows() -> None:
    result = quick("--threads", "1", "--threads", "all", "--threads", "1", "--json")
    threads = [row["threads"] for row in json.loads(result.stdout)]
    assert threads == [n for n in sorted({1, available_cores()}) for _ in range(2)]


@pytest.mark.parametrize("threads", ["0", "-1", "two", "100000"])
def test_threads_that_are_not_there_are_refused(threads: str) -> None:
    message = str(error(quick("--threads", threads)))
    assert message.startswith(f"--threads {threads}: expected a number from 1 to")


def test_cold_caches_are_told() -> None:
    result = quick("--cold", "--implementation", "numpy")
    assert "cold caches" in result.stdout


def test_a_wrong_output_fails_the_command_and_is_not_timed() -> None:
    result = call("toykernel:BAD", "--case", "n100", "--budget", "0")
    assert result.exit_code == ExitCode.CELL_FAILED
    assert "wrong: Not equal" in result.stdout


def test_nothing_that_could_run_is_no_success() -> None:
    result = call("toykernel:GONE", "--budget", "0")
    assert result.exit_code == ExitCode.CANNOT_TELL
    assert "pip install no-such-package" in result.stdout


def test_a_device_that_is_not_there_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    found = error(quick("--device", "cuda"))
    assert isinstance(found, Unavailable)
    assert found.exit_code == 3
    assert "\n" not in str(found)


def test_a_device_without_implementations_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.bench.runner.require_device", lambda device: None)
    found = error(quick("--device", "cuda"))
    assert isinstance(found, BadInput)
    assert "none of its implementations runs on cuda" in str(found)


def test_an_unknown_kernel_is_refused() -> None:
    assert isinstance(error(call("no_such_kernel")), UnknownName)


def test_listing_runs_nothing() -> None:
    result = call("toykernel:GONE", "--list")
    assert result.exit_code == ExitCode.OK
    assert "n10000" in result.stdout
    assert "no: pip install no-such-package" in result.stdout


def test_compiling_a_kernel_without_specialisations_is_refused() -> None:
    assert isinstance(error(call("toykernel:TOY", "--compile-only")), BadInput)


@pytest.mark.parametrize(("status", "code"), [("ok", 0), ("spills", 1), ("failed", 1)])
def test_a_spill_or_a_failed_compilation_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, status: str, code: int
) -> None:
    from harness.bench import compile as compiling

    row = compiling.CompileRow.model_validate(
        {"target": "t", "architecture": "sm_90", "status": status, "reason": "because"}
    )
    monkeypatch.setattr(compiling, "compile_targets", lambda kernel: [row])
    result = call("toykernel:TOY", "--compile-only")
    assert result.exit_code == code
    assert "because" in result.stdout
    assert json.loads(call("toykernel:TOY", "--compile-only", "--json").stdout)[0]["target"] == "t"
