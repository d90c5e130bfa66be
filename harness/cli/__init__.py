"""The ``harness`` command. Every verb is a module of its own, imported when it is called."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Any, NoReturn

import click

from harness._version import __version__
from harness.errors import ExitCode, HarnessError, nearest

VERBS = {
    "run": ("harness.cli.run", "Run methods on tasks and print leaderboard rows."),
    "score": ("harness.cli.score", "Score predictions made elsewhere, to stand beside ours."),
    "sweep": ("harness.cli.sweep", "Run a grid of methods, tasks, options and seeds from a file."),
    "leaderboard": ("harness.reports.cli.leaderboard", "Rank methods on a task."),
    "table": (
        "harness.reports.cli.table",
        "Regenerate a paper's tables: reported beside measured.",
    ),
    "claims": ("harness.reports.cli.claims", "Test the papers' claims and give verdicts."),
    "results": ("harness.reports.cli.results", "Export the store's runs as a table."),
    "compare": ("harness.cli.compare", "Compare two runs on the same examples."),
    "show": ("harness.cli.show", "Show a method, task, kernel or run."),
    "list": ("harness.cli.list", "List methods, tasks, suites, kernels, backbones or executors."),
    "bench": ("harness.cli.bench", "Time a kernel against peers and the roofline."),
    "check": ("harness.cli.check", "Regression gate: worse, not worse, or cannot tell."),
    "validate": ("harness.cli.validate", "Check that a plug-in keeps the contract."),
    "data": ("harness.cli.data", "Say what data a task has, and prepare them."),
    "new": ("harness.cli.new", "Scaffold a method of your own with its test."),
    "doctor": ("harness.cli.doctor", "Say what works here and what is missing."),
    "completion": ("harness.cli.completion", "Print the shell completion script."),
}


class LazyGroup(click.Group):
    """A group that imports a verb's module when the verb is used, and offers near names."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of a user's work."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the verb's command, or None if there is no such verb."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(VERBS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the verb's command; an unknown verb is answered with the nearest one."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            near = nearest(args[0], VERBS)
            remedy = f"did you mean {near[0]!r}?" if near else "see `harness --help`"
            ctx.fail(f"unknown command {args[0]!r}: {remedy}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; that its reader goes away is no failure, as which click would report it."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            return _reader_gone()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])


EPILOG = """\b
Examples:
  harness run --method soft_nms --task coco
  harness leaderboard --task coco
  harness table soft_nms
  harness bench soft_nms

\b
Exit status: 0 fine, 1 a cell failed, 2 usage or bad input, 3 a missing extra,
device or data set, 4 regression, 5 nothing ran or cannot tell, 130 interrupted.
"""


@click.group(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, "-V", "--version", prog_name="harness")
def cli() -> None:
    """Does this paper's method really work, on my task, and what does it cost?"""


def main() -> NoReturn:
    """Run the command line and exit with one of :class:`harness.errors.ExitCode`."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    os.environ.setdefault("HARNESS_COMMAND", " ".join(["harness", *sys.argv[1:]]))
    sys.exit(_run())


def _run() -> int:
    try:
        code = cli.main(standalone_mode=False, prog_name="harness")
        sys.stdout.flush()
        return code if isinstance(code, int) else ExitCode.OK
    except HarnessError as error:
        _say(str(error))
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.BAD_INPUT
    except click.UsageError as error:
        context = error.ctx.command_path if error.ctx else "harness"
        _say(f"{_one_line(error)} (see `{context} --help`)")
        return ExitCode.BAD_INPUT
    except click.ClickException as error:
        _say(_one_line(error))
        return ExitCode.BAD_INPUT
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted; the same command resumes")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _reader_gone()


def _reader_gone() -> int:
    """Say nothing more: the reader of our output went away (`harness list | head`), as it may."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.OK


def _one_line(error: click.ClickException) -> str:
    return " ".join(error.format_message().split())


def _say(message: str) -> None:
    click.echo(f"harness: {message}", err=True)


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    """Treat SIGTERM as Ctrl-C: keep what is done, say why the rest is not."""
    raise KeyboardInterrupt
