"""The SuperGLUE and GLUE tasks of lm-evaluation-harness, pointed at examples of ours.

Each is the task lm-eval ships (prompt, choices, order), included by its path, with the data
exchanged for a local JSON file, so nothing is fetched. Two differ, and must:

- ``multirc`` as shipped lists "yes" before "no" while label 1 means yes, so a truthful model scores
  0. Here the order is turned round.
- ``record`` as shipped imports ``transformers.data.metrics``, which transformers 5 no longer has.
  Here the same context and choices are made by :func:`record_context` and :func:`record_choices`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.kinds.multiple_choice import Example

_SHIPPED = {
    "superglue/boolq": "super_glue/boolq",
    "superglue/cb": "super_glue/cb",
    "superglue/copa": "super_glue/copa",
    "superglue/multirc": "super_glue/multirc",
    "superglue/rte": "super_glue/rte",
    "superglue/wic": "super_glue/wic",
    "superglue/wsc": "super_glue/wsc",
    "glue/rte": "glue/rte",
    "glue/mrpc": "glue/mrpc",
    "glue/cola": "glue/cola",
    "glue/sst2": "glue/sst2",
    "glue/qnli": "glue/qnli",
}
_RECORD = "superglue/record"
_PREFIX = "harness_"


def write_task(task: str, examples: Sequence[Example], folder: Path) -> str:
    """Write the definition and the data of one task; return the name lm-eval knows it by.

    Labels are not known here, so every document carries label 0: of the figures lm-eval computes
    none means anything, only its log-likelihoods are used.

    Args:
        task: Registry name of the task.
        examples: Examples of that task.
        folder: Where ``NAME.yaml`` and ``NAME.jsonl`` go.

    Raises:
        BadInput: lm-eval has no such task.
    """
    if task not in _SHIPPED and task != _RECORD:
        raise BadInput(
            f"lm-eval has no zero-shot prompt for {task}; it has: {', '.join([*_SHIPPED, _RECORD])}"
        )
    name = _PREFIX + task.replace("/", "_")
    data = folder / f"{name}.jsonl"
    lines = [json.dumps(_document(task, example)) for example in examples]
    data.write_text("\n".join(lines) + "\n", encoding="utf-8")
    definition = {
        **_definition(task),
        "task": name,
        "tag": None,
        "dataset_path": "json",
        "dataset_name": None,
        "dataset_kwargs": {
            "data_files": {"validation": str(data)},
            "cache_dir": str(folder / "datasets"),
        },
        "training_split": None,
        "validation_split": "validation",
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
    }
    # YAML reads JSON, whose quoting is never ambiguous.
    (folder / f"{name}.yaml").write_text(json.dumps(definition), encoding="utf-8")
    return name


def _definition(task: str) -> dict[str, Any]:
    """Return what sets this task apart from lm-eval's other tasks."""
    if task == _RECORD:
        return {
            "output_type": "multiple_choice",
            "doc_to_text": "context",
            "doc_to_choice": "options",
            "doc_to_target": "label",
        }
    import lm_eval.tasks

    home = Path(lm_eval.tasks.__file__).parent
    definition: dict[str, Any] = {"include": str(home / _SHIPPED[task] / "default.yaml")}
    if task == "superglue/multirc":
        ask = "{{answer}}\\nIs the answer correct? "
        definition["doc_to_choice"] = f"['''{ask}no''', '''{ask}yes''']"
    return definition


def _document(task: str, example: Example) -> dict[str, Any]:
    """Return an example as lm-eval's prompts want it: the hub's row, with a placeholder label."""
    if task == _RECORD:
        context = record_context(example.fields)
        return {"context": context, "options": record_choices(example.fields), "label": 0}
    return {**example.fields, "label": 0}


def record_context(fields: Mapping[str, Any]) -> str:
    """Return ReCoRD's context as lm-eval's ``record`` words it: story, blank line, bullet points."""
    passage: str = fields["passage"]
    story, *points = passage.strip().split("\n@highlight\n")
    return story + "\n\n" + "".join(f"  - {point}.\n" for point in points)


def record_choices(fields: Mapping[str, Any]) -> list[str]:
    """Return one bullet point per entity, the query's blank filled with it."""
    bullet = f"  - {fields['query']}"
    return [bullet.replace("@placeholder", entity) for entity in fields["entities"]]
