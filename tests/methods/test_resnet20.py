from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import BadInput
from harness.kinds.image_classification import Image
from harness.method import Run
from harness.methods.image.linear_probe import LinearProbe
from harness.methods.image.resnet20 import ResNet20
from harness.methods.majority import Majority
from harness.task import TrainSplit
from harness.tasks.cifar import CIFAR10
from harness.tasks.mini import image_files
from harness.tasks.mnist import MNIST
from harness.testing import check_method, samples

torch = pytest.importorskip("torch")

RUN = Run(seed=0)
CHECKPOINT = Path("cifar10", "checkpoint", "resnet20-12fca82f.th")


def pretrained(shared_data: Path) -> ResNet20:
    config = ResNet20.Config(checkpoint=shared_data / CHECKPOINT, normalisation="imagenet")
    method = ResNet20(config)
    method.train(TrainSplit(), RUN)
    return method


def test_the_network_has_the_published_size() -> None:
    from harness.methods.image._resnet import initialised

    network = initialised(3, 3, 10, 0)
    assert sum(p.numel() for p in network.parameters()) == 269_722
    layers = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(layers) == 20
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
    assert network.layer3(network.layer2(torch.zeros(1, 16, 32, 32))).shape == (1, 64, 8, 8)


def test_the_schedule_is_the_papers() -> None:
    paper = ResNet20(ResNet20.Config(**ResNet20.presets["paper"]))._recipe()
    assert (paper.iterations, paper.batch_size) == (64_000, 128)
    assert (paper.momentum, paper.weight_decay) == (0.9, 1e-4)
    rates = [paper.rate(i) for i in (0, 31_999, 32_000, 47_999, 48_000, 63_999)]
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 0.001])


def test_a_normalised_red_pixel() -> None:
    from harness.methods.image._training import Normalisation

    normalise = Normalisation((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
    red = np.zeros((1, 1, 1, 3), np.uint8)
    red[..., 0] = 255
    found = normalise(red, "cpu").flatten().tolist()
    assert found == pytest.approx([2.059109, -1.980287, -1.706804], abs=1e-6)


def test_channel_figures_are_those_of_all_pixels() -> None:
    from harness.methods.image._training import channel_figures

    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 3, 3), np.uint8)
    found = channel_figures(pixels)
    assert found.mean == pytest.approx((pixels / 255).mean(axis=(0, 1, 2)))
    assert found.std == pytest.approx((pixels / 255).std(axis=(0, 1, 2)))


def test_augmentation_crops_the_padded_image_or_its_mirror_image() -> None:
    from harness.methods.image._training import augmented

    rng = np.random.default_rng(0)
    pixels = rng.integers(1, 256, (40, 8, 8, 3), np.uint8)
    shown = augmented(pixels, rng, crop=True, flip=True)
    padded = np.pad(pixels, ((0, 0), (4, 4), (4, 4), (0, 0)))
    for picture, whole in zip(shown, padded, strict=True):
        crops = [whole[y : y + 8, x : x + 8] for y in range(9) for x in range(9)]
        both = [*crops, *(crop[:, ::-1] for crop in crops)]
        assert any(np.array_equal(picture, crop) for crop in both)
    np.testing.assert_array_equal(augmented(pixels, rng, crop=False, flip=False), pixels)


@pytest.mark.parametrize(("split", "expected"), [("test", 80.4), ("train", 85.4)])
def test_the_checkpoint_scores_its_published_accuracy(
    shared_data: Path, split: Any, expected: float
) -> None:
    data = shared_data / "cifar10" / "from_jpeg"
    task = CIFAR10(CIFAR10.Config(data=data, train=False))
    dataset = task.load(split)
    scores = task.score(list(pretrained(shared_data).predict(dataset.inputs, RUN)), dataset)
    value = scores.values["top1"]
    assert isinstance(value, float)
    assert abs(100 * value - expected) <= 0.05 + 1e-9


def test_the_checkpoint_knows_the_exact_images(shared_data: Path) -> None:
    picture = pytest.importorskip("PIL.Image")
    folder = shared_data / "cifar10" / "png_exact"
    names = CIFAR10(CIFAR10.Config(data=folder.parent / "from_jpeg")).load().inputs[0].class_names
    with open(folder / "labels.csv") as handle:
        rows = list(csv.DictReader(handle))
    items = [
        Image(r["id"], np.asarray(picture.open(folder / "train" / f"{r['id']}.png")), names)
        for r in rows
    ]
    answers = pretrained(shared_data).predict(items, RUN)
    assert [names[a.scores.argmax()] for a in answers] == [r["label"] for r in rows]


def test_safetensors_and_torch_files_load_alike(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors.torch")
    from harness.methods.image._resnet import initialised

    state = initialised(3, 3, 7, 5).state_dict()
    safetensors.save_file(state, tmp_path / "w.safetensors")
    torch.save({"state_dict": {f"module.{k}": v for k, v in state.items()}}, tmp_path / "w.th")
    found = []
    for name in ("w.safetensors", "w.th"):
        config = ResNet20.Config(checkpoint=tmp_path / name, normalisation="imagenet")
        method = ResNet20(config)
        method.train(TrainSplit(), RUN)
        found.append([a.scores for a in method.predict(samples.inputs(method.kinds[0]), RUN)])
    np.testing.assert_array_equal(*found)


class _Runs:
    def __reduce__(self) -> Any:
        return print, ("was run",)


@pytest.mark.parametrize("name", ["w.th", "w.safetensors"])
def test_bad_checkpoints_are_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name

    def load() -> None:
        method = ResNet20(ResNet20.Config(checkpoint=path, normalisation="imagenet"))
        method.train(TrainSplit(), RUN)
        list(method.predict(samples.inputs("image_classification"), RUN))

    with pytest.raises(BadInput, match="no such checkpoint"):
        load()
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(BadInput, match=name):
        load()
    torch.save({"state_dict": {"conv1.weight": _Runs()}}, path)
    with pytest.raises(BadInput, match=name):
        load()
    assert "was run" not in capsys.readouterr().out
    if name == "w.th":
        torch.save({"conv1.weight": torch.zeros(3)}, path)
        with pytest.raises(BadInput, match="of another network"):
            load()


def test_a_checkpoint_needs_a_normalisation(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="normalisation=imagenet"):
        ResNet20(ResNet20.Config(checkpoint=tmp_path / "w.th")).train(TrainSplit(), RUN)


def test_training_resumes_to_the_same_weights(tmp_path: Path) -> None:
    items = samples.inputs("image_classification")
    split = TrainSplit(items, [0, 1, 2, 3, 4, 0])

    def stop(done: int, total: int | None) -> None:
        if done == 5:
            raise KeyboardInterrupt

    def trained(run: Run) -> list[list[float]]:
        method = ResNet20(ResNet20.Config(iterations=6, batch_size=3))
        method.train(split, run)
        return [a.scores.tolist() for a in method.predict(items, RUN)]

    expected = trained(RUN)
    with pytest.raises(KeyboardInterrupt):
        trained(Run(seed=0, cache=tmp_path, on_progress=stop))
    assert (tmp_path / "training.pt").is_file()
    assert trained(Run(seed=0, cache=tmp_path)) == expected
    (tmp_path / "training.pt").write_bytes(b"damaged")
    assert trained(Run(seed=0, cache=tmp_path)) == expected
    assert trained(Run(seed=1)) != expected


def test_the_contract() -> None:
    check_method(ResNet20)


@pytest.mark.slow
def test_levels_on_the_mini_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = image_files._RECIPES["mnist"]
    monkeypatch.setitem(image_files._RECIPES, "mnist", replace(recipe, train=1500, test=300))
    task = MNIST()
    dataset, split = task.load(), task.train_split()
    values = []
    for method in (
        Majority(),
        LinearProbe(),
        ResNet20(ResNet20.Config(iterations=150, batch_size=32, flip=False)),
    ):
        method.train(split, RUN)
        value = task.score(list(method.predict(dataset.inputs, RUN)), dataset).values["top1"]
        assert isinstance(value, float)
        values.append(value)
    chance, linear, network = values
    assert chance == pytest.approx(0.1)
    assert chance + 0.3 < linear < network - 0.1
