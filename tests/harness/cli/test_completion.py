from __future__ import annotations

import pytest
from spine import Command


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell(shell: str, command: Command) -> None:
    answer = command("completion", shell)
    assert answer.code == 0
    assert "_HARNESS_COMPLETE" in answer.out
