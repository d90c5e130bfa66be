from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import toys
from served import Served, serving
from spine import Command

from harness import download
from harness.task import ByHand, Download
from harness.tasks.coco import COCO

TOY = "toys:Counting"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Served]:
    """Serve an archive as the toy task's full data set; downloads go to a folder of this test."""
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path / "downloaded"))
    monkeypatch.setattr(download, "PAUSE_S", 0.0)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("counts/n.txt", "3")
    with serving(buffer.getvalue(), "counts.zip") as served:
        archive = Download(
            served.url,
            "counts.zip",
            sha256=hashlib.sha256(served.content).hexdigest(),
            size=len(served.content),
            gives=("counts/n.txt",),
        )
        copy = Download(served.url, "copy.bin")
        monkeypatch.setattr(toys.Counting, "downloads", (archive, copy))
        yield served


def test_status_names_the_files_with_their_checksums(command: Command, tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_text("3")
    arguments = ("data", "status", TOY, "--data", tmp_path / "n.txt")
    facts = json.loads(command(*arguments, "--json").out)
    (row,) = facts["files"]
    assert row["sha256"] == hashlib.sha256(b"3").hexdigest()
    assert row["path"] in command(*arguments).out
    assert facts["downloads"] == []


def test_missing_data_and_unknown_tasks_are_one_line(command: Command, tmp_path: Path) -> None:
    answer = command("data", "status", TOY, "--data", tmp_path / "none")
    assert answer.code == 2
    assert "no such file" in answer.err
    answer = command("data", "prepare", "cooc")
    assert answer.code == 2
    assert "did you mean 'coco'" in answer.err


def test_prepare_says_that_nothing_is_needed(command: Command) -> None:
    assert "need no preparation" in command("data", "prepare", TOY).out


def test_prepare_downloads_and_status_tells(
    command: Command, server: Served, tmp_path: Path
) -> None:
    folder = tmp_path / "downloaded" / "counting"
    before = command("data", "status", TOY)
    assert f"The full set, in {folder}:" in before.out
    assert f"absent   {server.url}" in before.out
    assert f"`harness data prepare {TOY}` downloads what is not present." in before.out

    answer = command("data", "prepare", TOY)
    assert answer.code == 0, answer.err
    assert f"counts.zip: present, sha256 {hashlib.sha256(server.content).hexdigest()}" in answer.out
    assert (folder / "counts" / "n.txt").read_text() == "3"
    assert "\r" not in answer.err

    after = command("data", "status", TOY)
    assert str(folder / "counts" / "n.txt") in after.out
    assert "downloads what is not" not in after.out
    facts = json.loads(command("data", "status", TOY, "--json").out)
    assert facts["folder"] == str(folder)
    assert [row["state"] for row in facts["downloads"]] == ["present", "present"]
    assert len(server.asked) == 2
    assert command("data", "prepare", TOY).code == 0
    assert len(server.asked) == 2


def test_into_a_folder_of_ones_own_and_only_one_file(
    command: Command, server: Served, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    answer = command("data", "prepare", TOY, "--into", own, "--only", "counts.zip")
    assert answer.code == 0, answer.err
    assert (own / "counts" / "n.txt").exists()
    assert not (own / "copy.bin").exists()
    facts = json.loads(command("data", "status", TOY, "--into", own, "--json").out)
    assert [row["state"] for row in facts["downloads"]] == ["present", "absent"]
    assert f"--into {own}` downloads" in command("data", "status", TOY, "--into", own).out
    assert (
        command("run", "-m", "toys:Echo", "-t", TOY, "--data", own / "counts" / "n.txt").code == 0
    )
    wrong = command("data", "prepare", TOY, "--only", "count.zip")
    assert wrong.code == 2
    assert "did you mean 'counts.zip'" in wrong.err


def test_offline_names_the_command_to_run_elsewhere(
    command: Command, server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_OFFLINE", "1")
    answer = command("data", "prepare", TOY)
    assert answer.code == 3
    assert f"`harness data prepare {TOY} --into counting` where there is a network" in answer.err
    assert str(tmp_path / "downloaded" / "counting") in answer.err
    assert answer.err.count("\n") == 1
    assert server.asked == []


def test_what_cannot_be_had_is_exit_status_3(command: Command, server: Served) -> None:
    server.missing = True
    answer = command("data", "prepare", TOY)
    assert answer.code == 3
    assert "404" in answer.err
    assert answer.err.count("\n") == 1


def test_a_retry_is_told_on_standard_error(command: Command, server: Served) -> None:
    server.refusals = [503]
    answer = command("data", "prepare", TOY)
    assert answer.code == 0
    assert "the server answers 503" in answer.err
    assert "503" not in answer.out


def test_coco_says_what_its_full_set_is(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_DATA", "/nonexistent")
    facts = json.loads(command("data", "status", "coco", "--json").out)
    assert facts["folder"] == "/nonexistent/coco"
    assert [row["name"] for row in facts["downloads"]] == [item.name for item in COCO.downloads]
    for item in COCO.downloads:
        assert item.url.startswith("http://images.cocodataset.org/")
        assert item.sha256 is not None
        assert len(item.sha256) == 64
        assert item.gives
    assert "CC BY 4.0" in facts["source"]


def test_status_tells_damage_and_prepare_mends_it(
    command: Command, server: Served, tmp_path: Path
) -> None:
    prepared = command("data", "prepare", TOY)
    folder = tmp_path / "downloaded" / "counting"
    assert f"To run on it: harness run --method METHOD --task {TOY} --data {folder}" in prepared.out
    (folder / "counts" / "n.txt").write_text("4")
    said = command("data", "status", TOY).out
    assert f"damaged  {server.url}" in said
    assert "the sha256 of counts/n.txt is" in said
    assert "no checksum published, nothing to check against; what came has sha256" in said
    quick = json.loads(command("data", "status", TOY, "--quick", "--json").out)
    assert quick["downloads"][0]["state"] == "present"
    mended = command("data", "prepare", TOY)
    assert mended.code == 0
    assert "counts.zip: damaged" in mended.err
    assert (folder / "counts" / "n.txt").read_text() == "3"


def test_only_takes_the_name_of_a_folder(
    command: Command, server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [Download(server.url, "copy.bin", into=into) for into in ("first", "second")]
    monkeypatch.setattr(toys.Counting, "downloads", tuple(parts))
    assert command("data", "prepare", TOY, "--only", "second").code == 0
    facts = json.loads(command("data", "status", TOY, "--json").out)
    states = {row["name"]: row["state"] for row in facts["downloads"]}
    assert states == {"first/copy.bin": "absent", "second/copy.bin": "present"}
    assert "did you mean 'second'" in command("data", "prepare", TOY, "--only", "secondx").err


def test_what_only_people_can_fetch_is_told_as_commands(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path))
    monkeypatch.setattr(toys.Counting, "by_hand", ByHand("it is so", ("gdown X",), ("n.txt",)))
    folder = tmp_path / "counting"
    answer = command("data", "prepare", TOY)
    assert answer.code == 3
    assert answer.out == f"mkdir -p {folder} && cd {folder}\ngdown X\n"
    assert f"n.txt not in {folder}: it is so; the commands printed bring them" in answer.err
    assert answer.err.count("\n") == 1
    said = command("data", "status", TOY).out
    assert f"absent   {folder / 'n.txt'}" in said
    assert "  gdown X" in said
    folder.mkdir()
    (folder / "n.txt").write_text("3")
    answer = command("data", "prepare", TOY)
    assert answer.code == 0
    assert "n.txt: present, 1 bytes" in answer.out
    assert f"--data {folder}" in answer.out


def test_tasks_of_one_benchmark_share_a_folder(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path))
    answer = command("data", "status", "glue/rte")
    assert answer.code == 0, answer.err
    assert f"The full set, in {tmp_path / 'glue'}:" in answer.out
    assert "(published)" in answer.out
    assert "licence: research use (PASCAL challenges)" in answer.out
