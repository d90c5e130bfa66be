from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import BadInput, Unavailable
from harness.methods.understanding._requests import Request, requests_of
from harness.tasks.superglue import COPA, RTE, BoolQ, MultiRC, ReCoRD

AWKWARD: list[Request] = [("", " Frank hid a dog"), ("Frank hid ", "a dog"), ("a", " b c d e")]


def model(folder: Path, batch_size: int = 4) -> Any:
    from harness.methods.understanding._language_model import LanguageModel

    return LanguageModel.load(str(folder), device="cpu", batch_size=batch_size)


def some() -> list[Request]:
    found = [
        each for t in (RTE, COPA, MultiRC, ReCoRD) for each in requests_of(t().load().inputs[:3])
    ]
    return [request for each in found for request in each] + AWKWARD


def of_lm_eval(folder: Path, requests: list[Request], **options: Any) -> list[float]:
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    plain = HFLM(str(folder), device="cpu", dtype="float32", batch_size=1, **options)
    instances = [Instance("loglikelihood", {}, request, 0) for request in requests]
    return [value for value, _ in plain.loglikelihood(instances, disable_tqdm=True)]


def test_log_likelihoods_are_those_of_lm_eval(either: Path) -> None:
    ours, requests = model(either), some()
    encoded = [ours.encode(request) for request in requests]
    wanted = of_lm_eval(either, requests)
    np.testing.assert_allclose(ours.log_likelihoods(encoded).detach(), wanted, atol=1e-4)
    np.testing.assert_allclose(ours.score(encoded), wanted, atol=1e-4)
    assert np.std(wanted) > 1


def test_a_context_too_long_loses_its_beginning(either: Path) -> None:
    requests = [("dog " * 600 + "hid", " a dirty cat"), ("a dog", " hid")]
    ours = model(either)
    found = ours.log_likelihoods([ours.encode(request) for request in requests])
    np.testing.assert_allclose(found.detach(), of_lm_eval(either, requests), atol=1e-4)


def test_what_ends_is_padded_with_zeros(either: Path) -> None:
    ours = model(either)
    found, counts = ours.token_log_likelihoods([ours.encode(r) for r in AWKWARD])
    assert counts.sum(1).tolist() == [4, 2, 4]
    assert (found[~counts] == 0).all()
    assert (found[counts] < 0).all()


def test_a_prompt_of_embeddings_is_as_good_as_their_tokens(either: Path) -> None:
    from harness.methods.understanding._prompts import SoftPrompt

    ours = model(either)
    requests = [("Frank hid a dog", " in the castle"), ("a dirty cat", " Greta"), ("a", " b")]
    longer = [("Who hid a " + context, continuation) for context, continuation in requests]
    wanted = of_lm_eval(either, longer)
    words = ours.tokenizer("Who hid a", add_special_tokens=False, return_tensors="pt").input_ids[0]
    ours.prompt = SoftPrompt(ours.embedding(words).detach().clone())
    encoded = [ours.encode(request) for request in requests]
    np.testing.assert_allclose(ours.log_likelihoods(encoded).detach(), wanted, atol=1e-4)
    np.testing.assert_allclose(ours.score(encoded), wanted, atol=1e-4)


@pytest.mark.parametrize("name", ["tokens", "choices"])
def test_the_gradient_of_a_prompt(either: Path, name: Any) -> None:
    import torch

    from harness.methods.understanding._objectives import OBJECTIVES
    from harness.methods.understanding._prompts import SoftPrompt

    ours = model(either)
    ours.model.double().requires_grad_(False)
    split = COPA().train_split()
    loss = OBJECTIVES[name](ours, requests_of(split.inputs[:3]), split.labels[:3])
    rows = np.arange(3)

    def at(vectors: torch.Tensor) -> torch.Tensor:
        ours.prompt = SoftPrompt(vectors)
        del ours.prompt.vectors  # so that the gradient reaches what was passed
        ours.prompt.vectors = vectors
        return loss(rows)

    generator = torch.Generator().manual_seed(1)
    start = torch.randn((2, 32), generator=generator, dtype=torch.float64) / 3
    # Wide steps: T5 takes some roots and exponentials in single precision whatever its weights.
    torch.autograd.gradcheck(at, (start.requires_grad_(True),), eps=1e-3, atol=1e-3, rtol=1e-2)


def test_choices_are_scored_in_their_own_example() -> None:
    torch = pytest.importorskip("torch")
    from harness.methods.understanding._objectives import choice_loss

    scores = torch.tensor([0.0, np.log(3), 1.0, 1.0, 1.0])
    wanted = (-np.log(0.75) + np.log(3)) / 2
    assert float(choice_loss(scores, [2, 3], [1, 0])) == pytest.approx(wanted)


def test_a_prompt_must_leave_room(tiny_backbone: Path) -> None:
    import torch

    from harness.methods.understanding._prompts import SoftPrompt

    ours = model(tiny_backbone)
    ours.prompt = SoftPrompt(torch.zeros(500, 32))
    assert ours.max_length == 12
    ours.prompt = SoftPrompt(torch.zeros(512, 32))
    with pytest.raises(BadInput, match="shorter prompt"):
        ours.encode(("a dog", " hid"))


def test_an_encoder_has_no_likelihoods(tiny_encoder: Path) -> None:
    with pytest.raises(BadInput, match="is an encoder"):
        model(tiny_encoder)


def test_a_backbone_that_is_not_there(tmp_path: Path) -> None:
    pytest.importorskip("lm_eval")
    with pytest.raises(Unavailable, match=r"cannot be loaded .*--backbone DIR"):
        model(tmp_path)


@pytest.mark.parametrize("kind", ["vocabulary", "random", "uniform"])
def test_prompts_begin(tiny_backbone: Path, kind: Any) -> None:
    from harness.methods.understanding._prompts import deviation, initial_vectors, table_of

    ours = model(tiny_backbone)
    rng = np.random.default_rng(0)
    vectors = initial_vectors(ours, [[1, 5, 5, 6], [7, 1]], 600, kind, rng)
    table = table_of(ours)
    assert vectors.shape == (600, 32)
    if kind == "vocabulary":  # 1 ends a text and is no word
        drawn = {int((table - row).abs().sum(1).argmin()) for row in vectors}
        assert drawn == {5, 6, 7}
    else:
        wanted = deviation(ours) if kind == "random" else 12**-0.5
        assert float(vectors.std()) == pytest.approx(wanted, rel=0.02)


def test_a_vocabulary_prompt_repeats_no_word_while_there_are_others(tiny_backbone: Path) -> None:
    from harness.methods.understanding._prompts import initial_vectors

    vectors = initial_vectors(model(tiny_backbone), [], 20, "vocabulary", np.random.default_rng(0))
    assert len(np.unique(vectors.numpy(), axis=0)) == 20


def test_requests_are_what_lm_eval_scores(tiny_backbone: Path, few: list[Any]) -> None:
    from harness.methods.understanding import _evaluation

    with _evaluation.written(few) as (folder, named):
        samples = _evaluation._evaluate(model(tiny_backbone), list(named), folder)
    made = requests_of(few)
    for task, numbers in named.items():
        for sample in samples[task]:
            assert made[numbers[sample["doc_id"]]] == [tuple(a) for a in sample["arguments"]]


def test_requests_of_examples() -> None:
    pytest.importorskip("lm_eval")
    assert requests_of([]) == []
    item = BoolQ().load().inputs[0]
    context = f"{item.fields['passage']}\nQuestion: {item.fields['question']}?\nAnswer:"
    assert requests_of([item]) == [[(context, " no"), (context, " yes")]]
