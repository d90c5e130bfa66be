from __future__ import annotations

import json
from pathlib import Path

import pytest

import harness
from harness import api
from harness.errors import BadInput, UnknownName
from harness.plan import Planner
from harness.record import RunRecord
from harness.store import Store

TASK = "toys:Reading"


def submission(folder: Path, counts: object = (1, 2, 2, 4, 3), name: str = "theirs.json") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(counts))
    return path


def stored() -> list[RunRecord]:
    return list(Store().records())


def test_a_submission_becomes_a_record_with_scores_per_example(tmp_path: Path) -> None:
    record = api.score(TASK, submission(tmp_path))
    assert record.status == "ok"
    assert record.external
    assert record.submission == "theirs.json"
    assert record.spec.method == "theirs"
    assert record.values() == {"kept": pytest.approx((100 + 100 + 200 / 3 + 100 + 60) / 5)}
    table = Store().examples(record)
    assert table is not None
    assert table.column("kept").to_pylist() == pytest.approx([100, 100, 200 / 3, 100, 60])
    assert record.provenance is not None
    assert record.provenance.mini
    assert record.timings.predict_s == record.timings.train_s == record.timings.examples == 0
    assert record.timings.throughput_per_s is None
    assert record.summary()["external"] is True
    assert stored() == [record]


def test_a_run_of_ours_is_not_external() -> None:
    record = harness.run("toys:Echo", TASK)
    assert not record.external
    assert record.summary()["external"] is False


def test_the_key_is_the_content(tmp_path: Path) -> None:
    first = api.score(TASK, submission(tmp_path))
    moved = submission(tmp_path / "elsewhere", name="renamed.json")
    assert api.score(TASK, moved, name="theirs") == first
    assert api.score(TASK, moved).key != first.key
    other = submission(tmp_path / "more", counts=(1, 2, 3, 4, 5))
    assert api.score(TASK, other, name="theirs").key != first.key
    with_more_images = submission(tmp_path / "six", counts=(1,) * 6)
    options = {"images": 6}
    again = api.score(TASK, with_more_images, name="theirs", task_config=options)
    assert len({r.key for r in stored()}) == 4
    assert again.spec.task_config["images"] == 6


def test_scoring_anew_gives_the_same_bytes(tmp_path: Path) -> None:
    path = submission(tmp_path)
    first = api.score(TASK, path)
    again = api.score(TASK, path, rerun=True)
    assert again.examples_sha256 == first.examples_sha256
    assert again.scores == first.scores
    assert len(list((Store().root / "history" / first.key).iterdir())) == 1


def test_it_is_compared_in_pairs_with_a_run_of_ours(tmp_path: Path) -> None:
    ours = harness.run("toys:Echo", TASK)
    theirs = api.score(TASK, submission(tmp_path))
    found = harness.compare(ours, theirs)
    assert found.units == 5
    assert found.difference == pytest.approx(100 - theirs.values()["kept"])
    assert ours.on_same_data(theirs)
    assert theirs.on_same_data(ours)
    fewer = harness.run("toys:Echo", TASK, task_config={"images": 3})
    with pytest.raises(BadInput, match="not scored on the same examples"):
        harness.compare(fewer, theirs)


def test_other_targets_are_other_data(tmp_path: Path) -> None:
    for number in ("5", " 5"):
        (tmp_path / f"n{number}.txt").write_text(number)
    ours = harness.run("toys:Echo", TASK, task_config={"data": tmp_path / "n5.txt"})
    path = submission(tmp_path)
    same = api.score(TASK, path, task_config={"data": tmp_path / "n5.txt"})
    other = api.score(TASK, path, task_config={"data": tmp_path / "n 5.txt"})
    assert harness.compare(ours, same).units == 5
    with pytest.raises(BadInput, match="different data"):
        harness.compare(ours, other)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((1, 2), "2 counts for 5 images"),
        ((1, 2, "nan", 4, 5), "theirs.json: image 2: a predicted score is NaN or infinite"),
    ],
)
def test_what_does_not_fit_leaves_no_record(
    counts: tuple[object, ...], said: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=said):
        api.score(TASK, submission(tmp_path, counts))
    assert stored() == []


def test_a_scorer_that_breaks_is_a_failed_record(tmp_path: Path) -> None:
    record = api.score("toys:ReadingFaulty", submission(tmp_path))
    assert record.status == "failed"
    assert record.external
    assert record.failure is not None
    assert "the scorer broke" in record.failure.traceback
    assert stored() == [record]
    assert api.score("toys:ReadingFaulty", submission(tmp_path)).status == "failed"


def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import toys

    path = submission(tmp_path)
    read = toys.Reading.read_predictions

    def changing(self: toys.Reading, *arguments: object) -> object:
        answers = read(self, *arguments)  # type: ignore[arg-type]
        path.write_text("[1, 1, 1, 1, 1]")
        return answers

    monkeypatch.setattr(toys.Reading, "read_predictions", changing)
    with pytest.raises(BadInput, match="changed while it was read"):
        api.score(TASK, path)
    assert stored() == []


def test_a_task_that_reads_none_says_which_do(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"'toys:Counting' reads no submissions; tasks that do: .*coco"
    ):
        api.score("toys:Counting", submission(tmp_path))
    with pytest.raises(UnknownName, match="did you mean 'coco'"):
        api.score("cooc", submission(tmp_path))


@pytest.mark.parametrize("name", ["", " ", "a,b", "toys:Echo", "n*", "a/b", "x" * 81, "a\nb", " a"])
def test_names_that_cannot_be(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be the name of a submission"):
        api.score(TASK, submission(tmp_path), name=name)


def test_a_registered_method_keeps_its_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"'nms' is a registered method.*--name"):
        api.score(TASK, submission(tmp_path), name="nms")


def test_a_file_called_like_a_method_keeps_its_suffixes(tmp_path: Path) -> None:
    """Published runs are: ``bm25.trec.gz``."""
    assert api.score(TASK, submission(tmp_path, name="nms.json")).spec.method == "nms.json"


@pytest.mark.parametrize(
    ("file", "name"),
    [("a.json", "a"), ("a.json.gz", "a"), ("my.model.json", "my.model"), ("plain", "plain")],
)
def test_the_name_is_the_files_without_suffixes(file: str, name: str, tmp_path: Path) -> None:
    assert api.score(TASK, submission(tmp_path, name=file)).spec.method == name


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.json: no such file of predictions"):
        api.score(TASK, tmp_path / "none.json")


def test_planning_again_needs_no_file(tmp_path: Path) -> None:
    path = submission(tmp_path)
    record = api.score(TASK, path)
    path.unlink()
    planned = Planner().plan(record.request, 0, external=True)
    assert planned.key == record.key
    assert planned.spec == record.spec
