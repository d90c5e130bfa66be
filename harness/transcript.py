"""Transcripts of episodes: how tasks keep them with a run, and how people read them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import Any

from harness.errors import BadInput
from harness.kinds.episodes import Step

COLUMN = "transcript"
"""The column of a run's per-example table that holds transcripts, one JSON object a row."""

_WIDTH = 100


def write(goal: str, first: str, steps: Sequence[Step]) -> str:
    """Return a transcript as JSON: ``goal``, ``first`` (the first observation) and ``steps``.

    Each step has ``action``, ``observation``, ``reward`` and, where the method left one, ``note``.
    """
    return json.dumps(
        {
            "goal": goal,
            "first": first,
            "steps": [
                {
                    "action": step.action,
                    "observation": step.observation,
                    "reward": step.reward,
                    **({"note": step.note} if step.note else {}),
                }
                for step in steps
            ],
        },
        ensure_ascii=False,
    )


def render(text: str) -> str:
    """Return a transcript written by :func:`write` as lines for people.

    Raises:
        BadInput: ``text`` is no such transcript.
    """
    try:
        kept: dict[str, Any] = json.loads(text)
        lines = [*_block("goal", kept["goal"]), *_block("sees", kept["first"])]
        for number, step in enumerate(kept["steps"], start=1):
            if step.get("note"):
                lines += _block("thinks", step["note"])
            lines += _block(f"{number}. does", step["action"])
            lines += _block("sees", step["observation"])
            if step["reward"]:
                lines += _block("reward", f"{step['reward']:g}")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput("the run's transcript is not in the expected form; use --rerun") from None
    return "\n".join(lines) + "\n"


def _block(label: str, text: str) -> list[str]:
    """Return ``text`` wrapped, its first line behind ``label``, the others below its start."""
    margin = " " * 12
    wrapped = [
        line for part in (text.splitlines() or [""]) for line in textwrap.wrap(part, _WIDTH) or [""]
    ]
    return [f"{label:>10}  {wrapped[0]}", *((margin + line).rstrip() for line in wrapped[1:])]
