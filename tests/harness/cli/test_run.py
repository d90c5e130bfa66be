from __future__ import annotations

import json
from pathlib import Path

import pytest
from spine import Command

TOY = ("-t", "toys:Counting", "--json")


def test_a_run_is_one_json_object_and_cached_the_second_time(harness: Command) -> None:
    answer = harness("run", "-m", "toys:Echo", *TOY, "--seeds", 2)
    assert answer.code == 0, answer.err
    rows = answer.rows()
    assert {row["seed"] for row in rows} == {0, 1}
    for row in rows:
        assert row["status"] == "ok"
        assert row["scores"] == {"kept": 100.0}
        assert row["absent"] == {"never": "this metric never has a value"}
        assert row["cached"] is False
    again = harness("run", "-m", "toys:Echo", *TOY, "--seed", "0..1")
    assert all(row["cached"] for row in again.rows())
    assert [r["run"] for r in again.rows()] == sorted(
        (r["run"] for r in rows), key=[r["run"] for r in again.rows()].index
    )


@pytest.mark.parametrize(
    ("how", "code"),
    [("nothing", 0), ("raise", 1), ("segfault", 1), ("short", 2), ("unavailable", 3), ("huge", 1)],
)
def test_the_exit_status_says_what_came_of_it(how: str, code: int, command: Command) -> None:
    answer = command("run", "-m", "toys:Misbehaving", "--set", f"how={how}", *TOY)
    assert answer.code == code, answer.err
    (row,) = answer.rows()
    assert (row["status"] == "ok") == (code == 0)
    assert bool(row["reason"]) == (code != 0)
    assert "Traceback" not in answer.err


def test_a_pair_that_does_not_fit(command: Command) -> None:
    alone = command("run", "-m", "toys:OtherKind", *TOY)
    assert alone.code == 2
    assert "takes tasks of kind reranking" in alone.err
    among = command("run", "-m", "toys:OtherKind,toys:Other", *TOY)
    assert among.code == 2
    both = command("run", "-m", "toys:OtherKind", "-m", "toys:OtherKind", "-t", "toys:Faulty", *TOY)
    assert both.code == 5
    assert {row["status"] for row in both.rows()} == {"skipped"}


def test_whatever_a_method_prints_standard_output_is_json(harness: Command) -> None:
    answer = harness("run", "-m", "toys:Chatty", *TOY)
    assert answer.code == 0, answer.err
    (row,) = answer.rows()
    assert row["status"] == "ok"
    assert "noise from" not in answer.out


def test_set_lies_above_the_config_file_and_that_above_the_preset(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "c.yaml").write_text("share: 0.25\n")

    def share(*more: str | Path) -> float:
        answer = command("run", "-m", "toys:Echo", *TOY, *more)
        assert answer.code == 0, answer.err
        return answer.rows()[0]["config"]["share"]

    file = ("--config", tmp_path / "c.yaml")
    assert share() == 1.0
    assert share("--preset", "half") == 0.5
    assert share("--preset", "half", *file) == 0.25
    assert share("--preset", "half", *file, "--set", "share=0.125") == 0.125


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--set", "shaer=1"], "did you mean 'share'"),
        (["--set", "share=2"], "share = 2 is not valid"),
        (["--set", "share=NaN"], "finite"),
        (["--set", "share"], "key=value"),
        (["--task-set", "image=1"], "did you mean 'images'"),
        (["--preset", "hlaf"], "did you mean 'half'"),
        (["--seed", "x"], "cannot read seeds"),
        (["--timeout", "nan"], "positive number"),
        (["--timeout", "-1"], "positive number"),
        (["--memory", "lots"], "512M or 4G"),
        (["--executor", "locl"], "did you mean 'local'"),
        (["--config", "none.yaml"], "no such config file"),
        (["--task-set", "data=none.txt"], "no such file"),
    ],
)
def test_bad_input_is_one_line_and_nothing_runs(
    more: list[str], said: str, command: Command, tmp_path: Path
) -> None:
    answer = command("run", "-m", "toys:Echo", *TOY, *more)
    assert answer.code == 2
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert answer.out == ""
    assert not list((tmp_path / "results").glob("runs/*/*"))


def test_unknown_names_offer_the_nearest(command: Command) -> None:
    answer = command("run", "-m", "nsm", *TOY)
    assert answer.code == 2
    assert "did you mean 'nms'" in answer.err


def test_a_dry_run_says_what_is_known_and_computes_nothing(
    command: Command, tmp_path: Path
) -> None:
    arguments = ("run", "-m", "toys:Echo", "-t", "toys:Counting", "--seeds", "2")
    answer = command(*arguments, "--dry-run")
    assert answer.code == 0
    assert [line.rsplit(": ", 1)[1] for line in answer.out.splitlines()] == ["new", "new"]
    assert not (tmp_path / "results").exists()
    command("run", "-m", "toys:Echo", *TOY)
    answer = command(*arguments, "--dry-run")
    assert [line.rsplit(": ", 1)[1] for line in answer.out.splitlines()] == ["cached", "new"]


def test_nothing_chosen_is_told(command: Command) -> None:
    answer = command("run", "-m", "", *TOY)
    assert answer.code == 5
    assert "nothing to run" in answer.err


def test_a_store_that_is_a_file_is_one_line(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HARNESS_RESULTS", str(tmp_path / "file"))
    answer = command("run", "-m", "toys:Echo", *TOY, "--seeds", "3")
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert "cannot write to the store" in answer.err


def test_a_damaged_record_is_told_and_computed_anew(command: Command, tmp_path: Path) -> None:
    (row,) = command("run", "-m", "toys:Echo", *TOY).rows()
    (path,) = (tmp_path / "results").glob("runs/*/*.json")
    path.write_text(path.read_text()[:100])
    answer = command("run", "-m", "toys:Echo", *TOY)
    assert answer.code == 0
    assert "not a run record" in answer.err
    assert answer.rows()[0]["cached"] is False
    assert json.loads(path.read_text())["key"] == row["run"]
