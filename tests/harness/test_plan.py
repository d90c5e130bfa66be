from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from spine import Command

from harness.errors import BadInput, Incompatible
from harness.plan import PlannedRun, Planner, path_options
from harness.specs import Request


def plan(seed: int = 0, **changes: Any) -> PlannedRun:
    facts = {"method": "toys:Echo", "task": "toys:Counting", **changes}
    return Planner().plan(Request(**facts), seed)


def test_the_same_request_has_the_same_key_and_any_change_another() -> None:
    base = plan().key
    assert plan().key == base
    assert plan(overrides={"share": 1.0}).key == base  # its default
    assert plan(overrides={"share": 1}).key == base
    assert plan(task_overrides={"images": 5}).key == base
    assert plan(preset="mini").key == base
    assert plan(preset="half").key == plan(overrides={"share": 0.5}).key
    different = [
        plan(seed=1).key,
        plan(overrides={"share": 0.5}).key,
        plan(task_overrides={"images": 4}).key,
        plan(backbone="t5").key,
        plan(device="cuda").key,
    ]
    assert len({base, *different}) == 6


def test_presets_lie_below_what_is_set() -> None:
    assert plan(preset="half").spec.config["share"] == 0.5
    assert plan(preset="half", overrides={"share": 0.25}).spec.config["share"] == 0.25


def test_data_count_by_content_and_not_by_place(tmp_path: Path) -> None:
    def key(path: Path) -> str:
        return plan(task_overrides={"data": str(path)}).key

    for folder, content in (("a", "3"), ("z", "3"), ("other", "4")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "n.txt").write_text(content)
    first = key(tmp_path / "a" / "n.txt")
    assert key(tmp_path / "z" / "n.txt") == first
    assert key(tmp_path / "other" / "n.txt") != first
    (tmp_path / "a" / "n.txt").write_text("5")
    assert key(tmp_path / "a" / "n.txt") != first
    shutil.copyfile(tmp_path / "z" / "n.txt", tmp_path / "a" / "n.txt")
    assert key(tmp_path / "a" / "n.txt") == first


def test_files_from_several_folders_keep_their_fingerprint_when_moved(tmp_path: Path) -> None:
    for place in ("first", "second"):
        for folder, name in (("b", "x"), ("a", "y")):
            # Moving exchanges the order of the folders.
            folder = {"b": "a", "a": "b"}[folder] if place == "second" else folder
            (tmp_path / place / folder).mkdir(parents=True)
            (tmp_path / place / folder / name).write_text(name)
    planner = Planner()
    first = planner._fingerprint([tmp_path / "first" / "b" / "x", tmp_path / "first" / "a" / "y"])
    second = planner._fingerprint(
        [tmp_path / "second" / "b" / "y", tmp_path / "second" / "a" / "x"]
    )
    assert first == second


def test_missing_data_and_kinds_that_do_not_fit_say_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        plan(task_overrides={"data": str(tmp_path / "none")})
    with pytest.raises(Incompatible, match="takes tasks of kind reranking"):
        plan(method="toys:OtherKind")


def test_options_that_hold_paths_are_known() -> None:
    import toys

    assert path_options(toys.Counting.Config) == ["data"]
    assert path_options(toys.Echo.Config) == []


HELPERS = {
    "lazy inside a function": "def f():\n    from planned_pkg import helper",
    "relative": "from . import helper",
    "absolute": "import planned_pkg.helper",
    "through the package": "",
}


@pytest.mark.parametrize("way", HELPERS)
def test_editing_what_a_plugin_imports_changes_the_key_and_nothing_else_does(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    for module in [m for m in sys.modules if m.partition(".")[0] == "planned_pkg"]:
        monkeypatch.delitem(sys.modules, module)
    folder = tmp_path / "planned_pkg"
    folder.mkdir()
    through = "from planned_pkg import helper\n" if way == "through the package" else ""
    (folder / "__init__.py").write_text(through)
    (folder / "helper.py").write_text("x = 1\n")
    (folder / "unrelated.py").write_text("x = 1\n")
    (folder / "main.py").write_text(
        f"import toys\n{HELPERS[way]}\nclass M(toys.Echo):\n    name='m'\n"
    )

    def key() -> str:
        return plan(method="planned_pkg.main:M").key

    first = key()
    (folder / "unrelated.py").write_text("x = 2\n")
    (tmp_path / "beside.py").write_text("")
    assert key() == first
    (folder / "helper.py").write_text("x = 3\n")
    edited = key()
    assert edited != first
    (folder / "__init__.py").write_text(through + "# edited\n")
    assert key() not in (first, edited)
    (folder / "__init__.py").write_text(through)
    (folder / "helper.py").write_text("x = 1\n")
    assert key() == first


def test_an_edit_makes_the_command_compute_anew(tmp_path: Path, harness: Command) -> None:
    """From command to command, through the memo: a stale record is never shown."""
    (tmp_path / "helping.py").write_text("SHARE = 1\n")
    (tmp_path / "own.py").write_text(
        "import toys\n"
        "class M(toys.Echo):\n"
        "    name = 'own'\n"
        "    def predict(self, inputs, run):\n"
        "        import helping\n"
        "        for one in super().predict(inputs, run):\n"
        "            n = int(len(one) * helping.SHARE)\n"
        "            yield type(one)(one.image_id, one.boxes[:n], one.scores[:n], one.labels[:n])\n"
    )
    time.sleep(0.1)
    command = ("run", "-m", "own:M", "-t", "toys:Counting", "--json")

    def run(*more: str) -> tuple[float, bool]:
        (row,) = harness(*command, *more, paths=(tmp_path,)).rows()
        return row["scores"]["kept"], row["cached"]

    assert run() == (100.0, False)
    assert run() == (100.0, True)
    (tmp_path / "helping.py").write_text("SHARE = 0\n")
    assert run() == (0.0, False)
    assert run() == (0.0, True)
    (tmp_path / "helping.py").write_text("SHARE = 1\n")
    assert run() == (100.0, True)
    assert run("--rerun") == (100.0, False)


def test_a_second_planner_imports_no_plugin(harness: Command, tmp_path: Path) -> None:
    """What was planned before is known without PyArrow, SciPy or the plug-in."""
    command = ("run", "-m", "toys:Echo", "-t", "toys:Counting", "--dry-run")
    first = harness(*command)
    assert first.code == 0, first.err
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, sys\n"
        "heavy = ('pyarrow', 'pandas', 'scipy', 'torch', 'toys')\n"
        "atexit.register(lambda: sys.stderr.write(repr([m for m in heavy if m in sys.modules])))\n"
    )
    time.sleep(0.1)
    harness(*command, paths=(tmp_path,))
    third = harness(*command, paths=(tmp_path,))
    assert third.out == first.out
    assert third.err == "[]"
