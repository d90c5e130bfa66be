"""What a bench run must say about where it ran."""

from __future__ import annotations

import importlib
import os
import platform
from collections.abc import Iterable
from importlib import metadata
from typing import Any

from harness.bench.records import Environment
from harness.bench.threads import available_cores
from harness.provenance import cpu_model
from harness.sources import is_installed

PACKAGES = ("numba", "llvmlite", "numpy", "scipy", "torch", "triton")


def environment(requires: Iterable[str] = (), *, gpu: bool = False) -> Environment:
    """Return the facts about machine and software.

    Args:
        requires: Import names of further packages whose versions matter (the peers).
        gpu: Whether to ask for the GPU, which initialises CUDA.
    """
    facts = gpu_facts() if gpu else {}
    return Environment(
        cpu=cpu_model(),
        cores=available_cores(),
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        gpu=facts.pop("name", None),
        gpu_driver=facts.pop("driver", None),
        gpu_state=facts,
        os=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        packages=package_versions({*PACKAGES, *requires}),
    )


def package_versions(import_names: Iterable[str]) -> dict[str, str]:
    """Return import name to version of those packages that are installed, sorted by name."""
    owners = metadata.packages_distributions()
    versions: dict[str, str] = {}
    for name in sorted(import_names):
        for distribution in owners.get(name, ())[:1]:
            versions[name] = metadata.version(distribution)
    return versions


def gpu_facts() -> dict[str, Any]:
    """Return ``name`` of the current GPU and, through NVML where installed, its driver and state.

    The state is read, never set: SM and memory clock in MHz, temperature in Celsius, power in
    watts, and the bit mask of reasons why clocks are held down.
    """
    import torch

    if not torch.cuda.is_available():
        return {}
    index = torch.cuda.current_device()
    facts: dict[str, Any] = {"name": torch.cuda.get_device_name(index)}
    if not is_installed("pynvml"):
        return facts
    pynvml = importlib.import_module("pynvml")
    try:
        pynvml.nvmlInit()
        # By UUID: CUDA_VISIBLE_DEVICES renumbers PyTorch's devices but not NVML's.
        uuid = f"GPU-{torch.cuda.get_device_properties(index).uuid}"
        handle = pynvml.nvmlDeviceGetHandleByUUID(uuid)
        facts["driver"] = str(pynvml.nvmlSystemGetDriverVersion())
        facts["sm_mhz"] = pynvml.nvmlDeviceGetClockInfo(handle, pynvml.NVML_CLOCK_SM)
        facts["memory_mhz"] = pynvml.nvmlDeviceGetClockInfo(handle, pynvml.NVML_CLOCK_MEM)
        facts["celsius"] = pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU)
        facts["watts"] = pynvml.nvmlDeviceGetPowerUsage(handle) / 1000
        reasons = pynvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle)
        facts["throttle_reasons"] = hex(reasons)
    except (pynvml.NVMLError, AttributeError) as error:
        facts["nvml"] = f"not readable: {error}"
    return facts
