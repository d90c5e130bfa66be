from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from harness import paths
from harness.errors import BadInput, StoreError
from harness.execute import to_arrow_file
from harness.paths import write_atomically
from harness.record import RunRecord, Score
from harness.specs import KeyParts, Request, RunSpec
from harness.store import Store


def record(key: str = "ab" * 8, value: float = 1.0) -> RunRecord:
    return RunRecord(
        key=key,
        spec=RunSpec(method="m", config={}, task="t", task_config={}, seed=0),
        request=Request(method="m", task="t"),
        key_parts=KeyParts(data="", sources={}, packages={}),
        status="ok",
        scores=(Score(metric="AP", value=value, primary=True),),
    )


TABLE = pa.table({"id": ["a", "b"], "AP": [0.0, 1.0]})


def test_a_record_comes_back_as_it_went_with_its_examples() -> None:
    store = Store()
    store.put(record(), to_arrow_file(TABLE))
    found = store.get("ab" * 8)
    assert found is not None
    assert found.scores == record().scores
    assert store.examples(found) == TABLE
    assert list(store.records()) == [found]
    assert store.find("abab") == found


def test_an_empty_store_is_empty_and_nothing_is_created() -> None:
    store = Store()
    assert store.get("ab" * 8) is None
    assert store.keys() == store.damaged() == []
    assert not store.root.exists()
    with pytest.raises(BadInput, match="no run 'ab'"):
        store.find("ab")


def test_a_replaced_record_moves_to_history() -> None:
    store = Store()
    for value in (1.0, 2.0, 3.0):
        store.put(record(value=value))
        time.sleep(0.02)
    kept = sorted((store.root / "history" / ("ab" * 8)).iterdir())
    values = [RunRecord.model_validate_json(p.read_bytes()).scores[0].value for p in kept]
    assert values == [1.0, 2.0]
    assert store.keys() == ["ab" * 8]


def test_an_ambiguous_prefix_lists_what_it_begins() -> None:
    store = Store()
    store.put(record("ab" * 8))
    store.put(record("ab" * 7 + "cd"))
    with pytest.raises(BadInput, match="begins 2 keys: abab"):
        store.find("ab")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"key": 1}', b"\xff\xfe"])
def test_damage_is_named_and_passed_over(content: bytes) -> None:
    store = Store()
    store.put(record("cd" * 8))
    path = store.root / "runs" / "ab" / ("ab" * 8 + ".json")
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not a run record") as raised:
        store.get("ab" * 8)
    assert "\n" not in str(raised.value)
    assert [r.key for r in store.records()] == ["cd" * 8]
    assert len(store.damaged()) == 1


def test_a_changed_or_missing_table_is_refused() -> None:
    store = Store()
    store.put(record(), to_arrow_file(TABLE))
    kept = store.get("ab" * 8)
    (path,) = store.root.glob("runs/ab/*.arrow")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreError, match="was changed"):
        store.examples(kept)
    path.unlink()
    with pytest.raises(StoreError, match="is missing"):
        store.examples(kept)


def test_a_claim_excludes_others_and_ends_with_its_process(tmp_path: Path) -> None:
    store = Store()
    with store.claim("k", wait=False) as mine:
        assert mine
        with store.claim("k", wait=False) as second:
            assert not second
        with store.claim("other", wait=False) as other:
            assert other
    text = (
        "import sys, time; from harness.store import Store\n"
        f"with Store({str(store.root)!r}).claim('k', wait=True): print(1, flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"1\n"
    with store.claim("k", wait=False) as mine:
        assert not mine
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with store.claim("k", wait=True) as mine:
        assert mine


@pytest.mark.parametrize("place", ["file", "below a file"])
def test_a_store_that_is_a_file_says_so(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / ("below" if place == "below a file" else ""))
    assert store.get("ab" * 8) is None
    for attempt in (store.check_writable, lambda: store.put(record())):
        with pytest.raises(StoreError, match="cannot write to the store") as raised:
            attempt()
        assert "--store" in str(raised.value)


def test_a_full_disk_leaves_the_store_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    store.put(record(value=1.0))

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(paths.os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        store.put(record(value=2.0), to_arrow_file(TABLE))
    monkeypatch.undo()
    assert store.get("ab" * 8) == record(value=1.0)
    assert not list(store.root.rglob("*.tmp"))
    assert not list(store.root.rglob("*.arrow"))


def test_a_file_size_limit_in_a_real_process_is_one_clear_error(tmp_path: Path) -> None:
    """The system itself refuses the bytes, in the middle of a write."""
    text = f"""
import resource, signal
from pathlib import Path
from harness.paths import write_atomically
target = Path({str(tmp_path / "target")!r})
write_atomically(target, b"old")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write_atomically(target, b"x" * 100_000)
except OSError as error:
    print(error.strerror)
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "File too large\n"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["target"]
    assert (tmp_path / "target").read_bytes() == b"old"


@pytest.mark.slow
def test_a_kill_in_the_middle_of_a_write_leaves_old_or_new(tmp_path: Path) -> None:
    target = tmp_path / "big"
    old, new = b"a" * (64 << 20), b"b" * (64 << 20)
    seen = set()
    for delay in (0.0, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16):
        write_atomically(target, old, durable=False)
        pid = os.fork()
        if pid == 0:
            try:
                write_atomically(target, new, durable=False)
            finally:
                os._exit(0)
        time.sleep(delay)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        content = target.read_bytes()
        assert content in (old, new)
        seen.add(content[:1])
    assert b"a" in seen
