from __future__ import annotations

import collections
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from spine import environment, wait_for

from harness.errors import BadInput, StoreError
from harness.runner import Cell, Runner
from harness.specs import Request
from harness.store import Store


def cell(
    method: str = "toys:Echo", task: str = "toys:Counting", seed: int = 0, **more: dict
) -> Cell:
    return Cell(Request(method=method, task=task, **more), seed)


def sweep_file(folder: Path, points: int, seeds: int, nap_s: float, **config: object) -> Path:
    """Write a sweep of ``points * seeds`` tallying cells."""
    path = folder / "sweep.json"
    grid = {"point": list(range(points))}
    methods = [{"name": "toys:Tallying", "config": {"nap_s": nap_s, **config}, "grid": grid}]
    path.write_text(json.dumps({"methods": methods, "tasks": ["toys:Counting"], "seeds": seeds}))
    return path


def start(file: Path, tmp_path: Path, *more: str) -> subprocess.Popen[str]:
    """Start the real command on a sweep file, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "harness", "sweep", str(file), "--json", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(TOY_TALLY=str(tmp_path / "tally")),
        start_new_session=True,
    )


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def check_consistent(store: Store) -> None:
    """Make sure that every record of the store is complete."""
    assert store.damaged() == []
    for record in store.records():
        if record.status == "ok":
            assert record.values() == {"kept": 100.0}
            assert record.examples_sha256
            table = store.examples(record)  # checks the digest
            assert table is not None
            assert table.num_rows == 5
        else:
            assert record.failure is not None


def test_finished_runs_are_taken_from_the_store_and_failed_ones_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_TALLY", str(tmp_path / "tally"))
    cells = [
        cell("toys:Tallying"),
        cell("toys:Tallying", overrides={"fail": True, "point": 1}),
        cell("toys:Tallying"),  # asked for twice
    ]

    def run(**options: bool) -> list[tuple[str, bool]]:
        return sorted((r.record.status, r.cached) for r in Runner(Store(), **options).run(cells))

    assert run() == [("failed", False), ("ok", False), ("ok", False)]
    assert sorted(lines(tmp_path / "tally")) == ["0 0", "1 0"]
    assert run() == [("failed", False), ("ok", True), ("ok", True)]
    assert sorted(lines(tmp_path / "tally")) == ["0 0", "1 0", "1 0"]
    assert run(rerun=True) == [("failed", False), ("ok", False), ("ok", False)]
    assert lines(tmp_path / "tally").count("0 0") == 2


def test_pairs_that_do_not_fit_and_missing_packages_have_records() -> None:
    cells = [cell("toys:OtherKind"), cell("nosuchplugin:Thing")]
    skipped, broken = (r.record for r in Runner(Store()).run(cells))
    assert skipped.status == "skipped"
    assert skipped.failure.kind == "incompatible"
    assert broken.status == "failed"
    assert "no module nosuchplugin" in broken.failure.message
    assert len(Store().keys()) == 2


def test_wrong_options_end_the_command_before_anything_runs() -> None:
    with pytest.raises(BadInput, match="did you mean 'share'"):
        list(Runner(Store()).run([cell(), cell(overrides={"shaer": 1})]))
    assert Store().keys() == []


def test_a_record_the_store_refuses_is_kept_elsewhere_and_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = Store()
    put = Store.put

    def refuse(self: Store, *arguments: object, **options: object) -> None:
        if self is store:
            raise StoreError("the disk is full")
        put(self, *arguments, **options)

    monkeypatch.setattr(Store, "put", refuse)
    with pytest.raises(StoreError, match=r"the disk is full\. The record of run") as raised:
        list(Runner(store).run([cell()]))
    rescued = Path(str(raised.value).split("was kept in ")[1].split(": copy")[0])
    (record,) = Store(rescued).records()
    assert record.status == "ok"
    assert Store(rescued).examples(record) is not None
    shutil.rmtree(rescued)


def mounted(folder: Path) -> bool:
    """Mount a file system of 256 KiB at ``folder``, if we may."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    try:
        return subprocess.run(["mount", *options], capture_output=True).returncode == 0
    except OSError:
        return False


def test_a_disk_that_fills_up_is_one_line_and_exit_status_2(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    if not mounted(disk):
        pytest.skip("mounting a small file system needs privileges")
    try:
        (disk / "ballast").write_bytes(b"x" * (200 << 10))
        file = sweep_file(tmp_path, points=40, seeds=1, nap_s=0)
        command = start(file, tmp_path, "--store", str(disk / "store"), "-j1", "-q")
        _, said = command.communicate(timeout=60)
        assert command.returncode == 2, said
        assert said.count("\n") == 1, said
        (line,) = said.splitlines()
        assert "No space left on device" in line
        store = Store(disk / "store")
        check_consistent(store)
        rescued = Store(line.split("was kept in ")[1].split(": copy")[0])
        (record,) = rescued.records()
        assert record.status == "ok"
        assert store.get(record.key) is None
        assert len(lines(tmp_path / "tally")) >= len(store.keys()) + 1
        shutil.rmtree(rescued.root)
    finally:
        subprocess.run(["umount", str(disk)], check=False)


@pytest.mark.parametrize(("number", "group"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_an_interruption_keeps_what_is_done_and_the_same_command_resumes(
    tmp_path: Path, number: int, group: bool
) -> None:
    # Three quick ones are finished, one is under way and the rest never begins.
    grid = {"point": list(range(8))}
    quick = {"name": "toys:Tallying", "config": {"nap_s": 0}, "grid": {"point": [100, 101, 102]}}
    slow = {"name": "toys:Tallying", "config": {"nap_s": 3}, "grid": grid}
    file = tmp_path / "sweep.json"
    file.write_text(json.dumps({"methods": [quick, slow], "tasks": ["toys:Counting"]}))
    command = start(file, tmp_path, "-j1")
    wait_for(lambda: len(lines(tmp_path / "tally")) == 4)
    # The fourth begins as soon as the third has ended, before that one's record is kept and told.
    wait_for(lambda: len(Store().keys()) == 3)
    time.sleep(0.3)
    processes = family(command)
    (os.killpg if group else os.kill)(command.pid, number)
    out, said = command.communicate(timeout=30)
    assert command.returncode == 130, said
    assert "the same command resumes" in said.splitlines()[-1]
    assert len(out.splitlines()) == 3
    _, alive = psutil.wait_procs(processes, timeout=3)
    assert not alive
    store = Store()
    check_consistent(store)
    kinds = collections.Counter(r.failure.kind if r.failure else "ok" for r in store.records())
    assert kinds["ok"] == 3
    assert kinds["interrupted"] >= 1
    assert kinds["interrupted"] + kinds["never_run"] == 8
    # The same grid, awake: only the naps differ, so the quick ones stay cached.
    command = start(sweep_resumed(file), tmp_path, "-j1")
    out, said = command.communicate(timeout=60)
    assert command.returncode == 0, said
    rows = [json.loads(line) for line in out.splitlines()]
    assert len(rows) == 4
    assert sum(row["cached"] for row in rows) == 3
    check_consistent(store)


def sweep_resumed(file: Path) -> Path:
    """Cut the slow part of a sweep file down to one cell, so that resuming it is quick."""
    data = json.loads(file.read_text())
    data["methods"][1]["grid"]["point"] = [0]
    file.write_text(json.dumps(data))
    return file


def test_interrupting_a_rerun_never_replaces_a_finished_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_TALLY", str(tmp_path / "tally"))
    cells = [cell("toys:Tallying", seed=seed) for seed in range(6)]
    before = {r.record.key: r.record for r in Runner(Store()).run(cells)}
    running = Runner(Store(), rerun=True).run(cells)
    next(running)
    running.close()  # as an interruption outside of the runner does
    after = {record.key: record for record in Store().records()}
    assert all(record.status == "ok" for record in after.values())
    assert sum(after[key] != before[key] for key in before) in (1, 2)


@pytest.mark.slow
def test_three_processes_share_out_a_grid(tmp_path: Path) -> None:
    """Every cell is computed exactly once, the failing ones too, and all three know everything."""
    file = sweep_file(tmp_path, points=12, seeds=2, nap_s=0.1)
    data = json.loads(file.read_text())
    failing = {"name": "toys:Tallying", "config": {"fail": True, "nap_s": 0.1, "point": 99}}
    data["methods"].append(failing)
    file.write_text(json.dumps(data))
    commands = [start(file, tmp_path, "-j1") for _ in range(3)]
    rows = []
    for command in commands:
        out, said = command.communicate(timeout=120)
        assert command.returncode == 1, said
        rows.append([json.loads(line) for line in out.splitlines()])
    assert all(len(part) == 26 for part in rows)
    assert len({frozenset(row["run"] for row in part) for part in rows}) == 1
    computed = collections.Counter(lines(tmp_path / "tally"))
    assert len(computed) == 26
    late = {point: n for point, n in computed.items() if n != 1 and not point.startswith("99")}
    assert not late
    check_consistent(Store())


def fork_runner(cells: list[Cell], folder: Path, executor: str) -> int:
    """Start a process that runs ``cells``; it begins as warm as this one, so that kills come quick."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 2)
            list(Runner(Store(folder), executor=executor).run(cells))
            os._exit(0)
        finally:
            os._exit(1)
    return pid


@pytest.mark.slow
@pytest.mark.parametrize(("executor", "kills"), [("toys:Inline", 20), ("local", 5)])
def test_kills_at_any_moment_leave_the_store_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: str, kills: int
) -> None:
    tally = tmp_path / "tally"
    monkeypatch.setenv("TOY_TALLY", str(tally))
    cells = [cell("toys:Tallying", seed=seed) for seed in range(20 * kills)]
    store = Store(tmp_path / "store")
    dice = random.Random(5)
    # Once here, so that every process forked below is warm.
    list(Runner(Store(tmp_path / "other"), executor="toys:Inline").run(cells[:1]))
    for _ in range(kills):
        done = len(lines(tally))
        pid = fork_runner(cells, store.root, executor)
        wait_for(lambda done=done: len(lines(tally)) > done + 1)
        time.sleep(dice.uniform(0, 0.05))
        processes = psutil.Process(pid).children(recursive=True)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        _, alive = psutil.wait_procs(processes, timeout=3)
        assert not alive
        check_consistent(store)
    assert 0 < len(store.keys()) < len(cells)
    # No kill loses more than what was under way.
    assert len(lines(tally)) <= len(store.keys()) + 2 * kills + 1
    pid = fork_runner(cells, store.root, executor)
    assert os.waitpid(pid, 0)[1] == 0
    check_consistent(store)
    assert len(store.keys()) == len(cells)
    assert all(record.status == "ok" for record in store.records())
