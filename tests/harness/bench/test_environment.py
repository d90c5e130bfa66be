from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from harness.bench import environment as module
from harness.bench.environment import environment, gpu_facts, package_versions


def test_it_says_what_it_ran_on() -> None:
    found = environment(["scipy", "no_such_package"])
    assert found.cores >= 1
    assert found.gpu is None
    assert found.gpu_state == {}
    assert {"numpy", "numba", "scipy"} <= set(found.packages)
    assert "no_such_package" not in found.packages


def test_import_names_find_their_distributions() -> None:
    assert set(package_versions(["yaml", "numpy"])) == {"numpy", "yaml"}


class Nvml(SimpleNamespace):
    """Enough of NVML to read a state from."""

    class NVMLError(Exception):
        pass

    NVML_CLOCK_SM, NVML_CLOCK_MEM, NVML_TEMPERATURE_GPU = 1, 2, 0

    def nvmlInit(self) -> None:  # noqa: N802
        pass

    def __getattr__(self, name: str) -> Any:
        answers = {
            "nvmlDeviceGetHandleByUUID": lambda uuid: uuid,
            "nvmlSystemGetDriverVersion": lambda: "999.1",
            "nvmlDeviceGetClockInfo": lambda handle, clock: 1000 * clock,
            "nvmlDeviceGetTemperature": lambda handle, sensor: 40,
            "nvmlDeviceGetPowerUsage": lambda handle: 123_000,
            "nvmlDeviceGetCurrentClocksThrottleReasons": lambda handle: 4,
        }
        if name not in answers:
            raise AttributeError(name)
        return answers[name]


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = SimpleNamespace(
        is_available=lambda: True,
        current_device=lambda: 0,
        get_device_name=lambda index: "Imaginary GPU",
        get_device_properties=lambda index: SimpleNamespace(uuid="1-2-3"),
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))  # type: ignore[arg-type]


@pytest.mark.usefixtures("gpu")
def test_the_state_of_the_gpu_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", Nvml())  # type: ignore[arg-type]
    monkeypatch.setattr(module, "is_installed", lambda name: True)
    found = environment(gpu=True)
    assert (found.gpu, found.gpu_driver) == ("Imaginary GPU", "999.1")
    assert found.gpu_state == {
        "sm_mhz": 1000,
        "memory_mhz": 2000,
        "celsius": 40,
        "watts": 123,
        "throttle_reasons": "0x4",
    }


@pytest.mark.usefixtures("gpu")
def test_without_nvml_the_gpu_still_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_installed", lambda name: False)
    assert gpu_facts() == {"name": "Imaginary GPU"}


@pytest.mark.usefixtures("gpu")
def test_an_nvml_that_refuses_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = Nvml()

    def refuse() -> None:
        raise nvml.NVMLError("no permission")

    nvml.nvmlInit = refuse  # type: ignore[method-assign]
    monkeypatch.setitem(sys.modules, "pynvml", nvml)  # type: ignore[arg-type]
    monkeypatch.setattr(module, "is_installed", lambda name: True)
    assert gpu_facts() == {"name": "Imaginary GPU", "nvml": "not readable: no permission"}
