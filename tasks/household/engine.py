"""The engine of ALFWorld's games: TextWorld's PDDL environment under ALFWorld's object names."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from harness.errors import BadInput, Unavailable
from harness.extras import how_to_install
from harness.paths import cache_root
from harness.tasks.household.games import Game
from harness.tasks.household.texts import world

PACKAGES = ("alfworld", "textworld", "fast_downward")
_LOADING = threading.Lock()
_idle: list[Any] = []
"""Planner libraries that closed engines left. They are used again, as TextWorld's own reset does,
and never unloaded: the library leaves a handler that crashes the process at its end if it is gone."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the engine says after a command.

    Attributes:
        text: Its reply.
        commands: The commands that are admissible now, sorted.
        won: Whether the goal holds.
    """

    text: str
    commands: tuple[str, ...]
    won: bool


def require_packages() -> None:
    """Raise :class:`Unavailable`, with the remedy, unless the engine's packages are installed."""
    for package in PACKAGES:
        if find_spec(package) is None:
            raise Unavailable(
                f"ALFWorld's games need the package {package}: "
                + how_to_install(("agents",), "alfworld")
            )
    # On import alfworld makes its data folder, by default in the user's home.
    os.environ.setdefault("ALFWORLD_DATA", str(cache_root() / "alfworld"))


class Engine:
    """One game being played. Engines side by side share nothing; each has its own planner library."""

    def __init__(self, game: Game, *, planning: bool = False) -> None:
        """Load ``game``.

        Args:
            game: The game.
            planning: Whether :meth:`plan` will be called; loading takes twice as long then.

        Raises:
            BadInput: The engine cannot read the game's domain, grammar or problem.
            Unavailable: A package is not installed.
        """
        require_packages()
        import textworld
        from alfworld.agents.environment.alfred_tw_env import AlfredDemangler

        self._where = game.where
        self._planning = planning
        self._translations: dict[bool, Any] = {}
        wanted = textworld.EnvInfos(admissible_commands=True, won=True)
        with self._loading():
            self._world = world(wanted)
            self._free = weakref.finalize(self, _idle.append, self._world.downward_lib)
            self._named = AlfredDemangler(self._world)
            self._named.load(
                {
                    "pddl_domain": game.domain,
                    "grammar": game.grammar,
                    "pddl_problem": game.problem,
                }
            )

    def begin(self) -> Turn:
        """Begin the game, or begin it again."""
        with self._loading():
            return _turn(self._named.reset())

    def act(self, command: str) -> Turn:
        """Do ``command``; one that is not admissible changes nothing, and the engine says so."""
        state, _, _ = self._named.step(command)
        return _turn(state)

    def plan(self) -> tuple[str, ...]:
        """Return commands that win from here, found by Fast Downward; empty if it finds none.

        Raises:
            ValueError: The engine was not made for planning.
        """
        if not self._planning:
            raise ValueError("make the engine with planning=True")
        commands = self._world._pddl_state.replan(self._world._entity_infos)
        return tuple(" ".join(command.split()) for command in commands)

    def close(self) -> None:
        """Leave the planner library to the next engine; this one must not be used afterwards."""
        self._free()

    @contextmanager
    def _loading(self) -> Iterator[None]:
        """Let the engine load cheaply, and keep what loading does to the process in here.

        TextWorld translates the same problem to Fast Downward's format at every load and reset, and
        each time once more in a reduced form for planning; that is most of a short episode's time.
        Play uses the plain translation only, so it stands in for the reduced one unless plans are
        wanted (planning on it would take minutes and gigabytes). The translator captures
        ``sys.stdout`` and overwrites ``sys.argv``, hence the lock, and exits where it cannot parse.
        """
        import fast_downward

        translate, load_library, arguments = (
            fast_downward.pddl2sas,
            fast_downward.load_lib,
            sys.argv,
        )

        def translate_once(domain: str, problem: str, *, optimize: bool = False, **_: Any) -> Any:
            form = optimize and self._planning
            if form not in self._translations:
                self._translations[form] = translate(domain, problem, optimize=form)
            return self._translations[form]

        with _LOADING:
            fast_downward.pddl2sas = translate_once
            fast_downward.load_lib = lambda: _idle.pop() if _idle else load_library()
            try:
                yield
            except (Exception, SystemExit) as error:
                reason = " ".join(str(error).split())[:200] or type(error).__name__
                raise BadInput(
                    f"{self._where}: TextWorld cannot play it: {reason}; fetch the game again"
                ) from None
            finally:
                fast_downward.pddl2sas, fast_downward.load_lib = translate, load_library
                sys.argv = arguments


def _turn(state: Any) -> Turn:
    return Turn(state.feedback, tuple(state["admissible_commands"]), bool(state["won"]))
