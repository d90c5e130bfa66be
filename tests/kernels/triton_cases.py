"""Run in a process of its own by ``test_suppression_triton.py``: Triton's mode is set at import."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import warnings

import numpy as np


def interpret() -> dict[str, int]:
    """Compare the interpreted kernel with the reference on small inputs; return cases per rule."""
    from harness.kernels.nms import nms
    from harness.kernels.soft_nms import soft_nms

    rng = np.random.default_rng(0)
    done: dict[str, int] = {}
    for n, extent in ((0, 9), (1, 9), (12, 20), (140, 400)):
        boxes = np.sort(rng.integers(0, extent, (n, 2, 2)).astype(float), axis=1).reshape(n, 4)
        distinct = rng.permutation(n) / max(n, 1) + 0.0005
        offsets = [0, n // 20, n // 20, n]
        for decay in ("hard", "linear", "gaussian"):
            for prune, box_offset in (("overlapping", 1), ("all", 0)):
                options = {"decay": decay, "prune": prune, "box_offset": box_offset}
                got = soft_nms(boxes, distinct, offsets, **options, backend="triton")
                want = soft_nms(boxes, distinct, offsets, **options, backend="reference")
                assert got.kept.tolist() == want.kept.tolist(), (n, options)
                assert got.offsets.tolist() == want.offsets.tolist(), (n, options)
                np.testing.assert_allclose(got.scores, want.scores, rtol=1e-5)
                done[decay] = done.get(decay, 0) + 1
        tied = rng.integers(-3, 3, n) / 7
        got = nms(boxes, tied, offsets, backend="triton")
        want = nms(boxes, tied, offsets, backend="reference")
        assert got.kept.tolist() == want.kept.tolist(), n
        assert got.scores.tolist() == want.scores.tolist(), n
        done["nms"] = done.get("nms", 0) + 1
    return done


def compile_ahead(arch: int) -> dict[str, dict[str, int]]:
    """Compile every target of both kernels for ``arch``; return what each uses."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from harness.kernels.nms import NMS
    from harness.kernels.soft_nms import SOFT_NMS

    triton.knobs.nvidia.dump_ptxas_log = True
    used: dict[str, dict[str, int]] = {}
    for target in (*SOFT_NMS.compile_targets, *NMS.compile_targets):
        source = ASTSource(target.kernel(), dict(target.signature), dict(target.constexprs))
        with contextlib.redirect_stdout(io.StringIO()) as log:
            built = triton.compile(
                source, target=GPUTarget("cuda", arch, 32), options={"num_warps": target.num_warps}
            )
        used[target.name] = {
            "cubin": len(built.asm["cubin"]),
            "shared": built.metadata.shared,
            "exact_divisions": built.asm["ptx"].count("div.rn.f32"),
            **assembler_report(log.getvalue()),
        }
    return used


def assembler_report(log: str) -> dict[str, int]:
    """Return registers a thread and bytes spilled from the log of ``ptxas -v``."""
    registers = re.search(r"Used (\d+) registers", log)
    spilled = re.search(r"(\d+) bytes spill stores", log)
    assert registers
    assert spilled
    return {"registers": int(registers[1]), "spilled": int(spilled[1])}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    mode, *arguments = sys.argv[1:]
    result = interpret() if mode == "interpret" else compile_ahead(int(arguments[0]))
    print(json.dumps(result))
