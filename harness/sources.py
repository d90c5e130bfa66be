"""Which modules a plug-in's results depend on, read from the sources without importing them.

The closure of a module is itself and every project or plug-in module it imports, anywhere in its
text, lazily or not, with the ``__init__`` of each package on the way. Editing one of them changes
the run key; editing any other file does not. Third-party packages in the closure are named, so
that their versions can enter the key.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import harness
from harness.errors import BadInput

OWN_ROOT = "harness"

_FOLDERS_OF_INSTALLERS = {"site-packages", "dist-packages"}


@dataclass(frozen=True, slots=True)
class Closure:
    """What one module depends on.

    Attributes:
        modules: Module name to the SHA-256 of its source, sorted by name.
        files: Module name to its path.
        packages: Import names of third-party packages that any of the modules names, sorted.
    """

    modules: dict[str, str]
    files: dict[str, str]
    packages: tuple[str, ...]


def closure(module: str) -> dict[str, str]:
    """Return module name to source digest for everything ``module`` depends on (see above).

    Raises:
        BadInput: The module has no source file, or one of the sources does not parse.
    """
    return trace(module).modules


def trace(module: str) -> Closure:
    """Return the :class:`Closure` of ``module``.

    Raises:
        BadInput: The module has no source file, or one of the sources does not parse.
    """
    if find(module) is None:
        raise BadInput(f"module {module} has no source file; is its package installed?")
    local_roots = {OWN_ROOT, module.partition(".")[0]}
    modules: dict[str, str] = {}
    files: dict[str, str] = {}
    packages: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in modules:
            continue
        root = name.partition(".")[0]
        if root not in local_roots and not _is_local(root):
            if root not in sys.stdlib_module_names:
                packages.add(root)
            continue
        path = find(name)
        if path is None:
            continue
        source = path.read_bytes()
        modules[name] = hashlib.sha256(source).hexdigest()
        files[name] = str(path)
        parent = name.rpartition(".")[0]
        if parent:
            waiting.append(parent)
        waiting.extend(imported_names(source, name, path))
    return Closure(dict(sorted(modules.items())), files, tuple(sorted(packages)))


def find(module: str) -> Path | None:
    """Return the source file of ``module`` without importing it or its parents, or None."""
    root, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(root)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if spec.submodule_search_locations is None:
        origin = Path(spec.origin) if spec.origin and spec.has_location else None
        return origin if not rest and origin and origin.suffix == ".py" else None
    for location in spec.submodule_search_locations:
        base = Path(location).joinpath(*rest)
        for candidate in (base / "__init__.py", base.with_name(base.name + ".py")):
            if candidate.is_file():
                return candidate
    return None


def edited(digests: Mapping[str, str]) -> list[str]:
    """Return the modules of a :class:`Closure` whose source is no longer what it was."""
    return [
        name
        for name, digest in digests.items()
        if (path := find(name)) is None or hashlib.sha256(path.read_bytes()).hexdigest() != digest
    ]


@cache
def is_installed(root: str) -> bool:
    """Tell whether the top-level name ``root`` can be imported, without importing it."""
    if root in sys.stdlib_module_names or root in sys.modules:
        return True
    try:
        return importlib.util.find_spec(root) is not None
    except (ImportError, ValueError):
        return False


@cache
def _is_local(root: str) -> bool:
    """Tell whether ``root`` is somebody's checkout rather than an installed package."""
    if root in sys.stdlib_module_names:
        return False
    places = _places(root)
    installed = {sysconfig.get_path(kind) for kind in ("purelib", "platlib", "stdlib")}
    return bool(places) and not any(
        place.is_relative_to(folder) or not _FOLDERS_OF_INSTALLERS.isdisjoint(place.parts)
        for place in places
        for folder in installed
    )


def _places(root: str) -> list[Path]:
    """Return where the top-level name ``root`` lies: a file, or the folders of a package."""
    try:
        spec = importlib.util.find_spec(root)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    if spec.submodule_search_locations is not None:
        return [Path(location) for location in spec.submodule_search_locations]
    return [Path(spec.origin)] if spec.origin and spec.has_location else []


def imported_names(source: bytes, module: str, path: Path) -> list[str]:
    """Return every module name that ``source`` may import, ``from a import b`` giving a and a.b.

    Raises:
        BadInput: The source does not parse; file and line are named.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise BadInput(f"{path}: line {error.lineno}: {error.msg}") from None
    except ValueError as error:
        raise BadInput(f"{path}: not Python source: {error}") from None
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    names: list[str] = []
    for node in _running_nodes(tree):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute("." * node.level + (node.module or ""), package)
            names.append(base)
            names.extend(f"{base}.{alias.name}" for alias in node.names if alias.name != "*")
            if base == OWN_ROOT:
                names.extend(_home(alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and _is_import_module(node):
            argument = node.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                names.append(_absolute(argument.value, package))
    return [name for name in names if name]


def _home(name: str) -> str:
    """Return the module that ``from harness import name`` loads, or ``""``."""
    home = harness.HOMES.get(name)
    return f"{OWN_ROOT}.{home}" if home else ""


def _absolute(name: str, package: str) -> str:
    """Return the absolute name of the module that ``name``, perhaps with leading dots, means."""
    rest = name.lstrip(".")
    level = len(name) - len(rest)
    if not level:
        return name
    parts = package.split(".")
    base = ".".join(parts[: len(parts) - (level - 1)])
    return ".".join(part for part in (base, rest) if part)


def _is_import_module(node: ast.Call) -> bool:
    """Tell whether a call is ``import_module(...)`` or ``__import__(...)`` with an argument."""
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in ("import_module", "__import__") and bool(node.args)


def _running_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of ``tree``, without the bodies of ``if TYPE_CHECKING:``."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and _is_type_checking(node.test):
            waiting.extend(node.orelse)
        else:
            waiting.extend(ast.iter_child_nodes(node))


def _is_type_checking(test: ast.expr) -> bool:
    """Tell whether a condition is ``TYPE_CHECKING`` or ``typing.TYPE_CHECKING``."""
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"
