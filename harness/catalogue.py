"""What a plug-in says of itself, read from its source without importing it.

A plug-in's class carries its name, title, kinds and requirements as literals, so a listing needs
neither its dependencies nor its import time. The same reading finds plug-ins that cannot load: a
module that is not there, does not parse, or does not define what the entry point names.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any

from harness import sources
from harness.errors import BadInput


def describe(target: str) -> tuple[dict[str, Any], list[str]]:
    """Read the literals of the class or object that an entry point names.

    Args:
        target: ``"package.module:Name"``.

    Returns:
        The facts (attribute name to value; ``doc`` holds the first line of the docstring;
        ``problem`` says why it cannot load, if so) and the source files they were read from.
    """
    module, _, attribute = target.partition(":")
    path = sources.find(module)
    if path is None:
        return {"problem": f"no module {module}"}, []
    files = [str(path)]
    try:
        facts = _facts(module, attribute, files)
    except SyntaxError as error:
        return {"problem": f"{files[-1]}: line {error.lineno}: {error.msg}"}, files
    except (BadInput, OSError, ValueError) as error:
        return {"problem": str(error)}, files
    except RecursionError:
        return {"problem": f"{attribute} of module {module} is defined by itself"}, files
    if facts is None:
        return {"problem": f"module {module} defines no {attribute}"}, files
    missing = _missing_import(module)
    if missing and not facts.get("requires"):
        facts["problem"] = f"module {module} imports {missing}, which is not installed"
    return facts, files


def _missing_import(module: str) -> str | None:
    """Return the first package that ``module`` imports at its top level and nobody installed."""
    path = sources.find(module)
    assert path is not None
    for node in ast.parse(path.read_bytes()).body:
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [node.module]
        for name in names:
            root = name.partition(".")[0]
            if not sources.is_installed(root):
                return root
    return None


def _facts(module: str, attribute: str, files: list[str]) -> dict[str, Any] | None:
    """Return the literals of ``module.attribute``, those of its bases first, or None."""
    path = sources.find(module)
    if path is None:
        return None
    if str(path) not in files:
        files.append(str(path))
    tree = ast.parse(path.read_bytes())
    imports: dict[str, tuple[str, str]] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for alias in node.names:
                imports[alias.asname or alias.name] = (node.module, alias.name)
        elif isinstance(node, ast.ClassDef) and node.name == attribute:
            return _class_facts(node, module, imports, files)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Name) and t.id == attribute for t in targets):
                return _object_facts(node.value)
        elif isinstance(node, ast.FunctionDef) and node.name == attribute:
            return _doc(node)
    if attribute in imports:
        return _facts(*imports[attribute], files)
    return None


def _class_facts(
    node: ast.ClassDef, module: str, imports: Mapping[str, tuple[str, str]], files: list[str]
) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for base in node.bases:
        if isinstance(base, ast.Name):
            facts.update(_facts(*imports.get(base.id, (module, base.id)), files) or {})
    facts.update(_doc(node))
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            names, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            names, value = [statement.target], statement.value
        else:
            continue
        facts.update(_literal(name.id, value) for name in names if isinstance(name, ast.Name))
    return {key: value for key, value in facts.items() if value is not None}


def _object_facts(value: ast.expr | None) -> dict[str, Any]:
    """Return the literal keyword arguments of ``NAME = Something(key=literal, ...)``."""
    if not isinstance(value, ast.Call):
        return {}
    facts = dict(_literal(k.arg, k.value) for k in value.keywords if k.arg)
    return {key: fact for key, fact in facts.items() if fact is not None}


def _literal(name: str, value: ast.expr) -> tuple[str, Any]:
    """Return a literal as it reads after a trip through JSON, None for what is none."""
    try:
        return name, json.loads(json.dumps(ast.literal_eval(value)))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return name, None


def _doc(node: ast.ClassDef | ast.FunctionDef) -> dict[str, Any]:
    text = ast.get_docstring(node) or ""
    return {"doc": text.partition("\n")[0]}
