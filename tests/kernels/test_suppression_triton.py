from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import Unavailable
from harness.kernels.nms import NMS
from harness.kernels.soft_nms import SOFT_NMS, soft_nms

SCRIPT = Path(__file__).with_name("triton_cases.py")

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("triton") is None or importlib.util.find_spec("torch") is None,
    reason="needs triton and torch: pip install 'harness[gpu]'",
)


def run_apart(*arguments: str, cache: Path, **environment: str) -> Any:
    env = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
    env |= {"TRITON_CACHE_DIR": str(cache), "CUDA_VISIBLE_DEVICES": ""} | environment
    command = [sys.executable, str(SCRIPT), *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_interpreted_kernel_equals_the_reference(tmp_path: Path) -> None:
    done = run_apart("interpret", cache=tmp_path, TRITON_INTERPRET="1")
    assert done == {"hard": 8, "linear": 8, "gaussian": 8, "nms": 4}


@pytest.mark.parametrize("arch", [80, 90])
def test_compiles_ahead_of_time(tmp_path: Path, arch: int) -> None:
    used = run_apart("compile", str(arch), cache=tmp_path)
    assert set(used) == {t.name for t in (*SOFT_NMS.compile_targets, *NMS.compile_targets)}
    for name, figures in used.items():
        assert figures["cubin"] > 0, name
        assert figures["shared"] <= 1024, name
        assert figures["spilled"] == 0, f"{name} spills registers"
        assert figures["registers"] <= 128, name
        assert figures["exact_divisions"] > 0, f"{name}: IoU at a threshold must round as on a CPU"


def test_without_a_gpu_the_remedy_is_named() -> None:
    import torch

    if torch.cuda.is_available() or os.environ.get("TRITON_INTERPRET") == "1":
        pytest.skip("the backend is available here")
    with pytest.raises(Unavailable, match="needs a CUDA device; use backend 'numba'"):
        soft_nms([[0, 0, 1, 1]], [0.5], decay="linear", backend="triton")


@pytest.mark.gpu
@pytest.mark.parametrize("kernel", [SOFT_NMS, NMS], ids=lambda kernel: kernel.name)
def test_on_the_gpu(kernel: Any) -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    ours = next(i for i in kernel.implementations if i.name == "triton")
    for case in kernel.cases:
        problem = case.make(np.random.default_rng(0))
        cpu = next(i for i in kernel.implementations if i.name == "numba")
        expected = cpu.result(cpu.prepare(problem)())
        kernel.compare(expected, ours.result(ours.prepare(problem)()))
