from __future__ import annotations

from pathlib import Path

import pytest

from harness.catalogue import describe


@pytest.fixture(autouse=True)
def _on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))


def test_literals_come_from_the_class_and_its_bases_without_importing(tmp_path: Path) -> None:
    (tmp_path / "cat_base.py").write_text(
        "class Base:\n    kinds = ('detection',)\n    title = 'B'\n"
    )
    (tmp_path / "cat_main.py").write_text(
        "from cat_base import Base\nraise SystemExit\n"
        "class Main(Base):\n    '''First line.\n\n    More.'''\n    title: str = 'M'\n    n = 1 + f()\n"
    )
    facts, files = describe("cat_main:Main")
    assert facts == {"kinds": ["detection"], "title": "M", "doc": "First line."}
    assert [Path(f).name for f in files] == ["cat_main.py", "cat_base.py"]


def test_an_object_says_its_literal_arguments(tmp_path: Path) -> None:
    (tmp_path / "cat_object.py").write_text("THING = Kernel(name='x', title='T', make=f)\n")
    assert describe("cat_object:THING")[0] == {"name": "x", "title": "T"}


def test_a_name_that_is_imported_is_followed(tmp_path: Path) -> None:
    (tmp_path / "cat_real.py").write_text("class A:\n    title = 'A'\n")
    (tmp_path / "cat_alias.py").write_text("from cat_real import A as B\n")
    assert describe("cat_alias:B")[0]["title"] == "A"


def test_a_circle_of_imports_ends(tmp_path: Path) -> None:
    (tmp_path / "cat_one.py").write_text("from cat_two import A\n")
    (tmp_path / "cat_two.py").write_text("from cat_one import A\n")
    assert "problem" in describe("cat_one:A")[0]


def test_an_optional_import_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "cat_opt.py").write_text(
        "try:\n    import no_such_thing_q\nexcept ImportError:\n    pass\nclass A:\n    title = 'A'\n"
    )
    assert "problem" not in describe("cat_opt:A")[0]
