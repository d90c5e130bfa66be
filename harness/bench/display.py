"""Bench results as tables for people."""

from __future__ import annotations

from collections.abc import Sequence

from harness.bench.compile import CompileRow
from harness.bench.correctness import install_line, missing_packages
from harness.bench.records import BenchRecord, BenchRun, Ceilings
from harness.bench.units import duration, percent, rate, times
from harness.kernel import Kernel
from harness.tables import CellValue, Column, Table, text_cell

EMPTY = CellValue("")


def timings(run: BenchRun) -> Table:
    """Return one line per row of ``run``; ratios are the baseline's time over the row's.

    The notes say what was not available and under what conditions the run was made.
    """
    return Table(
        title=f"{run.kernel}: {', '.join(_conditions(run))}",
        columns=(
            Column("case", "case"),
            Column("implementation", "implementation"),
            Column("threads", "threads", numeric=True),
            Column("time", "time_ns", numeric=True),
            Column("10 % to 90 %", "spread_ns", numeric=True),
            Column(f"vs {run.baseline} [95 %]", "ratio", numeric=True),
            Column("ns/pair", "ns_per_pair", numeric=True),
            Column("of roofline", "roofline_share", numeric=True),
            Column("note", "note"),
        ),
        rows=tuple(_timing(row, run.baseline) for row in run.rows if row.status != "unavailable"),
        notes=(*_absences(run), *_circumstances(run), *map(_ceilings_line, run.ceilings)),
    )


def _conditions(run: BenchRun) -> list[str]:
    """Return the machine that counts and the state of its caches."""
    where = run.environment
    on_gpu = any(row.device == "cuda" for row in run.rows)
    machine = where.gpu if on_gpu and where.gpu else f"{where.cpu} ({where.cores} cores)"
    return [machine, *(f"{state} caches" for state in sorted({row.cache for row in run.rows}))]


def _absences(run: BenchRun) -> list[str]:
    """Return one line for each implementation that could not run here."""
    missing = {r.implementation: r.reason for r in run.rows if r.status == "unavailable"}
    return [f"not timed: {name}: {reason}" for name, reason in missing.items()]


def _circumstances(run: BenchRun) -> list[str]:
    """Return the lines on software, load and effort."""
    where = run.environment
    versions = ", ".join(f"{name} {version}" for name, version in where.packages.items())
    machine = [where.os, f"python {where.python}", versions, f"harness {run.code_version}"]
    effort = [
        f"{run.started_at:%Y-%m-%d %H:%M} UTC",
        *_load(run),
        f"threads held in {', '.join(run.thread_control) or 'no library'}",
        f"seed {run.seed}",
        f"budget {run.budget_s:g} s a case",
    ]
    lines = [", ".join(machine), ", ".join(effort)]
    if where.gpu:
        state = ", ".join(f"{name} {value}" for name, value in where.gpu_state.items())
        lines.append(f"{where.gpu}, driver {where.gpu_driver or 'unknown'}, {state or 'no state'}")
    return lines


def _load(run: BenchRun) -> list[str]:
    """Return how busy the machine was, with a warning where that shows in the timings."""
    where = run.environment
    if where.load is None:
        return []
    busy = " (busy: others' work disturbs these timings)" if where.load > where.cores / 2 else ""
    return [f"load {where.load:.1f} before{busy}"]


def _ceilings_line(limits: Ceilings) -> str:
    copies = [f"{b.level} {rate(b.bytes_per_s, 'B/s')}" for b in limits.bandwidths if b.bytes_per_s]
    peak = f"{rate(limits.flops_per_s, 'FLOP/s')} {limits.flops_dtype}"
    where = "GPU" if limits.device == "cuda" else f"CPU, threads {limits.threads}"
    return f"ceilings of {where}: {', '.join([*copies, peak])}; {limits.source}"


def _timing(row: BenchRecord, baseline: str) -> tuple[CellValue, ...]:
    name = f"{row.implementation} (peer)" if row.peer else row.implementation
    head = (
        text_cell(row.case),
        CellValue(name, row.implementation),
        CellValue(str(row.threads), row.threads),
    )
    if row.summary is None:
        return (*head, *(EMPTY,) * 5, text_cell(f"{row.status}: {row.reason}"))
    low, median, high = row.summary.p10_ns, row.summary.median_ns, row.summary.p90_ns
    return (
        *head,
        CellValue(duration(median), median),
        CellValue(f"{duration(low)} to {duration(high)}", [low, high]),
        CellValue("baseline", 1.0) if row.implementation == baseline else _ratio(row, baseline),
        EMPTY if row.ns_per_pair is None else CellValue(f"{row.ns_per_pair:.3g}", row.ns_per_pair),
        _share(row),
        text_cell(row.reason),
    )


def _ratio(row: BenchRecord, baseline: str) -> CellValue:
    ratio = row.ratio_to.get(baseline)
    if ratio is None:
        return EMPTY
    text = times(ratio.ratio)
    if ratio.low is not None and ratio.high is not None:
        text += f" [{times(ratio.low)}, {times(ratio.high)}]"
    return CellValue(text, ratio.ratio)


def _share(row: BenchRecord) -> CellValue:
    if row.roofline is None:
        return EMPTY
    text = f"{percent(row.roofline.share)} {row.roofline.bound}"
    return CellValue(text, row.roofline.share)


def compilations(kernel: str, rows: Sequence[CompileRow]) -> Table:
    """Return one line per target and architecture."""
    return Table(
        title=f"{kernel}: Triton specialisations, compiled ahead of time",
        columns=(
            Column("target", "target"),
            Column("architecture", "architecture"),
            Column("status", "status"),
            Column("registers", "registers", numeric=True),
            Column("shared, B", "shared_bytes", numeric=True),
            Column("spilled, B", "spill_bytes", numeric=True),
            Column("local, B", "local_bytes", numeric=True),
            Column("binary, B", "cubin_bytes", numeric=True),
            Column("note", "reason"),
        ),
        rows=tuple(
            (
                text_cell(row.target),
                text_cell(row.architecture),
                text_cell(row.status),
                _count(row.registers),
                _count(row.shared_bytes),
                _count(row.spill_bytes),
                _count(row.local_bytes),
                _count(row.cubin_bytes),
                text_cell(row.reason),
            )
            for row in rows
        ),
        notes=("registers, spilled and local memory are a thread's; shared memory is a program's",),
    )


def _count(value: int | None) -> CellValue:
    return EMPTY if value is None else CellValue(str(value), value)


def contents(kernel: Kernel) -> list[Table]:
    """Return what ``kernel`` offers to be timed: its cases and its implementations."""
    cases = Table(
        title=f"{kernel.name}: {kernel.title}",
        columns=(Column("case", "case"), Column("size", "size")),
        rows=tuple(
            (
                text_cell(case.name),
                text_cell(", ".join(f"{name} {size}" for name, size in case.size.items())),
            )
            for case in kernel.cases
        ),
    )
    implementations = Table(
        title="implementations",
        columns=tuple(
            Column(name, name) for name in ("implementation", "device", "whose", "available")
        ),
        rows=tuple(
            (
                text_cell(one.name),
                text_cell(one.device),
                text_cell("peer" if one.peer else "ours"),
                text_cell(
                    f"no: {install_line(missing)}" if (missing := missing_packages(one)) else "yes"
                ),
            )
            for one in kernel.implementations
        ),
        notes=(f"ratios are taken against {kernel.baseline}",),
    )
    return [cases, implementations]
