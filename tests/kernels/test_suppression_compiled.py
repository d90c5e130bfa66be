from __future__ import annotations

import platform
import re
import subprocess
import sys

import numpy as np
import pytest

from harness.kernels.soft_nms import soft_nms


def test_the_exponential_is_good_to_single_precision() -> None:
    from numba import njit

    from harness.kernels._suppression_compiled import exp

    x = -np.concatenate([np.linspace(0, 87, 100_001), np.logspace(-30, 1.9, 10_000), [90, 1e30]])
    x = x.astype(np.float32)

    @njit
    def over(values: np.ndarray) -> np.ndarray:
        out = np.empty_like(values)
        for i in range(len(values)):
            out[i] = exp(values[i])
        return out

    got = over(x)
    np.testing.assert_allclose(got[:-2], np.exp(x[:-2].astype(np.float64)), rtol=2e-7)
    assert got[-2:].tolist() == [0, 0]
    assert over(np.zeros(1, np.float32))[0] == 1


@pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="looks for x86-64 vectors"
)
@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("decay_stepwise", "float"),
        ("decay_gaussian", "float"),
        ("reach", "float"),
        ("owner", "i32"),
        ("describe", "i32"),
        ("winner", "i32"),
    ],
)
def test_inner_loops_are_vectorised(name: str, width: str) -> None:
    from numba import types

    from harness.kernels import _suppression_compiled as compiled

    real, count = types.float32, types.int32
    reals, counts, bytes_ = real[::1], count[::1], types.uint8[::1]
    box = types.UniTuple(real, 5)
    signature = {
        "decay_stepwise": (reals, box, real, real, real),
        "decay_gaussian": (reals, box, real, real),
        "reach": (real[:, ::1], counts, bytes_, box, real, real),
        "owner": (reals, counts, count),
        "describe": (reals, real[:, ::1], types.intp, real),
        "winner": (counts, counts),
    }[name]
    function = compiled.inner(getattr(compiled, name).py_func)
    function.compile(signature)
    (llvm,) = function.inspect_llvm().values()
    widths = {int(w) for w in re.findall(rf"<(\d+) x {width}>", llvm)}
    assert widths, f"no vectors of {width} in {name}"
    assert max(widths) >= 4


def test_one_specialisation_serves_every_input() -> None:
    from harness.kernels._suppression_compiled import suppress_groups

    boxes, scores = np.array([[0.0, 0.0, 9.0, 9.0]] * 3), np.array([0.5, 0.25, 0.125])
    boxes.setflags(write=False)
    scores.setflags(write=False)
    for decay in ("hard", "linear", "gaussian"):
        soft_nms(boxes, scores, decay=decay)
        soft_nms(boxes.astype(np.float32)[::-1], scores, decay=decay, prune="all", box_offset=0)
        soft_nms(boxes.tolist(), scores.tolist(), [0, 1, 3], decay=decay)
    assert len(suppress_groups.signatures) == 1


def test_importing_the_kernel_leaves_numba_alone() -> None:
    code = (
        "import sys, harness.kernels.soft_nms, harness.kernels.nms; print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
