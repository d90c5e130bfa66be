"""The interval of a suite's aggregate: every member's units are resampled, within the member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from harness import config, registry
from harness.errors import StoreError
from harness.intervals import (
    DRAWN_AT_ONCE,
    LEVEL,
    RESAMPLES,
    SEED,
    Floats,
    Mean,
    corrected_percentiles,
)
from harness.record import Interval, RunRecord
from harness.store import Store
from harness.task import Resampler


def mean_over(
    parts: Sequence[Resampler],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval:
    """Return the interval of the unweighted mean of the parts' metrics.

    Stratified bootstrap: in each resample every part's units are drawn with replacement,
    independently of the other parts' (Davison and Hinkley, "Bootstrap Methods and their
    Application", 1997, section 3.2), and the mean is taken anew; bias-corrected percentiles as in
    :mod:`harness.intervals`. A part of one unit adds no spread, and the method says so.

    Args:
        parts: One resampler per member.
        level: Coverage.
        resamples: Number of resamples.
        seed: Seed of the resampling.
    """
    observed = float(np.mean([part(np.ones((1, part.units), np.int64))[0] for part in parts]))
    rngs = np.random.default_rng(seed).spawn(len(parts))
    values = np.mean(
        [_resampled(part, resamples, rng) for part, rng in zip(parts, rngs, strict=True)], axis=0
    )
    defined = values[np.isfinite(values)]
    over = f"within each of {len(parts)} tasks"
    alone = sum(part.units < 2 for part in parts)
    if alone:
        over += f", {alone} of them with one unit: no spread known"
    if not len(defined):
        return Interval(low=observed, high=observed, level=level, method="no resample defines it")
    return corrected_percentiles(defined, observed, level, over)


def interval_of(
    members: Mapping[str, RunRecord], store: Store, *, level: float = LEVEL
) -> Interval | None:
    """Return the interval of the mean of the members' primary figures.

    Args:
        members: Member to its record, all of them ok.
        store: Where the per-example tables lie.
        level: Coverage.

    Returns:
        None where a member keeps nothing that can be resampled.
    """
    parts = []
    for name, record in members.items():
        part = _resampler(name, record, store)
        if part is None:
            return None
        parts.append(part)
    return mean_over(parts, level=level)


def _resampler(name: str, record: RunRecord, store: Store) -> Resampler | None:
    try:
        examples = store.examples(record)
    except StoreError:
        return None
    if examples is None:
        return None
    cls = registry.tasks.load(name)
    task = cls(config.build(cls.Config, record.spec.task_config, owner=f"task {name}"))
    metric = cls.primary().name
    found = task.resampler(examples, metric)
    if found is None and metric in examples.column_names:
        found = Mean(examples.column(metric).to_numpy(zero_copy_only=False).astype(np.float64))
    return found if found is not None and found.units else None


def _resampled(part: Resampler, resamples: int, rng: np.random.Generator) -> Floats:
    """Return ``(resamples,)`` values of one part's metric."""
    even = np.full(part.units, 1 / part.units)
    # In blocks, so that a thousand resamples of many units do not fill the memory.
    block = max(1, DRAWN_AT_ONCE // part.units)
    sizes = [min(block, resamples - begin) for begin in range(0, resamples, block)]
    return np.concatenate(
        [part(rng.multinomial(part.units, even, size=n).astype(np.int64)) for n in sizes]
    )
