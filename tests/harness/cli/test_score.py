from __future__ import annotations

import json
from pathlib import Path

import pytest
from spine import Command

TOY = ("score", "-t", "toys:Reading")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "theirs.json"
    path.write_text("[1, 2, 2, 4, 3]")
    return path


def test_it_prints_what_run_prints(command: Command, file: Path) -> None:
    run = command("run", "-m", "toys:Echo", "-t", "toys:Reading", "--json").rows()[0]
    answer = command(*TOY, "-p", file, "--json")
    assert answer.code == 0, answer.err
    (row,) = answer.rows()
    assert row.keys() == run.keys()
    assert (row["status"], row["external"], row["cached"]) == ("ok", True, False)
    assert run["external"] is False
    (again,) = command(*TOY, "-p", file, "--json").rows()
    assert again == {**row, "cached": True}
    (anew,) = command(*TOY, "-p", file, "--rerun", "--json").rows()
    assert anew["cached"] is False
    assert anew["scores"] == row["scores"]


def test_the_table_marks_it_external_and_shows_no_time(command: Command, file: Path) -> None:
    answer = command(*TOY, "-p", file, "--name", "Theirs et al. (2026)")
    assert answer.code == 0
    assert "Theirs et al. (2026)  external: theirs.json, sha256" in answer.out
    assert " –  ok " in answer.out


def test_show_and_compare_know_it(command: Command, file: Path) -> None:
    ours = command("run", "-m", "toys:Echo", "-t", "toys:Reading", "--json").rows()[0]["run"]
    theirs = command(*TOY, "-p", file, "--json").rows()[0]["run"]
    shown = command("show", theirs)
    assert "external: predictions read from theirs.json, made elsewhere" in shown.out
    assert json.loads(command("show", theirs, "--json").out)["submission"] == "theirs.json"
    compared = command("compare", ours, theirs)
    assert compared.code == 0, compared.err
    assert "theirs (external: theirs.json) on toys:Reading" in compared.out
    assert "units" in compared.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-t", "cooc"), "did you mean 'coco'"),
        (("-t", "toys:Counting"), "reads no submissions"),
        (("-t", "toys:Reading", "--name", "nms"), "registered method"),
        (("-t", "toys:Reading", "--task-set", "images=6"), "5 counts for 6 images"),
        (("-t", "toys:Reading", "--task-set", "image=6"), "did you mean 'images'"),
        (("-t", "toys:Reading", "--data", "none.txt"), "no such file"),
        (("-t", "coco"), "results[0] is 1, expected an object"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_record(
    arguments: tuple[str, ...], said: str, command: Command, file: Path, tmp_path: Path
) -> None:
    answer = command("score", *arguments, "-p", file)
    assert answer.code == 2
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert answer.out == ""
    assert not list((tmp_path / "results").glob("runs/*/*"))


def test_a_scorer_that_breaks_is_a_failed_cell(command: Command, file: Path) -> None:
    answer = command("score", "-t", "toys:ReadingFaulty", "-p", file)
    assert answer.code == 1
    assert "the scorer broke" in answer.err
    assert "has the traceback" in answer.err


def test_a_damaged_record_is_told_and_scored_anew(
    command: Command, file: Path, tmp_path: Path
) -> None:
    command(*TOY, "-p", file)
    (path,) = (tmp_path / "results").glob("runs/*/*.json")
    path.write_text("{")
    answer = command(*TOY, "-p", file, "--json")
    assert answer.code == 0
    assert "not a run record" in answer.err
    assert answer.rows()[0]["cached"] is False
