"""Bench runs made up for tests, valid in every field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from harness.bench.records import (
    Bandwidth,
    BenchRecord,
    BenchRun,
    Ceilings,
    Environment,
    Ratio,
    Roofline,
    Summary,
)

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

ENVIRONMENT = Environment(
    cpu="Imaginary 9000",
    cores=2,
    load=0.5,
    gpu=None,
    gpu_driver=None,
    gpu_state={},
    os="Linux 6 x86_64",
    python="3.11.7",
    packages={"numpy": "2.4.6"},
)

CEILINGS = Ceilings(
    device="cpu",
    threads=1,
    bandwidths=(
        Bandwidth(level="L2", holds_bytes=1 << 20, bytes_per_s=250e9),
        Bandwidth(level="memory", holds_bytes=None, bytes_per_s=40e9),
    ),
    flops_per_s=220e9,
    flops_dtype="float32",
    source="made up",
)


def timed(implementation: str, median_ns: float, **changes: Any) -> BenchRecord:
    """Return a row that was timed."""
    return BenchRecord(
        **{
            "case": "small",
            "size": {"n": 100},
            "implementation": implementation,
            "peer": False,
            "device": "cpu",
            "threads": 1,
            "cache": "warm",
            "status": "ok",
            "samples_ns": (median_ns,) * 10,
            "loops": 4,
            "summary": Summary(median_ns=median_ns, p10_ns=median_ns, p90_ns=median_ns, n=10),
            "ns_per_pair": median_ns / 100,
            "bytes": 800.0,
            "flops": 100.0,
            "roofline": Roofline(attainable_ns=median_ns / 4, share=0.25, bound="memory"),
            **changes,
        }
    )


def refused(implementation: str, **changes: Any) -> BenchRecord:
    """Return a row that was not timed."""
    bare = {
        "status": "wrong",
        "reason": "differs",
        "samples_ns": (),
        "loops": 0,
        "summary": None,
        "ns_per_pair": None,
        "bytes": None,
        "flops": None,
        "roofline": None,
    }
    return timed(implementation, 1.0, **{**bare, **changes})


def with_ratios(*rows: BenchRecord) -> tuple[BenchRecord, ...]:
    """Return the rows with ratios among those that were timed on the same case."""
    medians = [(row, row.summary.median_ns) for row in rows if row.summary]
    return tuple(
        row.model_copy(
            update={
                "ratio_to": {
                    other.implementation: Ratio(ratio=ns / own, low=ns / own, high=ns / own)
                    for other, ns in medians
                    for own in [row.summary.median_ns]
                    if other.case == row.case and other.implementation != row.implementation
                }
            }
        )
        if row.summary
        else row
        for row in rows
    )


def bench_run(*rows: BenchRecord, days: int = 0, **changes: Any) -> BenchRun:
    """Return a run of the rows, started ``days`` after :data:`START`."""
    return BenchRun(
        **{
            "kernel": "toy",
            "baseline": "numpy",
            "source_digest": "now",
            "code_version": "0.1.0",
            "started_at": START + timedelta(days=days),
            "seed": 0,
            "budget_s": 5.0,
            "thread_control": ("numba",),
            "environment": ENVIRONMENT,
            "ceilings": (CEILINGS,),
            "rows": with_ratios(*rows),
            **changes,
        }
    )
