from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from spine import wait_for

from harness.errors import BadInput
from harness.executors.local import LocalExecutor
from harness.record import RunRecord
from harness.runner import Cell, Runner
from harness.specs import Limits, Request
from harness.store import Store

HOWS = {
    # how it misbehaves: status, failure kind, part of the reason
    "raise": ("failed", "error", "ValueError: the toy is broken"),
    "segfault": ("failed", "crash", "SIGSEGV"),
    "exit": ("failed", "crash", "exited with status 3"),
    "sys.exit": ("failed", "crash", "exited with status"),
    "unknown signal": ("failed", "crash", "signal 35"),
    "killed": ("out_of_memory", "out_of_memory", "SIGKILL"),
    "huge": ("out_of_memory", "out_of_memory", "allocate"),
    "unavailable": ("unavailable", "unavailable", "fetch one"),
    "short": ("failed", "bad_input", "returned 4 predictions for 5 inputs"),
    "nan": ("failed", "bad_input", "NaN"),
    "wrong type": ("failed", "bad_input", "expects Detections"),
    "surrogate": ("failed", "error", "FileNotFoundError: caf"),
    "odd progress": ("failed", "error", "ValueError"),
    "kill worker": ("failed", "crash", "worker process died"),
    "close everything": ("ok", "", ""),
    "nothing": ("ok", "", ""),
}


def cell(
    method: str = "toys:Echo", task: str = "toys:Counting", seed: int = 0, **more: dict
) -> Cell:
    return Cell(Request(method=method, task=task, **more), seed)


def test_every_misbehaviour_is_a_record_and_the_rest_is_fine() -> None:
    cells = [cell("toys:Misbehaving", overrides={"how": how}) for how in HOWS]
    cells.append(cell("toys:Echo"))
    records = {
        r.record.spec.config.get("how", "echo"): r.record
        for r in Runner(Store(), limits=Limits(memory_bytes=4 << 30)).run(cells)
    }
    assert records.pop("echo").status == "ok"
    for how, (status, kind, reason) in HOWS.items():
        record = records[how]
        assert record.status == status, (how, record.failure)
        if record.failure is None:
            assert record.scores
            continue
        assert record.failure.kind == kind, (how, record.failure)
        assert reason in record.failure.message, (how, record.failure)
        assert "\n" not in record.failure.message
        assert not record.scores
    assert 'raise ValueError("the toy is broken")' in records["raise"].failure.traceback
    assert "SystemExit: no more" in records["sys.exit"].failure.log


@pytest.mark.parametrize("how", ["score", "detail", "table", "example", "raise"])
def test_a_scorer_that_goes_wrong_is_a_failed_record_with_a_reason(how: str) -> None:
    import toys

    from harness.execute import Job, execute
    from harness.specs import KeyParts, RunSpec

    spec = RunSpec(
        method="toys:Echo",
        config=toys.Echo().config.model_dump(mode="json"),
        task="toys:Faulty",
        task_config={"how": how},
        seed=0,
    )
    request = Request(method=spec.method, task=spec.task)
    parts = KeyParts(data="", sources={}, packages={})
    outcome = execute(Job(key="0" * 16, spec=spec, request=request, parts=parts))
    assert outcome.record.status == "failed"
    assert outcome.record.failure is not None
    assert outcome.record.failure.kind != "crash"
    assert outcome.record.failure.message
    assert not outcome.record.scores
    assert outcome.examples is None
    RunRecord.model_validate_json(outcome.record.model_dump_json())


def test_time_and_memory_limits_end_the_run_and_not_the_sweep() -> None:
    limits = Limits(time_s=5, memory_bytes=500 << 20)
    cells = [
        cell("toys:Misbehaving", overrides={"how": "hang"}),
        cell("toys:Misbehaving", overrides={"how": "hog"}),
        cell("toys:Echo"),
    ]
    hang, hog, echo = (r.record for r in sorted_by_cell(cells, Runner(Store(), limits=limits)))
    assert hang.status == "timeout"
    assert "time limit of 5 s" in hang.failure.message
    assert "going to sleep" in hang.failure.log
    assert hog.status == "out_of_memory"
    assert echo.status == "ok"


def sorted_by_cell(cells: list[Cell], runner: Runner) -> list:
    results = list(runner.run(cells))
    return [next(r for r in results if r.cell is cell) for cell in cells]


def test_a_run_leaves_no_process_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = tmp_path / "daemon"
    monkeypatch.setenv("TOY_DAEMON", str(note))
    (result,) = Runner(Store()).run([cell("toys:Misbehaving", overrides={"how": "daemon"})])
    assert result.record.status == "ok"
    assert not psutil.pid_exists(int(note.read_text()))


def test_a_worker_goes_when_its_parent_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_TALLY", str(tmp_path / "tally"))
    text = (
        "import sys; from harness import api;"
        "api.run('toys:Tallying', 'toys:Counting', config={'nap_s': 600})"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", text],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        cwd=tmp_path,
    )
    wait_for(lambda: (tmp_path / "tally").exists())
    family = psutil.Process(parent.pid).children(recursive=True)
    assert len(family) == 3  # the worker, its job, and the process that waits for the next
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive


def test_an_edit_before_a_run_ends_makes_it_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key was made of the old source, so nothing may be kept under it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    plugin = tmp_path / "edited_plugin.py"
    plugin.write_text("import toys\nclass Mine(toys.Echo):\n    name = 'mine'\n")
    (wanted,) = (planned := Runner(Store())).plan([cell("edited_plugin:Mine")])
    plugin.write_text(plugin.read_text() + "# edited\n")
    (result,) = planned.run([cell("edited_plugin:Mine")])
    assert result.record.key == wanted.key
    assert result.record.status == "failed"
    assert "edited_plugin was edited" in result.record.failure.message
    (again,) = Runner(Store()).run([cell("edited_plugin:Mine")])
    assert again.record.status == "ok"
    assert again.record.key != wanted.key


def test_a_worker_that_cannot_start_is_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: LocalExecutor, job: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(LocalExecutor, "_start", refuse)
    (result,) = Runner(Store()).run([cell()])
    assert result.record.status == "failed"
    assert "no more processes" in result.record.failure.message


def test_predictions_must_fit_the_inputs() -> None:
    from harness.execute import check_predictions

    with pytest.raises(BadInput, match="returned 1 predictions for 0 inputs"):
        check_predictions("detection", [], [None], owner="method x")
