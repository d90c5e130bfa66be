"""A toy paper, as its file would hold it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from report_records import METHOD, TASK

from harness.reports.paper import Paper


def content() -> dict[str, Any]:
    """Return the content of a valid paper file."""
    return {
        "method": METHOD,
        "task": TASK,
        "citation": {
            "title": "Steady answers",
            "authors": "Doe, Roe",
            "venue": "Conf",
            "year": 2020,
            "identifier": "arXiv:0000.00000",
        },
        "sources": [
            {"name": "paper", "where": "Table 1"},
            {"name": "memory", "where": "Table 2", "note": "from memory"},
        ],
        "arms": [
            {"name": "soft", "label": "soft answers", "method": METHOD},
            {"name": "hard", "label": "hard", "method": METHOD, "config": {"mode": "hard"}},
            {"name": "weak", "label": "weak", "method": METHOD, "config": {"strength": 0.25}},
        ],
        "tables": [
            {
                "name": "main",
                "title": "main results",
                "arms": ["soft", "hard", "weak"],
                "metrics": [{"metric": "accuracy", "heading": "Acc.", "factor": 100}],
                "reported": [
                    {
                        "setting": "big",
                        "arm": "soft",
                        "source": "paper",
                        "confidence": "seen",
                        "values": {"accuracy": 91.5},
                    },
                    {
                        "setting": "small",
                        "arm": "hard",
                        "source": "memory",
                        "confidence": "recalled, unverified",
                        "values": {"accuracy": 80.1},
                    },
                ],
            }
        ],
        "sweeps": [
            {
                "name": "strength",
                "title": "sensitivity to strength",
                "axis": "strength",
                "metric": {"metric": "accuracy", "heading": "Acc.", "factor": 100},
                "reference": "hard",
                "curves": [
                    {
                        "label": "soft answers",
                        "method": METHOD,
                        "option": "strength",
                        "values": [0.25, 0.5],
                        "default": 0.5,
                    }
                ],
            }
        ],
        "claims": [
            claim("soft beats hard", test="better", arm="soft", than=["hard"]),
            claim("soft beats all", test="better", arm="soft", than=["hard", "weak"]),
            claim("flat", test="equivalent", arm="soft", others=["weak"], margin=0.2),
            {**claim("free", test="none", reason="nobody sells it"), "confidence": "seen"},
        ],
    }


def claim(name: str, **entries: Any) -> dict[str, Any]:
    """Return a claim on accuracy, or one that cannot be tested."""
    metric = {} if entries["test"] == "none" else {"metric": "accuracy"}
    common = {"source": "paper", "confidence": "recalled, unverified"}
    return {"name": name, "text": f"It is said: {name}.", **common, **metric, **entries}


def paper(**changes: Any) -> Paper:
    """Return the toy paper with some entries replaced."""
    return Paper.model_validate({**content(), **changes})


def write_toml(path: Path, entries: dict[str, Any]) -> Path:
    """Write ``entries`` as TOML; inline tables need no more than JSON has."""

    def value(item: Any) -> str:
        if isinstance(item, dict):
            return "{" + ", ".join(f"{json.dumps(k)} = {value(v)}" for k, v in item.items()) + "}"
        if isinstance(item, list):
            return "[" + ", ".join(map(value, item)) + "]"
        return json.dumps(item)

    path.write_text("".join(f"{key} = {value(item)}\n" for key, item in entries.items()))
    return path
