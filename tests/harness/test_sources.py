from __future__ import annotations

from pathlib import Path

import pytest

from harness import sources
from harness.errors import BadInput

counter = iter(range(1000))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Path]:
    """Return name and folder of a fresh package on the path."""
    name = f"made_plugin_{next(counter)}"
    folder = tmp_path / "src" / name
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(folder.parent))
    return name, folder


def closure_of(package: tuple[str, Path], text: str, **others: str) -> set[str]:
    name, folder = package
    (folder / "main.py").write_text(text)
    for module, content in others.items():
        (folder / f"{module}.py").write_text(content)
    found = sources.trace(f"{name}.main")
    return {m.removeprefix(f"{name}.") for m in found.modules} - {name, "main"}


@pytest.mark.parametrize(
    "text",
    [
        "import {p}.helper",
        "import {p}.helper as h",
        "from {p} import helper",
        "from {p}.helper import thing",
        "from . import helper",
        "from .helper import thing",
        "def f():\n    from .helper import thing",
        "async def f():\n    import {p}.helper",
        "class A:\n    from . import helper",
        "try:\n    from . import helper\nexcept ImportError:\n    helper = None",
        "if True:\n    from . import helper",
        "import importlib\nimportlib.import_module('{p}.helper')",
        "from importlib import import_module\nimport_module('.helper', __package__)",
        "__import__('{p}.helper')",
        "from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n    from . import helper",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    pass\nelse:\n    from . import helper",
        "from . import middle",
    ],
)
def test_whatever_way_a_helper_is_imported_it_counts(package: tuple[str, Path], text: str) -> None:
    middle = "def f():\n    from . import helper"
    others = {"helper": "thing = 1", "middle": middle, "unrelated": ""}
    found = closure_of(package, text.replace("{p}", package[0]), **others)
    assert "helper" in found
    assert "unrelated" not in found


@pytest.mark.parametrize("test", ["TYPE_CHECKING", "typing.TYPE_CHECKING"])
def test_imports_for_the_type_checker_do_not_count(package: tuple[str, Path], test: str) -> None:
    text = f"import typing\nfrom typing import TYPE_CHECKING\nif {test}:\n    from . import helper"
    assert closure_of(package, text, helper="") == set()


def test_the_package_init_and_what_it_imports_count(package: tuple[str, Path]) -> None:
    name, folder = package
    (folder / "__init__.py").write_text("from .helper import thing")
    assert closure_of(package, "", helper="thing = 1") == {"helper"}
    assert name in sources.closure(f"{name}.main")


def test_a_relative_import_in_a_subpackage_reaches_up(package: tuple[str, Path]) -> None:
    name, folder = package
    deep = folder / "deep"
    deep.mkdir()
    (deep / "__init__.py").write_text("from .. import helper\nfrom .near import x")
    (deep / "near.py").write_text("from ..other import y")
    for module in ("helper", "other"):
        (folder / f"{module}.py").write_text("")
    found = sources.closure(f"{name}.deep")
    assert set(found) == {name, *(f"{name}.{m}" for m in ("deep", "deep.near", "helper", "other"))}


def test_imports_in_a_circle_end(package: tuple[str, Path]) -> None:
    found = closure_of(package, "from . import a", a="from . import b", b="from . import a, main")
    assert found == {"a", "b"}


def test_a_neighbour_package_without_init_counts(package: tuple[str, Path], tmp_path: Path) -> None:
    shared = tmp_path / "src" / f"shared_{package[0]}"
    shared.mkdir()
    (shared / "tools.py").write_text("x = 1")
    name, folder = package
    (folder / "main.py").write_text(f"from {shared.name}.tools import x")
    assert f"{shared.name}.tools" in sources.closure(f"{name}.main")


def test_installed_packages_are_named_and_not_entered(
    package: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever an installer put them: a base environment and a user's site count as well."""
    elsewhere = tmp_path / "user" / "site-packages"
    installed = f"installed_{package[0]}"
    elsewhere.mkdir(parents=True)
    (elsewhere / f"{installed}.py").write_text("this does not parse")
    monkeypatch.syspath_prepend(str(elsewhere))
    name, folder = package
    (folder / "main.py").write_text(f"import json, numpy.linalg\nimport {installed}\nimport toys")
    found = sources.trace(f"{name}.main")
    assert {"numpy", installed} <= set(found.packages)
    assert "json" not in found.packages
    assert not any(m.startswith(("numpy", "json", installed)) for m in found.modules)
    assert {"toys", "harness.method"} <= set(found.modules)


def test_a_file_that_does_not_parse_is_named_with_its_line(package: tuple[str, Path]) -> None:
    with pytest.raises(BadInput, match=r"helper\.py: line 2"):
        closure_of(package, "from . import helper", helper="x = 1\ndef (")


@pytest.mark.parametrize("module", ["no_such_module_anywhere", "math", "", "os.path.nothing"])
def test_a_module_without_source_is_bad_input(module: str) -> None:
    with pytest.raises(BadInput, match="has no source file"):
        sources.closure(module)


def test_edited_names_what_is_no_longer_the_same(package: tuple[str, Path]) -> None:
    name, folder = package
    closure_of(package, "from . import helper", helper="x = 1")
    digests = sources.closure(f"{name}.main")
    assert sources.edited(digests) == []
    (folder / "helper.py").write_text("x = 2")
    assert sources.edited(digests) == [f"{name}.helper"]
    (folder / "helper.py").unlink()
    assert sources.edited(digests) == [f"{name}.helper"]


def test_nothing_is_imported_to_find_out(package: tuple[str, Path]) -> None:
    import sys

    closure_of(package, "raise SystemExit\nfrom . import helper", helper="raise SystemExit")
    assert not any(m.startswith(package[0]) for m in sys.modules)
