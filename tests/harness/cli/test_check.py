from __future__ import annotations

import json
import signal
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from harness import cli, registry
from harness.errors import ExitCode
from harness.execute import Job, execute
from harness.executors import Finished

PLUGIN = '''
import time
import numpy as np
import harness.config
from harness.errors import Unavailable
from harness.kinds.detection import Detections
from harness.method import Method


class Plugin(Method):
    """Keeps boxes whose score is above a threshold that decays with 1 / sigma."""

    name = "plugin"
    kinds = ("detection",)

    class Config(harness.config.Config):
        sigma: float = 0.5
        work_s: float = 0.0

    def predict(self, inputs, run):
        {body}
        time.sleep(self.config.work_s)
        threshold = 0.5 * np.exp({sign} / self.config.sigma)
        for item in inputs:
            kept = item.scores > threshold
            yield Detections(item.image_id, item.boxes[kept], item.scores[kept], item.labels[kept])
'''

SWEEP = """
methods: [{name: "gated_plugin:Plugin"}]
tasks: ["toys:Counting"]
seeds: [0, 1]
"""


class InProcess:
    """Runs jobs here and now, for tests of what is no matter of processes."""

    def __init__(self, slots: int) -> None:
        self._jobs: list[Job] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._jobs.clear()

    def submit(self, job: Job) -> None:
        self._jobs.append(job)

    def events(self) -> Iterator[Finished]:
        while self._jobs:
            job = self._jobs.pop(0)
            yield Finished(job, execute(job))


class Gate:
    """A folder with a plug-in, a sweep file and a baseline; runs the command there."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str], patch: Any) -> None:
        self.folder, self._capfd, self._patch = folder, capfd, patch
        self.baseline = folder / "baseline.json"
        self.plugin()
        (folder / "sweep.yaml").write_text(SWEEP)

    def plugin(self, sign: str = "-1.0", body: str = "pass") -> None:
        # Python tells a stale .pyc by whole seconds and size; a comment makes every size differ.
        text = PLUGIN.format(sign=sign, body=body)
        file = self.folder / "gated_plugin.py"
        before = file.stat().st_size if file.exists() else 0
        file.write_text(text + "#" * max(0, before + 1 - len(text)) + "\n")
        sys.modules.pop("gated_plugin", None)

    def __call__(self, *options: str) -> tuple[int, str, str]:
        """Return exit code, standard output and standard error."""
        words = ["harness", "check", "--baseline", str(self.baseline), *options]
        self._patch.setattr(sys, "argv", words)
        self._capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = self._capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    def make(self, *options: str) -> None:
        suite = ["--suite", str(self.folder / "sweep.yaml")]
        code, _, err = self("--update", *suite, *(options or ("--no-timings",)))
        assert code == 0, err

    def pinned(self) -> Any:
        return json.loads(self.baseline.read_text())


@pytest.fixture
def gate_with_workers(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Gate:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setenv("HARNESS_COMMAND", "a test")
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))
    monkeypatch.syspath_prepend(str(tmp_path))
    return Gate(tmp_path, capfd, monkeypatch)


@pytest.fixture
def gate(gate_with_workers: Gate, monkeypatch: pytest.MonkeyPatch) -> Gate:
    monkeypatch.setattr(registry.executors, "load", lambda name: InProcess)
    return gate_with_workers


def test_a_negated_sign_is_caught_and_reported(gate_with_workers: Gate) -> None:
    gate = gate_with_workers
    gate.make()
    code, out, _ = gate()
    assert (code, out) == (ExitCode.OK, "not worse: 2 not worse, 1 skipped\n")

    gate.plugin(sign="+1.0")
    files = {"--junit": gate.folder / "j.xml", "--markdown": gate.folder / "m.md"}
    code, out, _ = gate(*(str(word) for pair in files.items() for word in pair))
    assert code == ExitCode.REGRESSION
    (line,) = [line for line in out.splitlines() if "kept" in line]
    assert line.split("kept")[1].split()[2:6] == ["100", "0", "-100", "1e-07"]
    assert "worse" in line
    suite = ET.parse(files["--junit"]).getroot()[0]
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == list("3101")
    assert files["--markdown"].read_text().startswith("### harness check: worse: 1 worse")


def test_an_update_tells_what_it_costs_and_what_is_better_hints_at_one(gate: Gate) -> None:
    gate.make()
    gate.plugin(sign="+1.0")
    code, out, err = gate("--update", "--no-timings")
    assert code == 0
    assert "worse" in out
    assert "wrote" in err
    gate.plugin(sign="-1.0")
    code, out, _ = gate()
    assert code == ExitCode.OK
    assert "better" in out
    assert "--update" in out


def test_a_crash_is_worse_and_a_missing_package_cannot_tell(gate: Gate) -> None:
    gate.make()
    before = gate.baseline.read_bytes()
    gate.plugin(body='raise ValueError("the plug-in broke")')
    code, out, _ = gate("--json")
    rows = json.loads(out)
    assert code == ExitCode.REGRESSION
    assert [(r["metric"], r["verdict"]) for r in rows] == [("runs", "worse")]
    assert "the plug-in broke" in rows[0]["reason"]
    code, _, err = gate("--update")
    assert code == ExitCode.CELL_FAILED
    assert "stays as it was" in err
    gate.plugin(body="1 +")
    code, out, _ = gate()
    assert code == ExitCode.REGRESSION
    assert "gated_plugin" in out
    assert gate.baseline.read_bytes() == before

    gate.plugin(body='raise Unavailable("needs a moon: fetch one")')
    code, out, _ = gate()
    assert code == ExitCode.CANNOT_TELL
    assert "needs a moon" in out


def test_other_data_cannot_be_compared(gate: Gate) -> None:
    (gate.folder / "count.txt").write_text("4")
    (gate.folder / "sweep.yaml").write_text(
        SWEEP.replace('"toys:Counting"', '{name: "toys:Counting", config: {data: count.txt}}')
    )
    gate.make()
    assert gate.pinned()["cells"][0]["task_config"] == {"data": "./count.txt"}
    assert gate()[0] == ExitCode.OK
    (gate.folder / "count.txt").write_text("5")
    code, out, _ = gate()
    assert code == ExitCode.CANNOT_TELL
    assert "not those of the baseline" in out
    (gate.folder / "count.txt").unlink()
    code, out, _ = gate()
    assert code == ExitCode.CANNOT_TELL
    assert "count.txt" in out


def test_times_are_pinned_in_multiples_of_the_reference(gate: Gate) -> None:
    gate.baseline.write_text('{"rules": {"timed_runs": 6}}')
    (gate.folder / "sweep.yaml").write_text(
        SWEEP.replace('"gated_plugin:Plugin"', '"gated_plugin:Plugin", config: {work_s: 0.1}')
    )
    gate.make("--quiet")
    said = gate.pinned()
    (cell,) = said["cells"]
    assert said["rules"]["timed_runs"] == 6
    assert cell["untimed"] or len(cell["timing"]["ratios"]) == 6
    assert "sort" in said["made_with"]["reference"]
    code, out, _ = gate("--no-timings", "--json")
    assert code == ExitCode.OK, out
    assert json.loads(out)[-1]["verdict"] == "skipped"


def test_nothing_is_never_a_pass(gate: Gate) -> None:
    gate.baseline.write_text('{"cells": []}')
    junit = gate.folder / "j.xml"
    code, out, _ = gate("--junit", str(junit))
    assert code == ExitCode.CANNOT_TELL
    assert "pins no cell" in out
    assert ET.parse(junit).getroot().get("errors") == "1"
    gate.baseline.write_text("{}")
    assert gate()[0] == ExitCode.CANNOT_TELL
    code, _, err = gate("--update")
    assert code == ExitCode.CANNOT_TELL
    assert "nothing to pin" in err
    assert gate.baseline.read_text() == "{}"


def test_a_suite_that_was_never_run_is_no_pass(gate: Gate) -> None:
    cell = {"method": "gated_plugin:Plugin", "task": "toys:Counting", "seeds": [0]}
    gate.baseline.write_text(json.dumps({"cells": [cell]}))
    assert gate()[0] == ExitCode.CANNOT_TELL


def test_records_can_be_kept_and_none_is_believed(gate: Gate) -> None:
    gate.make()
    shelf = gate.folder / "kept"
    assert gate("--keep", str(shelf))[0] == ExitCode.OK
    assert len(list(shelf.glob("runs/*/*.json"))) == 2
    assert gate("--keep", str(shelf))[0] == ExitCode.OK
    assert len(list(shelf.glob("history/*/*.json"))) == 2


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "no such baseline"),
        (("--suite", "s.yaml"), "--update"),
        (("--update", "--suite", "none.yaml"), "no such config file"),
        (("--update", "--junit", "j.xml"), "leave them out"),
        (("--update", "--jobs", "2", "--suite", "sweep.yaml"), "--no-timings"),
        (("--update", "--no-timings", "--suite", "typo.yaml"), "unknown"),
    ],
)
def test_bad_input_is_one_line(
    gate: Gate, options: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(gate.folder)
    (gate.folder / "typo.yaml").write_text('{methods: [no_such_method], tasks: ["toys:Counting"]}')
    code, out, err = gate(*options)
    assert code == ExitCode.BAD_INPUT
    assert out == ""
    assert says in err
    assert len(err.strip().splitlines()) == 1
    assert not gate.baseline.exists()


def test_a_broken_baseline_is_named_and_can_be_replaced(gate: Gate) -> None:
    gate.baseline.write_text("{")
    code, _, err = gate()
    assert code == ExitCode.BAD_INPUT
    assert "not a baseline" in err
    gate.make()
    assert gate()[0] == ExitCode.OK
