from __future__ import annotations

import json

from spine import Command


def test_it_says_what_works_and_what_is_missing(command: Command) -> None:
    answer = command("doctor", "--json")
    report = json.loads(answer.out)
    assert answer.code == 0, [r for r in report["plugins"] if r["state"] == "broken"]
    assert {folder["what"] for folder in report["folders"]} == {"store", "cache"}
    assert all(folder["writable"] for folder in report["folders"])
    for row in report["extras"]:
        assert bool(row["missing"]) == row["install"].startswith("pip install")
    assert "plug-ins:" in command("doctor").out
