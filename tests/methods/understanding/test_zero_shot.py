from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.config import build
from harness.errors import BadInput, Unavailable
from harness.kinds.multiple_choice import KIND, ChoiceScores, Example
from harness.method import Run
from harness.methods.understanding import _lm_eval_tasks as definitions
from harness.methods.understanding.zero_shot import ZeroShot
from harness.tasks.superglue import CB, COPA, BoolQ, MultiRC, ReCoRD, SuperGLUETask
from harness.testing import check_method

RUN = Run(seed=0)


class Tiny(ZeroShot):
    """The method with the tiny backbone as its default."""

    def __init__(self, config: Any = None) -> None:
        super().__init__(config or self.Config(backbone=os.environ["TINY_BACKBONE"]))


def predict(items: list[Example], backbone: Path, **options: Any) -> list[ChoiceScores]:
    config = build(ZeroShot.Config, {"backbone": str(backbone), **options}, owner="method")
    found = list(ZeroShot(config).predict(items, RUN))
    for item, out in zip(items, found, strict=True):
        KIND.check(item, out)
    return found


@pytest.mark.slow
def test_the_contract(tiny_backbone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINY_BACKBONE", str(tiny_backbone))
    check_method(Tiny)


def test_scores_do_not_depend_on_company(tiny_backbone: Path, few: list[Example]) -> None:
    together = predict(few, tiny_backbone)
    backwards = predict(few[::-1], tiny_backbone, batch_size=3)[::-1]
    for one, other in zip(together, backwards, strict=True):
        assert one.id == other.id
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-4)
    assert len({out.choice for out in together}) > 1


def test_scores_are_summed_log_likelihoods(tiny_backbone: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    item = BoolQ().load().inputs[0]
    (found,) = predict([item], tiny_backbone)
    tokenizer = AutoTokenizer.from_pretrained(tiny_backbone)
    model = AutoModelForCausalLM.from_pretrained(tiny_backbone)
    context = f"{item.fields['passage']}\nQuestion: {item.fields['question']}?\nAnswer:"
    for word, score in zip(("no", "yes"), found.scores, strict=True):
        ids = tokenizer(f"{context} {word}", return_tensors="pt").input_ids
        with torch.no_grad():
            logits = model(ids).logits[0, -2].log_softmax(-1)
        assert score == pytest.approx(float(logits[ids[0, -1]]), abs=1e-4)


@pytest.mark.slow
def test_the_command_line_of_lm_eval_gives_the_same_figures(
    tiny_backbone: Path, tmp_path: Path
) -> None:
    import lm_eval.tasks

    shipped = Path(lm_eval.tasks.__file__).parent / "super_glue"
    (tmp_path / "own").mkdir()
    tasks: dict[str, type[SuperGLUETask]] = {"boolq": BoolQ, "cb": CB, "copa": COPA}
    for name, task in tasks.items():
        data = tmp_path / f"{name}.jsonl"
        rows = task.read(task().files()[0])
        data.write_text("\n".join(json.dumps({**r.fields, "label": r.gold}) for r in rows))
        (tmp_path / "own" / f"{name}.yaml").write_text(
            f"include: {shipped / name / 'default.yaml'}\ntask: {name}_own\ntag: null\n"
            "dataset_path: json\ndataset_name: null\ntraining_split: null\n"
            f"dataset_kwargs:\n  data_files:\n    validation: {data}\n"
        )
    command = [sys.executable, "-m", "lm_eval", "--model", "hf", "--device", "cpu"]
    command += ["--model_args", f"pretrained={tiny_backbone},dtype=float32", "--batch_size", "8"]
    command += ["--tasks", ",".join(f"{name}_own" for name in tasks)]
    command += [
        "--include_path",
        str(tmp_path / "own"),
        "--output_path",
        str(tmp_path / "out.json"),
    ]
    offline = {"HF_DATASETS_OFFLINE": "1", "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub")}
    done = subprocess.run(
        command, env=os.environ | offline, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (written,) = tmp_path.rglob("out*.json")
    figures = json.loads(written.read_text())["results"]

    for name, task in tasks.items():
        adapter = task()
        dataset = adapter.load()
        values = adapter.score(predict(list(dataset.inputs), tiny_backbone), dataset).values
        assert values["accuracy"] == figures[f"{name}_own"]["acc,none"]
        assert 0.2 < figures[f"{name}_own"]["acc,none"] < 0.8
        if name == "cb":
            assert values["f1"] == figures["cb_own"]["f1,none"]


class Truthful:
    """An answer key with the interface of an lm-eval model: it gives the right choice 0, others -1."""

    def __new__(cls, right: set[tuple[str, str]]) -> Any:
        from lm_eval.api.model import LM

        class Key(LM):  # type: ignore[misc, unused-ignore]
            def loglikelihood(self, requests: Any) -> list[tuple[float, bool]]:
                return [(-float(r.args not in right), True) for r in requests]

            def loglikelihood_rolling(self, requests: Any) -> list[float]:
                raise NotImplementedError

            def generate_until(self, requests: Any) -> list[str]:
                raise NotImplementedError

        return Key()


def test_a_truthful_model_has_multirc_right(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lm_eval")
    adapter = MultiRC()
    dataset = adapter.load()
    right = {
        (
            f"{row.fields['paragraph']}\nQuestion: {row.fields['question']}\nAnswer:",
            f" {row.fields['answer']}\nIs the answer correct? {'yes' if row.gold else 'no'}",
        )
        for row in dataset.targets
    }
    monkeypatch.setattr(ZeroShot, "_model", lambda self, device: Truthful(right))
    predictions = list(ZeroShot().predict(dataset.inputs, RUN))
    assert dict(adapter.score(predictions, dataset).values) == {"score": 1, "f1": 1, "em": 1}


def test_record_is_worded_as_lm_eval_words_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lm_eval")
    # The module the shipped task imports is gone from transformers 5; its wording needs it not.
    for name in ("transformers.data.metrics", "transformers.data.metrics.squad_metrics"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setattr(
        sys.modules["transformers.data.metrics"],
        "squad_metrics",
        sys.modules["transformers.data.metrics.squad_metrics"],
        raising=False,
    )
    monkeypatch.delitem(sys.modules, "lm_eval.tasks.super_glue.record.util", raising=False)
    from lm_eval.tasks.super_glue.record import util

    for item in ReCoRD().load().inputs[:20]:
        assert definitions.record_context(item.fields) == util.doc_to_text(item.fields)
        assert definitions.record_choices(item.fields) == util.doc_to_choice(item.fields)
    monkeypatch.delitem(sys.modules, "lm_eval.tasks.super_glue.record.util", raising=False)


def test_acc_norm_divides_by_characters(tiny_backbone: Path, few: list[Example]) -> None:
    items = [item for item in few if item.task == "superglue/copa"]
    plain = predict(items, tiny_backbone)
    normalised = predict(items, tiny_backbone, normalise="characters")
    for item, one, other in zip(items, plain, normalised, strict=True):
        lengths = [len(choice) + 1 for choice in item.choices]  # the shipped choices start blank
        np.testing.assert_allclose(one.scores / lengths, other.scores)


def test_a_backbone_that_is_not_there(tmp_path: Path, few: list[Example]) -> None:
    pytest.importorskip("lm_eval")
    with pytest.raises(Unavailable, match=r"backbone .* cannot be loaded"):
        predict(few[:1], tmp_path)


def test_a_task_lm_eval_does_not_have(tmp_path: Path) -> None:
    item = Example("0", "glue/stsb", {"sentence1": "a", "sentence2": "b"}, ())
    with pytest.raises(BadInput, match="no zero-shot prompt for glue/stsb"):
        list(ZeroShot().predict([item], RUN))
