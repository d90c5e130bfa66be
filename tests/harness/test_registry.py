from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest
from spine import Command, distribution

from harness.errors import BrokenPlugin, Unavailable, UnknownName
from harness.extras import how_to_install
from harness.registry import GROUPS, Entry, Registry, _merge

GOOD = "from harness.method import Method\nclass M(Method):\n    name = 'good'\n    title = 'Fine'\n    kinds = ('detection',)\n    def predict(self, inputs, run):\n        return []\n"

BROKEN = {
    # name: (source or None for no module, what the listing says or None, what loading says)
    "gone": (None, "no module bp_gone", "no module bp_gone"),
    "syntax": ("x = 1\ndef (", "line 2", "SyntaxError"),
    "needs": ("import no_such_package_qq\nclass M: pass", "no_such_package_qq", "pip install"),
    "inner": ("import bp_inner.sub\nclass M: pass", None, "does not load"),
    "lacks": ("class Other: pass", "defines no M", "has no attribute 'M'"),
    "raises": ("raise RuntimeError('two\\nlines')\nclass M: pass", None, "RuntimeError: two"),
    "quits": ("import sys\nsys.exit('bye')\nclass M: pass", None, "SystemExit: bye"),
    "nulls": ("class M: pass\n\x00", "null bytes", "null bytes"),
    "itself": ("class M(M): pass", "defined by itself", "NameError"),
    "odd": (
        "class M:\n    kinds = {1, 2}\n    title = b'x'\n    name = {[]: 1}",
        None,
        "unhashable",
    ),
}


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return a folder with a distribution for each way to be broken, and a good one."""
    folder = tmp_path / "site"
    for name, (source, _, _) in BROKEN.items():
        modules = {} if source is None else {f"bp_{name}": source}
        distribution(folder, f"broken-{name}", {GROUPS[0]: {name: f"bp_{name}:M"}}, **modules)
    distribution(folder, "good-plugin", {GROUPS[0]: {"good": "bp_good:M"}}, bp_good=GOOD)
    distribution(folder, "thief", {GROUPS[0]: {"nms": "bp_good:M"}})
    return folder


def test_broken_plugins_are_listed_with_their_reasons_and_the_rest_work(
    broken: Path, harness: Command
) -> None:
    # Metadata that cannot be read at all must not keep the rest from being listed either.
    info = broken / "garbled-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: garbled\n")
    (info / "entry_points.txt").write_text("no section\n[harness.methods]\nno equals sign\n")
    answer = harness("list", "methods", "--json", paths=(broken,))
    assert answer.code == 0, answer.err
    rows = {row["name"]: row for row in json.loads(answer.out)}
    assert rows["good"] == {
        "name": "good",
        "title": "Fine",
        "kinds": ["detection"],
        "distribution": "good-plugin",
    }
    assert rows["nms"]["distribution"] == "harness"
    assert "already taken by harness" in rows["thief/nms"]["problem"]
    for name, (_, said, _) in BROKEN.items():
        if said is not None:
            assert said in rows[name]["problem"], name
    text = harness("list", "methods", paths=(broken,))
    assert text.code == 0
    assert "gone (from broken-gone) cannot load: no module bp_gone" in text.err
    assert "Traceback" not in text.err


@pytest.mark.parametrize("name", BROKEN)
def test_loading_a_broken_plugin_is_one_line_with_name_owner_and_reason(
    name: str, broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(broken))
    shelf: Registry[object] = Registry(GROUPS[0], "method")
    owner = f"broken-{name}"
    monkeypatch.setattr(shelf, "entries", lambda: {name: Entry(name, f"bp_{name}:M", owner)})
    with pytest.raises((BrokenPlugin, Unavailable)) as raised:
        shelf.load(name)
    message = str(raised.value)
    assert f"method {name!r} (from {owner})" in message
    assert BROKEN[name][2] in message
    assert "\n" not in message
    assert isinstance(raised.value, Unavailable) == (name == "needs")


def test_a_grid_with_a_broken_plugin_runs_the_rest(broken: Path, harness: Command) -> None:
    text = GOOD.replace("return []", "return toys.Echo().predict(inputs, run)")
    (broken / "bp_good.py").write_text("import toys\n" + text)
    arguments = ("run", "-m", "good,raises", "-t", "toys:Counting", "--json")
    answer = harness(*arguments, paths=(broken,))
    rows = {row["method"]: row for row in answer.rows()}
    assert rows["good"]["status"] == "ok"
    assert rows["raises"]["status"] == "failed"
    assert "RuntimeError: two" in rows["raises"]["reason"]
    assert answer.code == 2


def test_a_distribution_added_to_a_folder_is_noticed(tmp_path: Path, harness: Command) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    time.sleep(0.1)

    def names() -> set[str]:
        return {
            row["name"]
            for row in json.loads(harness("list", "methods", "--json", paths=(folder,)).out)
        }

    assert names() == names()
    distribution(folder, "late", {GROUPS[0]: {"late": "bp_late:M"}}, bp_late=GOOD)
    assert "late" in names()
    for path in (folder / "late-1.0.dist-info").iterdir():
        path.unlink()
    (folder / "late-1.0.dist-info").rmdir()
    assert "late" not in names()


def test_a_direct_target_means_the_module_here_and_not_one_seen_elsewhere(
    tmp_path: Path, harness: Command
) -> None:
    for place, title in (("a", "First"), ("b", "Second")):
        (tmp_path / place).mkdir()
        (tmp_path / place / "mine.py").write_text(GOOD.replace("Fine", title))
    time.sleep(0.1)
    keys = set()
    for place in ("a", "b", "a"):
        arguments = ("run", "-m", "mine:M", "-t", "toys:Counting", "--dry-run")
        answer = harness(*arguments, cwd=tmp_path / place)
        assert answer.code == 0, answer.err
        keys.add(answer.out.split()[0])
    assert len(keys) == 2


def test_unknown_names_offer_the_nearest() -> None:
    from harness import registry

    with pytest.raises(UnknownName, match="unknown method 'nsm': did you mean 'nms'") as raised:
        registry.methods.load("nsm")
    assert "harness list methods" in str(raised.value)


def test_ours_keep_their_names_and_duplicates_of_one_distribution_are_one() -> None:
    rows = [("x", "theirs:X", "aaa"), ("x", "ours:X", "harness"), ("x", "ours:X", "harness")]
    entries = _merge(rows)
    assert list(entries) == ["x", "aaa/x"]
    assert entries["x"].target == "ours:X"
    assert "already taken by harness" in entries["aaa/x"].problem


@pytest.mark.parametrize(
    "target", ["toys:", ":Echo", "toys:Nothing", "toys:np", "os:getcwd", "..x:Y", "a b:c"]
)
def test_a_wrong_direct_target_is_one_clear_line(target: str) -> None:
    from harness.plan import check_compatible

    with pytest.raises(BrokenPlugin) as raised:
        check_compatible(target, "toys:Counting")
    assert "\n" not in str(raised.value)


def test_what_a_plugin_prints_while_imported_stays_off_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from harness import registry

    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "loud_plugin.py").write_text("print('hello')\n" + GOOD)
    registry.methods.load("loud_plugin:M")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "hello\n"
    assert "loud_plugin" in sys.modules


def test_the_line_that_installs_an_extra_writes_its_requirements_out() -> None:
    line = how_to_install(("distributed",), "ray")
    assert line.startswith("pip install ")
    assert '"ray>=' in line
    assert '"submitit>=' in line
    assert how_to_install((), "ray") == "pip install ray"
    assert how_to_install(("no such extra",), "ray") == "pip install ray"
