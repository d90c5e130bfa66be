"""Every task says where its full set is, and reads what a download of it lays out.

The archives are made here, in the layout of the official ones; checksums are theirs then.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import shlex
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from served import serving

from harness import download, registry
from harness.cli import inventory
from harness.task import Download, Task
from harness.tasks.mini import image_files, python2_pickle
from harness.tasks.mini.text_world import TASKS as TEXTS

TASKS = registry.tasks.names()
_TERMS = r"licence|license|CC0|CC BY|MIT|BSD|Apache|research use|copyright"


@pytest.fixture(autouse=True)
def _online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE_S", 0.0)
    monkeypatch.delenv("HARNESS_OFFLINE", raising=False)


@pytest.mark.parametrize("name", TASKS)
def test_every_task_names_origin_licence_and_how_to_get_its_full_set(name: str) -> None:
    task = registry.tasks.load(name)
    assert re.search(_TERMS, task.source), task.source
    assert bool(task.downloads) != (task.by_hand is not None)
    labels = [inventory.label(item) for item in task.downloads]
    assert len(set(labels)) == len(labels)
    for item in task.downloads:
        assert item.url.startswith(("https://", "http://images.cocodataset.org/"))
        assert item.licence
        assert item.sha256 is None or re.fullmatch("[0-9a-f]{64}", item.sha256)
        assert item.md5 is None or re.fullmatch("[0-9a-f]{32}", item.md5)
        assert item.gives or not item.pick
    if task.by_hand is not None:
        assert task.by_hand.reason
        assert task.by_hand.commands
        assert task.by_hand.gives
    for command in inventory.commands(task, name, Path("/data")):
        assert re.match(rf"harness run --method METHOD --task {name} --data /data", command)


@pytest.mark.parametrize("name", TASKS)
def test_downloads_of_tasks_that_share_a_folder_do_not_collide(name: str) -> None:
    task = registry.tasks.load(name)
    mine = {inventory.label(item): item.url for item in task.downloads}
    for other in map(registry.tasks.load, TASKS):
        if (other.home or other.name) == (task.home or task.name):
            assert all(mine.get(inventory.label(i), i.url) == i.url for i in other.downloads)


def install(task: type[Task], contents: Mapping[str, bytes], folder: Path) -> Task:
    """Serve files as the task's downloads, fetch them, and return the task reading the result."""
    for item in task.downloads:
        content = contents.get(inventory.label(item))
        if content is None:
            continue
        digest = hashlib.sha256(content).hexdigest()
        with serving(content, item.name) as served:
            served.breaks = [len(content) // 2]
            wanted = replace(item, url=served.url, sha256=digest, md5=None, size=len(content))
            assert download.fetch(wanted, folder).state == "present"
            assert served.asked[1:] == [f"bytes={len(content) // 2}-"]
    command, *_ = inventory.commands(task, task.name, folder, there=True)
    return task(task.Config(**_options(command)))


def _options(command: str) -> dict[str, Any]:
    words = shlex.split(command)
    given = dict(zip(words[2::2], words[3::2], strict=True))
    pairs = [value for key, value in zip(words[2::2], words[3::2], strict=True) if "set" in key]
    return {"data": given["--data"]} | dict(pair.split("=") for pair in pairs)


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_superglue_archive(name: str, tmp_path: Path) -> None:
    task = registry.tasks.load(f"superglue/{name.lower()}")
    records = {part: TEXTS[name](part)[:8] for part in ("train", "val")}
    files = {
        f"{name}/{part}.jsonl": "\n".join(map(json.dumps, lines)).encode()
        for part, lines in records.items()
    }
    files |= {f"{name}/test.jsonl": b"{}\n", f"__MACOSX/{name}/._val.jsonl": b"junk"}
    adapter = install(task, {f"{name}.zip": zipped(files)}, tmp_path)
    assert len(adapter.load().inputs) >= len(records["val"])
    assert adapter.train_split().inputs
    assert not (tmp_path / "__MACOSX").exists()


GLUE = {
    "cola": ("CoLA", "gj04\t1\t\tIt rains.\ngj04\t0\t*\tIt rain.\n"),
    "rte": ("RTE", "index\tsentence1\tsentence2\tlabel\n0\ta\tb\tentailment\n"),
    "qnli": ("QNLI", "index\tquestion\tsentence\tlabel\n0\ta\tb\tnot_entailment\n"),
    "sst2": ("SST-2", "sentence\tlabel\na fine film\t1\n"),
    "stsb": ("STS-B", "index\tsentence1\tsentence2\tscore\n0\ta\tb\t2.5\n"),
}


@pytest.mark.parametrize("name", GLUE)
def test_a_glue_archive(name: str, tmp_path: Path) -> None:
    task = registry.tasks.load(f"glue/{name}")
    folder, text = GLUE[name]
    files = {f"{folder}/{part}.tsv": text.encode() for part in ("train", "dev", "test")}
    (item,) = task.downloads
    adapter = install(task, {item.name: zipped(files)}, tmp_path)
    assert [path.name for path in adapter.files()] == ["dev.tsv", "train.tsv"]
    assert adapter.load().inputs


def test_mrpcs_two_files(tmp_path: Path) -> None:
    text = "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t1\t2\tIt rains.\tRain falls.\n"
    task = registry.tasks.load("glue/mrpc")
    adapter = install(task, {inventory.label(i): text.encode() for i in task.downloads}, tmp_path)
    assert [path.name for path in adapter.files()] == [
        "msr_paraphrase_test.txt",
        "msr_paraphrase_train.txt",
    ]
    assert len(adapter.load().inputs) == 1


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_a_cifar_archive(name: str, tmp_path: Path) -> None:
    task: Any = registry.tasks.load(name)
    batch = python2_pickle.dumps({task.labels_key: [0, 1], "data": np.zeros((2, 3072), np.uint8)})
    names = ["data_batch_1", "test_batch"] if name == "cifar10" else ["train", "test"]
    files = {f"{task.folder}/{file}": batch for file in names}
    files[f"{task.folder}/{task.meta}"] = python2_pickle.dumps({task.names_key: ["cat", "dog"]})
    adapter = install(task, {f"{name[:5]}-{name[5:]}-python.tar.gz": tarred(files)}, tmp_path)
    assert adapter.load().targets.tolist() == [0, 1]


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_idx_files(name: str, tmp_path: Path) -> None:
    images = image_files._idx(np.zeros((2, 28, 28), np.uint8))
    labels = image_files._idx(np.array([3, 4], np.uint8))
    task = registry.tasks.load(name)
    contents = {i.name: images if "images" in i.name else labels for i in task.downloads}
    assert install(task, contents, tmp_path).load().targets.tolist() == [3, 4]


QUERIES = b"1\tboiling point of water\n2\tnobody judged this\n"
TOP = b"1\t7\tboiling point of water\tWater boils at 100 C.\n1\t8\tboiling point of water\tIce.\n"
QRELS = b"1 0 7 3\n1 0 8 0\n"
MARCO: dict[str, dict[str, bytes]] = {
    "trec-dl-2019": {
        "trec-dl-2019/qrels.txt": QRELS,
        "trec-dl-2019/queries.tsv.gz": gzip.compress(QUERIES),
        "trec-dl-2019/top1000.tsv.gz": gzip.compress(TOP),
    },
    "dev-small": {
        "dev-small/collectionandqueries.tar.gz": tarred(
            {
                "collection.tsv": b"7\tWater boils at 100 C.\n8\tIce.\n",
                "queries.dev.small.tsv": QUERIES,
                "qrels.dev.small.tsv": QRELS,
                "queries.train.tsv": b"9\tanother split\n",
                "qrels.train.tsv": b"9 0 7 1\n",
            }
        ),
        "dev-small/top1000.dev.tar.gz": tarred({"top1000.dev": TOP}),
    },
}


@pytest.mark.parametrize("part", MARCO)
def test_a_part_of_ms_marco(part: str, tmp_path: Path) -> None:
    task = registry.tasks.load("msmarco")
    adapter = install(task, MARCO[part], tmp_path)
    dataset = adapter.load()
    assert dataset.origin == str(tmp_path / part)
    assert list(dataset.ids) == ["1"]
    assert set(dataset.inputs[0].doc_ids) == {"7", "8"}


def test_a_beir_archive_with_a_run_of_ones_own(tmp_path: Path) -> None:
    task = registry.tasks.load("msmarco")
    files = {
        "scifact/corpus.jsonl": b'{"_id": "7", "title": "Water", "text": "boils"}\n',
        "scifact/queries.jsonl": b'{"_id": "1", "text": "boiling"}\n',
        "scifact/qrels/test.tsv": b"query-id\tcorpus-id\tscore\n1\t7\t1\n",
        "scifact/qrels/train.tsv": b"query-id\tcorpus-id\tscore\n2\t7\t1\n",
    }
    run = tmp_path / "first.trec"
    run.write_text("1 Q0 7 1 2.5 own\n")
    adapter = install(task, {"beir/scifact.zip": zipped(files)}, tmp_path / "data")
    assert adapter.config.data == tmp_path / "data" / "beir" / "scifact"
    adapter = task(task.Config(data=adapter.config.data, run=run))
    assert list(adapter.load().inputs[0].doc_ids) == ["7"]


@pytest.mark.parametrize("top", ["", "test_images/"])
def test_imagereward_whether_or_not_the_archive_has_a_top_folder(top: str, tmp_path: Path) -> None:
    task = registry.tasks.load("imagereward")
    names = ["part-1/images/0001/a.webp", "part-1/images/0001/b.webp"]
    items = [{"id": "1-1", "prompt": "a red bird", "generations": names, "ranking": [1, 2]}]
    contents = {
        "test.json": json.dumps(items).encode(),
        "test_images.zip": zipped({f"{top}{name}": b"image" for name in names}),
    }
    adapter = install(task, contents, tmp_path)
    assert len(adapter.files()) == 3
    assert len(adapter.load().inputs[0].images) == 2


def test_hpsv2(tmp_path: Path) -> None:
    task = registry.tasks.load("hpsv2")
    items = [{"prompt": "a bird", "image_path": ["0.jpg", "1.jpg"], "rank": [1.5, 1.2]}]
    contents = {
        "test.json": json.dumps(items).encode(),
        "test.tar.gz": tarred({"test/0.jpg": b"image", "test/1.jpg": b"image"}),
    }
    adapter = install(task, contents, tmp_path)
    assert [path.parent.name for path in adapter.files()[1:]] == ["test", "test"]


def test_alfworlds_two_archives_make_one_tree(tmp_path: Path) -> None:
    task = registry.tasks.load("alfworld")
    place = "json_2.1.1/{split}/pick_and_place_simple-Mug-None-Shelf-1/trial_T1/{file}"
    splits = ("valid_seen", "valid_unseen", "train")
    halves = [
        zipped({place.format(split=split, file=file): b"{}" for split in splits})
        for file in ("traj_data.json", "game.tw-pddl")
    ]
    contents = {i.name: half for i, half in zip(task.downloads, halves, strict=True)}
    adapter = install(task, contents, tmp_path)
    assert [path.name for path in adapter.files()] == ["game.tw-pddl", "traj_data.json"]


def test_a_wrong_checksum_of_an_official_archive_is_refused(tmp_path: Path) -> None:
    (item,) = registry.tasks.load("superglue/cb").downloads
    with serving(zipped({"CB/val.jsonl": b"{}"}), item.name) as served:
        forged: Download = replace(item, url=served.url, size=None)
        with pytest.raises(download.Unavailable, match=r"CB\.zip: its sha256 is .*expected 8d6413"):
            download.fetch(forged, tmp_path)
    assert not (tmp_path / "CB").exists()
