"""What the spine's tests share: commands in processes of their own, made-up distributions."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    def rows(self) -> list[dict[str, Any]]:
        """Return the JSON objects on standard output, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


Command = Callable[..., Answer]


def environment(*paths: Path | str, **variables: str) -> dict[str, str]:
    """Return this environment with ``paths`` and the toys on ``PYTHONPATH``."""
    search = os.pathsep.join(str(path) for path in (*paths, HERE))
    return {**os.environ, "PYTHONPATH": search, **variables}


def distribution(
    folder: Path, name: str, points: dict[str, dict[str, str]], **modules: str
) -> Path:
    """Write an installed-looking distribution: metadata with entry points, and its modules."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = []
    for group, named in points.items():
        lines += [f"[{group}]", *(f"{key} = {target}" for key, target in named.items()), ""]
    (info / "entry_points.txt").write_text("\n".join(lines))
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)
    return folder


def wait_for(condition: Callable[[], bool], timeout_s: float = 30) -> None:
    """Wait until ``condition`` holds."""
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)
