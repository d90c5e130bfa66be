from __future__ import annotations

import os
import sys
import threading
from types import SimpleNamespace

import numba
import pytest

from harness.bench.threads import available_cores, limited_threads
from harness.errors import BadInput


def test_threads_are_held_and_given_back() -> None:
    before = numba.get_num_threads()
    with limited_threads(1) as told:
        assert numba.get_num_threads() == 1
        assert "numba" in told
    assert numba.get_num_threads() == before


def test_a_loaded_torch_is_held_too(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    fake = SimpleNamespace(get_num_threads=lambda: 7, set_num_threads=seen.append)
    monkeypatch.setitem(sys.modules, "torch", fake)  # type: ignore[arg-type]
    with limited_threads(1) as told:
        assert "torch" in told
    assert seen == [1, 7]


def test_threads_come_back_after_an_error() -> None:
    before = numba.get_num_threads()
    with pytest.raises(RuntimeError), limited_threads(1):
        raise RuntimeError
    assert numba.get_num_threads() == before


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="threads cannot be pinned here")
def test_pools_of_the_timed_code_are_held_too_and_released() -> None:
    everything = os.sched_getaffinity(0)
    started, end = threading.Event(), threading.Event()
    seen: list[set[int]] = []

    def work() -> None:
        seen.append(os.sched_getaffinity(0))
        started.set()
        end.wait(10)
        seen.append(os.sched_getaffinity(0))

    worker = threading.Thread(target=work)
    with limited_threads(1) as told:
        assert "affinity" in told
        assert available_cores() == 1
        worker.start()
        assert started.wait(10)
    end.set()
    worker.join()
    assert [len(cores) for cores in seen] == [1, len(everything)]
    assert os.sched_getaffinity(0) == everything


@pytest.mark.parametrize("count", [0, -1, available_cores() + 1])
def test_there_are_no_more_threads_than_cores(count: int) -> None:
    with pytest.raises(BadInput, match="may use 1 to"), limited_threads(count):
        pass
