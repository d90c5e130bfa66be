"""How many CPU threads the timed code may use."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from harness.errors import BadInput

TASKS = Path("/proc/self/task")
"""Linux lists the threads of this process here."""


def available_cores() -> int:
    """Return the number of cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def limited_threads(count: int) -> Iterator[tuple[str, ...]]:
    """Hold this process to ``count`` cores and its libraries to as many threads.

    Where the system can pin threads to cores (Linux), all of the process's threads are pinned to
    the first ``count`` cores, so that code with a thread pool of its own is held too. Numba,
    PyTorch if it is loaded, and BLAS through threadpoolctl if installed start no more threads than
    that. All is undone at the end.

    Yields:
        The names of what was limited, ``"affinity"`` being the pinning.

    Raises:
        BadInput: ``count`` is not between 1 and the number of cores, or above NUMBA_NUM_THREADS.
    """
    cores = available_cores()
    if not 1 <= count <= cores:
        raise BadInput(f"{count} threads: this process may use 1 to {cores}")
    told = ["numba"]
    with ExitStack() as undo:
        _limit_numba(count, undo)
        torch = sys.modules.get("torch")
        if torch is not None:
            undo.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(count)
            told.append("torch")
        if importlib.util.find_spec("threadpoolctl") is not None:
            threadpoolctl = importlib.import_module("threadpoolctl")
            undo.enter_context(threadpoolctl.threadpool_limits(limits=count))
            told.append("threadpoolctl")
        if hasattr(os, "sched_setaffinity") and TASKS.is_dir():
            allowed = os.sched_getaffinity(0)
            # Threads that start meanwhile inherit the pinning, so all are released at the end.
            undo.callback(_pin_all_threads, allowed)
            _pin_all_threads(set(sorted(allowed)[:count]))
            told.append("affinity")
        yield tuple(told)


def _limit_numba(count: int, undo: ExitStack) -> None:
    import numba

    undo.callback(numba.set_num_threads, numba.get_num_threads())
    try:
        numba.set_num_threads(count)
    except ValueError:
        raise BadInput(
            f"{count} threads: the environment variable NUMBA_NUM_THREADS holds Numba to fewer"
        ) from None


def _pin_all_threads(cores: set[int]) -> None:
    """Let every thread of this process run on ``cores`` only."""
    for task in TASKS.iterdir():
        with suppress(ProcessLookupError):  # it ended in between
            os.sched_setaffinity(int(task.name), cores)
