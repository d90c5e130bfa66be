"""Configuration: validated, documented options.

Precedence is defaults < preset < config file < command line. Unknown keys are refused with the
nearest known name. Every plug-in's ``Config`` derives from :class:`Config` here, so types, ranges
and descriptions are declared once and serve validation, ``harness show`` and the run key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import BadInput, UnknownName


class Config(BaseModel):
    """Base of all option sets: frozen, strict about unknown keys, finite numbers only."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True
    )


C = TypeVar("C", bound=Config)


def parse_assignments(pairs: Sequence[str]) -> dict[str, Any]:
    """Parse ``key=value`` pairs; values are JSON where they parse as JSON, else strings.

    Raises:
        BadInput: A pair has no ``=`` or an empty key.
    """
    values: dict[str, Any] = {}
    for pair in pairs:
        key, sep, text = pair.partition("=")
        if not sep or not key.strip():
            raise BadInput(f"cannot read {pair!r}: write it as key=value, for example sigma=0.5")
        try:
            values[key.strip()] = json.loads(text)
        except (json.JSONDecodeError, RecursionError):
            values[key.strip()] = text
    return values


def build(cls: type[C], values: Mapping[str, Any], *, owner: str) -> C:
    """Validate ``values`` into ``cls``.

    Args:
        cls: The option set.
        values: Only what differs from the defaults.
        owner: Whose options these are, for messages (``"method soft_nms"``).

    Raises:
        UnknownName: A key that ``cls`` lacks; the nearest one is offered.
        BadInput: A value of the wrong type or out of range; the message names key and value.
    """
    for key in values:
        if key not in cls.model_fields:
            raise UnknownName(f"option of {owner}", key, cls.model_fields)
    try:
        return cls.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "options"
        reason = first["msg"][:1].lower() + first["msg"][1:]
        raise BadInput(f"{owner}: {key} = {first['input']!r} is not valid: {reason}") from None


def resolve(
    cls: type[C],
    *,
    owner: str,
    presets: Mapping[str, Mapping[str, Any]],
    preset: str | None,
    overrides: Mapping[str, Any],
) -> C:
    """Return the options: defaults, below the preset, below what was set by file or by hand.

    Raises:
        UnknownName: The preset or a key is unknown.
        BadInput: A value does not validate.
    """
    if preset is not None and preset not in presets and preset != "mini":
        raise UnknownName(f"preset of {owner}", preset, {"mini", *presets})
    chosen = presets.get(preset, {}) if preset is not None else {}
    return build(cls, {**chosen, **overrides}, owner=owner)


def read_config_file(path: Path) -> dict[str, Any]:
    """Read a YAML, JSON or TOML mapping.

    Raises:
        BadInput: The file is missing, does not parse (line and column given) or is no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"{path}: no such config file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from None
    data = _parse_toml(text, path) if path.suffix == ".toml" else _parse_yaml(text, path)
    if not isinstance(data, dict):
        raise BadInput(f"{path}: expected a mapping of options, found {type(data).__name__}")
    for key in data:
        if not isinstance(key, str):
            raise BadInput(f"{path}: the option name {key!r} is no text: put it in quotes")
    return data


def _parse_toml(text: str, path: Path) -> Any:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path}: not valid TOML: {error}") from None


def _parse_yaml(text: str, path: Path) -> Any:
    import yaml

    try:
        data = yaml.safe_load(text)
        return {} if data is None else data
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise BadInput(f"{path}: not valid YAML{where}: {error.problem}") from None
    except yaml.YAMLError as error:
        raise BadInput(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from None
