"""The requests lm-eval makes of examples: what is scored in the end is what is trained on."""

from __future__ import annotations

from collections.abc import Sequence

from harness.errors import BadInput
from harness.kinds.multiple_choice import Example
from harness.methods.understanding._evaluation import manager, written

Request = tuple[str, str]
"""A context and its continuation; the continuation begins with the blank that joins them."""


def requests_of(inputs: Sequence[Example]) -> list[list[Request]]:
    """Return one request per choice of each example, as lm-eval constructs them.

    No model is needed: lm-eval's task is loaded on the examples and asked for its instances.

    Raises:
        BadInput: lm-eval has no prompt for a task, or makes other choices than the example's.
    """
    found: list[list[Request]] = [[] for _ in inputs]
    if not inputs:
        return found
    with written(inputs) as (folder, named):
        tasks = manager(folder).load(list(named))["tasks"]
        for name, numbers in named.items():
            task = tasks[name]
            task.build_all_requests()
            for instance in task.instances:
                found[numbers[instance.doc_id]].append(instance.args)
    for item, requests in zip(inputs, found, strict=True):
        if len(requests) != len(item.choices):
            raise BadInput(
                f"example {item.id}: lm-eval makes {len(requests)} choices of "
                f"{len(item.choices)}; install the release in constraints.txt"
            )
    return found
