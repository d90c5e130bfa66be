"""The plug-in contract as checks that anyone can run, as scikit-learn's ``check_estimator``.

    from harness.testing import check_method, check_task

    check_method("soft_nms")          # a registered name, "package.module:Class", or a class
    check_task("coco")

``harness validate NAME`` does the same from the shell.
"""

from harness.testing.contract import ContractViolation, Finding, findings_for, judge
from harness.testing.methods import METHOD_CHECKS, check_method, method_findings
from harness.testing.tasks import TASK_CHECKS, check_task, task_findings

__all__ = [
    "METHOD_CHECKS",
    "TASK_CHECKS",
    "ContractViolation",
    "Finding",
    "check_method",
    "check_task",
    "findings_for",
    "judge",
    "method_findings",
    "task_findings",
]
