"""``harness completion``: the shell completion script."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script for SHELL.

    For bash: eval "$(harness completion bash)".
    """
    from click.shell_completion import get_completion_class

    from harness.cli import cli

    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(cli, {}, "harness", "_HARNESS_COMPLETE").source())
