"""Folders of real data named after their task are read as they stand, or by the name of a split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness import config, registry
from harness.errors import BadInput


def read(shared_data: Path, task: str, folder: str, **options: Any) -> list[str]:
    cls = registry.tasks.load(task)
    adapter = cls(config.build(cls.Config, {"data": shared_data / folder, **options}, owner=task))
    return [Path(path).name for path in adapter.files()]


@pytest.mark.parametrize(
    ("task", "folder", "options", "first"),
    [
        ("superglue/boolq", "superglue", {}, "val_even.jsonl"),
        ("superglue/boolq", "superglue", {"split": "val_even"}, "val_even.jsonl"),
        ("superglue/cb", "superglue", {}, "val.jsonl"),
        ("superglue/record", "superglue", {"split": "train"}, "train.jsonl"),
        ("glue/mrpc", "glue", {}, "msr_paraphrase_test_even.txt"),
        ("glue/cola", "glue", {}, "out_of_domain_dev.tsv"),
        ("glue/sst2", "glue", {}, "stsa.binary.dev.gz"),
        ("glue/stsb", "glue", {"split": "sts-dev"}, "sts-dev.csv.gz"),
        ("msmarco", "trec_dl/dl19", {}, "topics.tsv"),
        ("msmarco", "trec_dl", {"split": "dl20_part_a"}, "topics.tsv"),
        ("imagereward", "imagereward", {"split": "test_first350"}, "test_first350.json"),
        ("webshop", "webshop", {}, "products_100_part_a.jsonl.gz"),
        ("cifar10", "cifar10", {}, "batches.meta"),
        ("mnist", "mnist", {}, "t10k-images-idx3-ubyte.gz"),
        ("fashion_mnist", "fashion_mnist", {}, "sprite600-images-idx3-ubyte.gz"),
        (
            "fashion_mnist",
            "fashion_mnist",
            {"split": "sprite600"},
            "sprite600-images-idx3-ubyte.gz",
        ),
    ],
)
def test_the_scored_file(
    shared_data: Path, task: str, folder: str, options: dict[str, Any], first: str
) -> None:
    assert read(shared_data, task, folder, **options)[0] == first


@pytest.mark.parametrize(
    ("task", "folder", "options", "told"),
    [
        ("superglue/record", "superglue", {}, "name the file with --split"),
        (
            "superglue/rte",
            "superglue",
            {"split": "val_evn"},
            "train.jsonl, val.jsonl: check --split",
        ),
        ("msmarco", "trec_dl", {}, "holds dl19, dl20_part_a: name one with --split"),
        ("imagereward", "imagereward", {"split": "tset"}, "check --split"),
    ],
)
def test_what_takes_a_name_is_said(
    shared_data: Path, task: str, folder: str, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(BadInput, match=told):
        read(shared_data, task, folder, **options)


def test_the_plain_forms_of_glue_are_read(shared_data: Path) -> None:
    cases = {"glue/sst2": (872, 444), "glue/cola": (516, 354), "glue/mrpc": (863, 562)}
    for task, counts in cases.items():
        cls = registry.tasks.load(task)
        rows = cls(cls.Config(data=shared_data / "glue")).load().targets
        assert (len(rows), sum(row.gold for row in rows)) == counts
