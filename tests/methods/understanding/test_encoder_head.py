from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.config import build
from harness.errors import BadInput
from harness.kinds.multiple_choice import KIND, Example
from harness.method import Run
from harness.methods.understanding._pair_templates import template_of
from harness.methods.understanding.full_finetuning import FullFinetuning
from harness.task import TrainSplit
from harness.tasks.superglue import CB, COPA, MultiRC, ReCoRD
from harness.testing import samples

RUN = Run(seed=0)


def made(backbone: Path, **options: Any) -> FullFinetuning:
    values = {"backbone": str(backbone), **options}
    return FullFinetuning(build(FullFinetuning.Config, values, owner="method"))


def chosen(method: FullFinetuning, items: Any, run: Run = RUN) -> list[Any]:
    found = list(method.predict(items, run))
    for item, out in zip(items, found, strict=True):
        KIND.check(item, out)
    return found


@pytest.mark.parametrize("task", [CB, COPA])
def test_a_few_examples_are_learnt_by_heart(tiny_encoder: Path, task: Any) -> None:
    split = task().train_split()
    few = TrainSplit(split.inputs[:8], split.labels[:8])
    method = made(tiny_encoder, steps=150, held_out=0, learning_rate=3e-3)
    method.train(few, RUN)
    assert [out.choice for out in chosen(method, few.inputs)] == list(few.labels)


@pytest.mark.parametrize("task", [MultiRC, ReCoRD])
def test_long_texts_and_many_choices(tiny_encoder: Path, task: Any) -> None:
    split = task().train_split()
    few = TrainSplit(split.inputs[:32], split.labels[:32])
    method = made(tiny_encoder, steps=2)
    method.train(few, RUN)
    assert method.progress is not None
    assert [step for step, _ in method.progress.figures] == [1, 2]
    chosen(method, few.inputs)


def test_ratings_are_learnt(tiny_encoder: Path) -> None:
    words = ["hid", "cleaned", "bought", "chose"]
    items = [
        Example(str(n), "glue/stsb", {"sentence1": f"Frank {a}", "sentence2": f"Greta {b}"}, ())
        for n, (a, b) in enumerate((a, b) for a in words for b in words)
    ]
    ratings = [float(n // 4) for n in range(16)]
    method = made(tiny_encoder, steps=300, held_out=0.1, learning_rate=3e-3)
    method.train(TrainSplit(items, ratings), RUN)
    found = np.array([out.scores[0] for out in chosen(method, items)])
    assert np.abs(found - ratings).mean() < 0.3
    with pytest.raises(BadInput, match="training example 0: the rating is 'high', not a number"):
        method.train(TrainSplit(items, ["high", *ratings[1:]]), RUN)


def test_the_seed_decides_and_company_does_not(tiny_encoder: Path, sixteen: TrainSplit) -> None:
    def after(seed: int) -> Any:
        method = made(tiny_encoder, steps=10, batch_size=4)
        method.train(sixteen, Run(seed))
        whole = np.stack([out.scores for out in chosen(method, sixteen.inputs, Run(seed))])
        alone = [chosen(method, [item], Run(seed))[0].scores for item in sixteen.inputs[:4]]
        np.testing.assert_allclose(whole[:4], np.stack(alone), atol=1e-5)
        return whole

    np.testing.assert_array_equal(after(3), after(3))
    assert not np.array_equal(after(3), after(4))


def test_wordings() -> None:
    by_task = {item.task: item for item in samples.inputs("multiple_choice")}
    texts = {item.id: template_of(item).texts(item) for item in by_task.values()}
    assert texts["copa-0"] == [
        ("The lamp fell. What was the cause of this?", "The cat pushed it."),
        ("The lamp fell. What was the cause of this?", "It rained."),
    ]
    assert texts["record-0"][1] == ("Ann met Bo in Rome. Bo is from Oslo", "Oslo comes from Oslo")
    assert texts["wsc-0"] == [("Mark told Pete about *himself* .", "Mark")]
    assert texts["multirc-0"] == [("Ann ate soup.", "What did Ann eat? soup")]
    assert texts["wic-0"] == [("bank: He sat on the bank.", "The bank closed.")]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, r"no encoder template for the fields \(none\)"),
        ({"sentence": "a", "colour": "b"}, "no encoder template for the fields colour, sentence"),
        (
            {"premise": "a", "choice1": "b", "choice2": "c", "question": "why"},
            "a field is not as the task has it",
        ),
        (
            {"text": "a", "span1_text": "a", "span1_index": 0, "span2_text": "b", "span2_index": 9},
            "a field is not as the task has it",
        ),
    ],
)
def test_fields_that_are_not_the_tasks(
    tiny_encoder: Path, fields: dict[str, Any], message: str
) -> None:
    item = Example("3", "some_task", fields, ("b", "c"))
    with pytest.raises(BadInput, match=f"example 3 of some_task: {message}"):
        made(tiny_encoder).predict([item], RUN)


def test_one_head_serves_one_task(tiny_encoder: Path) -> None:
    mixed = [CB().load().inputs[0], COPA().load().inputs[0]]
    with pytest.raises(BadInput, match="an encoder's head is for one task"):
        made(tiny_encoder).predict(mixed, RUN)
    split = CB().train_split()
    method = made(tiny_encoder, steps=1)
    method.train(TrainSplit(split.inputs[:8], split.labels[:8]), RUN)
    with pytest.raises(BadInput, match="train and predict on the same task"):
        method.predict(mixed[1:], RUN)
