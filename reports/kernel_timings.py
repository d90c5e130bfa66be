"""Kernel timings for leaderboards: what the bench measured of the kernels a method spends time in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness import registry
from harness.bench.current import COLUMNS, headline
from harness.bench.records import committed_records
from harness.errors import HarnessError
from harness.kernel import Device
from harness.tables import CellValue, Column, text_cell

if TYPE_CHECKING:
    from harness.bench.current import Headline


@dataclass
class KernelTimings:
    """The kernel columns of one table, and what its notes must say about them.

    Attributes:
        store: Folder whose bench runs count, beside the committed ones.
    """

    store: Path
    _known: dict[str, list[CellValue]] = field(default_factory=dict)
    _machines: dict[Device, set[str]] = field(default_factory=dict)
    _missing: dict[Device, set[str]] = field(default_factory=dict)
    _remarks: set[str] = field(default_factory=set)

    @staticmethod
    def columns() -> list[Column]:
        """Return one column a device."""
        return [
            Column(title, f"kernel_{device}", spare=6 if device == "cuda" else 5)
            for device, title in COLUMNS.items()
        ]

    def cells(self, method: str) -> list[CellValue]:
        """Return the method's cells; blank where it has no kernel or nothing valid was measured."""
        if method not in self._known:
            try:
                kernels = tuple(registry.methods.describe(method).get("kernels") or ())
            except HarnessError:
                kernels = ()
            self._known[method] = [self._cell(kernels, device) for device in COLUMNS]
        return self._known[method]

    def _cell(self, kernels: Iterable[str], device: Device) -> CellValue:
        found = [text for name in kernels if (text := self._timing(name, device))]
        return text_cell("; ".join(found))

    def _timing(self, kernel: str, device: Device) -> str | None:
        best: Headline | None = None
        try:
            best = headline(kernel, device, (self.store, committed_records()))
        except HarnessError as error:
            self._remarks.add(f"Kernel {kernel}: {error}")
            return None
        if best is not None and not best.stale:
            self._machines.setdefault(device, set()).add(best.machine)
            return str(best)
        if best is not None:
            self._remarks.add(
                f"Kernel {kernel}: its {device} timing is stale and not shown; "
                f"`harness bench {kernel} --device {device}` measures it again."
            )
            return None
        self._missing.setdefault(device, set()).add(kernel)
        return None

    def notes(self) -> list[str]:
        """Return where the timings shown were taken, and which ones nobody took."""
        taken = [
            f"{title[:1].upper()}{title[1:]}: {', '.join(sorted(self._machines[device]))}."
            for device, title in COLUMNS.items()
            if device in self._machines
        ]
        missing = [
            f"Not measured: {', '.join(sorted(self._missing[device]))} on {device} "
            f"(`harness bench KERNEL --device {device}`)."
            for device in COLUMNS
            if device in self._missing
        ]
        return [*taken, *sorted(self._remarks), *missing]
