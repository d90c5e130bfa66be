"""Transcripts: kept as JSON, shown as lines."""

from __future__ import annotations

import pytest

from harness import transcript
from harness.errors import BadInput
from harness.kinds.episodes import Step


def test_what_is_written_is_shown() -> None:
    steps = [Step("look", "A lamp.\nA rug.", note="where am I?"), Step("take", "Done.", 1.0)]
    shown = transcript.render(transcript.write("Take the lamp.", "A room.", steps))
    assert shown.splitlines() == [
        "      goal  Take the lamp.",
        "      sees  A room.",
        "    thinks  where am I?",
        "   1. does  look",
        "      sees  A lamp.",
        "            A rug.",
        "   2. does  take",
        "      sees  Done.",
        "    reward  1",
    ]


def test_long_and_empty_texts() -> None:
    shown = transcript.render(transcript.write("", "word " * 60, []))
    assert all(len(line) <= 112 for line in shown.splitlines())
    assert shown.splitlines()[0].strip() == "goal"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"goal": 1, "first": "", "steps": []}', "null"])
def test_what_is_no_transcript(text: str) -> None:
    with pytest.raises(BadInput, match="not in the expected form"):
        transcript.render(text)
