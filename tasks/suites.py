"""The benchmarks of several tasks, as literals: a listing reads them without importing anything.

SuperGLUE (Wang et al., NeurIPS 2019, arXiv:1905.00537) averages eight tasks; its two diagnostics are
no part of it. Of GLUE's nine (Wang et al., ICLR 2019, arXiv:1804.07461) these are the six here, so
the mean over them is not the GLUE score.
"""

from __future__ import annotations

from harness.suite import Suite

SUPERGLUE = Suite(
    name="superglue",
    title="SuperGLUE, the unweighted mean of its eight tasks",
    members=(
        "superglue/boolq",
        "superglue/cb",
        "superglue/copa",
        "superglue/multirc",
        "superglue/record",
        "superglue/rte",
        "superglue/wic",
        "superglue/wsc",
    ),
)

GLUE = Suite(
    name="glue",
    title="GLUE, six of its nine tasks, their unweighted mean",
    members=(
        "glue/cola",
        "glue/mrpc",
        "glue/qnli",
        "glue/rte",
        "glue/sst2",
        "glue/stsb",
    ),
)
