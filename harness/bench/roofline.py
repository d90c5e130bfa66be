"""What this machine can do at most, measured, and how much of it a timing used.

The roofline model (Williams, Waterman and Patterson, CACM 52(4), 2009): work that moves ``bytes``
and does ``flops`` operations takes at least ``max(bytes / bandwidth, flops / peak)``. Both ceilings
are measured here, once a process, not read off a datasheet: bandwidth by a copy, its bytes counted
once read and once written as STREAM does; arithmetic by float32 multiply-adds. A kernel in float64
can reach half of that peak at most.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache

from harness.bench import ceilings_cpu
from harness.bench.records import Bandwidth, Ceilings, Roofline
from harness.bench.stopwatch import cache_sizes, last_level_cache_bytes
from harness.bench.threads import limited_threads
from harness.kernel import Cost, Device

TRIALS = 10
"""The best of so many trials counts: a ceiling is what was reached, not what is usual."""

TRIAL_S = 0.02
"""A trial lasts several ticks of the scheduler, so that waking a second thread does not show."""

COPY_BYTES_GPU = 1 << 30
MATMUL_SIZE_GPU = 8192


def attainable(cost: Cost, limits: Ceilings, *, cold: bool, median_ns: float) -> Roofline | None:
    """Set a time against the ceilings.

    Warm work is held to the bandwidth of the nearest cache that holds all its bytes, cold work to
    memory's.

    Args:
        cost: The kernel's unavoidable work.
        limits: Of the device and number of threads that were timed.
        cold: Whether caches were emptied before each call.
        median_ns: The measured time.

    Returns:
        None where the bandwidth of that cache is not known: a warm GPU kernel inside L2.
    """
    level = next(
        b
        for b in limits.bandwidths
        if b.holds_bytes is None or (not cold and cost.bytes <= b.holds_bytes)
    )
    if level.bytes_per_s is None:
        return None
    moving_ns = cost.bytes / level.bytes_per_s * 1e9
    computing_ns = cost.flops / limits.flops_per_s * 1e9
    floor_ns = max(moving_ns, computing_ns)
    return Roofline(
        attainable_ns=floor_ns,
        share=floor_ns / median_ns,
        bound=level.level if moving_ns >= computing_ns else "compute",
    )


def ceilings(device: Device, threads: int) -> Ceilings:
    """Return the measured ceilings of ``device``; ``threads`` matters on the CPU only."""
    return _cuda_ceilings() if device == "cuda" else _cpu_ceilings(threads)


@cache
def _cpu_ceilings(threads: int) -> Ceilings:
    """Measure copies half as large as each cache, one far larger than all, and the peak."""
    sizes = sorted(cache_sizes().items())
    with limited_threads(threads):
        rate = _copy_rate(2 * last_level_cache_bytes() // threads, threads)
        bandwidths = [Bandwidth(level="memory", holds_bytes=None, bytes_per_s=rate)]
        for level, size in reversed(sizes):
            # The first two levels belong to a core, further ones to all cores together.
            own = size if level <= 2 else size // threads
            # A level is at least as fast as the one behind it, however unlucky its trials.
            rate = max(rate, _copy_rate(own // 4, threads))
            nearer = Bandwidth(level=f"L{level}", holds_bytes=own * threads, bytes_per_s=rate)
            bandwidths.insert(0, nearer)
        peak = _best_rate(*ceilings_cpu.fma_trial(threads))
    return Ceilings(
        device="cpu",
        threads=threads,
        bandwidths=tuple(bandwidths),
        flops_per_s=peak,
        flops_dtype="float32",
        source="measured: Numba copy loops and a float32 multiply-add loop",
    )


def _copy_rate(bytes_per_thread: int, threads: int) -> float:
    """Return bytes a second, read plus written, of copies between two arrays of that size."""
    return _best_rate(*ceilings_cpu.copy_trial(bytes_per_thread, threads))


@cache
def _cuda_ceilings() -> Ceilings:
    """Measure a copy in device memory and a float32 matrix product without tensor cores."""
    import torch

    l2_bytes = torch.cuda.get_device_properties().L2_cache_size
    return Ceilings(
        device="cuda",
        threads=1,
        bandwidths=(
            # A copy that fits in L2 is shorter than its own launch: no rate can be read off it.
            Bandwidth(level="L2", holds_bytes=l2_bytes, bytes_per_s=None),
            Bandwidth(level="memory", holds_bytes=None, bytes_per_s=_cuda_copy_rate()),
        ),
        flops_per_s=_cuda_matmul_rate(),
        flops_dtype="float32",
        source="measured: torch copy of 1 GiB and float32 matrix product, TF32 off",
    )


def _cuda_copy_rate() -> float:
    """Return bytes a second, read plus written, of a copy in device memory."""
    import torch

    a = torch.rand(COPY_BYTES_GPU // 4, device="cuda")
    b = torch.empty_like(a)
    return _best_rate(_on_cuda(lambda: b.copy_(a)), 2.0 * COPY_BYTES_GPU)


def _cuda_matmul_rate() -> float:
    """Return float32 operations a second of a matrix product on the ordinary units."""
    import torch

    n = MATMUL_SIZE_GPU
    a, b = torch.rand(n, n, device="cuda"), torch.rand(n, n, device="cuda")
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    try:
        return _best_rate(_on_cuda(lambda: a @ b), 2.0 * n**3)
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


def _on_cuda(launch: Callable[[], object]) -> Callable[[int], None]:
    """Return ``trial(repeats)``, which launches so often and waits until all is done."""
    import torch

    def trial(repeats: int) -> None:
        for _ in range(repeats):
            launch()
        torch.cuda.synchronize()

    return trial


def _best_rate(trial: Callable[[int], None], work: float) -> float:
    """Return units of work a second in the best of several trials.

    Args:
        trial: Called with a number of repetitions.
        work: Units a repetition.
    """
    repeats = 2
    # The shortest of several trials: one alone may have been interrupted.
    while (took := _shortest_s(trial, repeats, 3)) < TRIAL_S:
        repeats = max(2 * repeats, min(100 * repeats, round(1.2 * repeats * TRIAL_S / took)))
    return repeats * work / _shortest_s(trial, repeats, TRIALS)


def _shortest_s(trial: Callable[[int], None], repeats: int, trials: int) -> float:
    return min(_seconds(trial, repeats) for _ in range(trials))


def _seconds(trial: Callable[[int], None], repeats: int) -> float:
    begin = time.perf_counter()
    trial(repeats)
    return time.perf_counter() - begin
