"""Templates of plug-ins, and the code that fills them in."""

from __future__ import annotations

import keyword
import re
from importlib import resources
from pathlib import Path
from string import Template

from harness import kinds, sources
from harness.errors import BadInput
from harness.paths import write_atomically

FILES = {
    "pyproject.toml.tmpl": "pyproject.toml",
    "method_{kind}.py.tmpl": "{name}.py",
    "test_method.py.tmpl": "tests/test_{name}.py",
    "README.md.tmpl": "README.md",
}


def new_method(name: str, kind: str, into: Path) -> list[Path]:
    """Write an installable plug-in with one method and its test.

    Args:
        name: The method's name: lower case, digits and underscores.
        kind: The kind of task it takes.
        into: The folder that the plug-in's folder is made in.

    Returns:
        The files written.

    Raises:
        BadInput: The name is not usable or taken, the folder exists, or it cannot be written.
        UnknownName: No kind is called ``kind``.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise BadInput(f"{name!r} is no method name: use lower case, digits and underscores")
    if sources.is_installed(name):
        raise BadInput(f"a module {name!r} exists already, which the new one would hide: rename it")
    kinds.kind(kind)
    folder = into / name
    if folder.exists():
        raise BadInput(f"{folder} exists already: choose another name or --into another folder")
    values = {
        "name": name,
        "package": name.replace("_", "-"),
        "class_name": _class_name(name, kind),
        "title": name.replace("_", " ").capitalize(),
        "kind": kind,
    }
    written = []
    for template, target in FILES.items():
        text = _template(template.format(kind=kind)).substitute(values)
        path = folder / target.format(**values)
        try:
            write_atomically(path, text.encode(), durable=False)
        except OSError as error:
            raise BadInput(f"{path}: cannot be written: {error.strerror}") from None
        written.append(path)
    return written


def _class_name(name: str, kind: str) -> str:
    """Return ``name`` as a class name that hides nothing the template or Python uses."""
    wanted = "".join(part.capitalize() for part in name.split("_"))
    used = re.findall(r"\w+", _template(f"method_{kind}.py.tmpl").template)
    return f"{wanted}Method" if keyword.iskeyword(wanted) or wanted in used else wanted


def _template(name: str) -> Template:
    return Template(resources.files(__name__).joinpath(name).read_text(encoding="utf-8"))
