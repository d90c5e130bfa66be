"""TextWorld's PDDL environment, its texts written without parsing the same templates again.

TextWorld parses a game's grammar at every load, every template and every query of it at every use,
and copies all variables for each part of a sentence; that is nearly all of an episode's time. Here
each is parsed once in a process, by TextWorld's own parsers, and variables are shared, as nothing
writes to them. The tests compare with TextWorld's own texts. Nothing of TextWorld is replaced:
:func:`world` returns a subclass of its environment with a logic of the same form.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

_TASK = re.compile(r'("task":\s*\[\s*\{\s*"rhs":\s*")([^"\\]*)("\s*\}\s*\])')
"""The one rule of a grammar that is a game's own; the middle group is its text."""

_TEMPLATES = 4096
"""Most templates remembered, for data with ever new ones; ALFWorld's has about a hundred."""

Context = Mapping[str, Any]
"""TextWorld's: ``state``, ``variables`` (name to entity), ``mapping`` (placeholder to variable), ..."""


class Texts:
    """A grammar that writes what TextWorld's ``ContextSensitiveGrammar`` would."""

    def __init__(self, rules: Mapping[str, Sequence[Any]]) -> None:
        """Take ``rules``, production rules by the symbol they expand."""
        self._rules = rules

    def derive(self, start: str, context: Context) -> str:
        """Return ``start`` with its symbols expanded by the first rule that applies to each.

        Raises:
            KeyError: A symbol has no rule.
            IndexError: None of a symbol's rules applies.
        """
        return "".join(self._written(_symbols(start), context))

    def _written(self, symbols: Sequence[Any], context: Context) -> Iterator[str]:
        for symbol in symbols:
            kind = type(symbol).__name__
            if kind == "TerminalSymbol":
                yield str(symbol.symbol)
            elif kind == "NonterminalSymbol":
                yield from self._expanded(symbol.symbol, context)
            elif kind == "ListSymbol":
                yield from self._listed(self._alternatives(symbol.symbol, context), context)
            else:
                yield from self._alternatives(symbol, context)

    def _expanded(self, name: str, context: Context) -> Iterator[str]:
        applicable = [r for r in self._rules[name] if not r.condition or _holds(r, context)]
        return self._written(applicable[0].rhs, context)

    def _alternatives(self, symbol: Any, context: Context) -> list[str]:
        """Return one text for each way in which the symbol's query holds."""
        if type(symbol).__name__ == "EvalSymbol":
            return [str(eval(_code(symbol.expression), {}, dict(context["variables"])))]
        contexts = _answers(symbol.given, context) if symbol.given else [context]
        return ["".join(self._written([symbol.expression], found)) for found in contexts]

    def _listed(self, items: Sequence[str], context: Context) -> Iterator[str]:
        if not items:
            yield from self._expanded("list_empty", context)
        for number, item in enumerate(items):
            if number:
                last = number == len(items) - 1
                yield from self._expanded(
                    "list_last_separator" if last else "list_separator", context
                )
            yield item


def world(infos: Any) -> Any:
    """Return TextWorld's environment for PDDL games, with :class:`Texts` for a grammar."""
    return _world_class()(infos)


@cache
def _world_class() -> Any:
    from textworld.envs.pddl.logic import PddlState
    from textworld.envs.pddl.pddl import PddlEnv

    class World(PddlEnv):
        """Loads as its base does, but for the logic."""

        def load(self, data: Mapping[str, str]) -> None:
            """Load the game ``data``, what its file holds."""
            self._game_file = None
            self._game_data = data
            self.walkthrough = None
            self._logic = _logic(data["pddl_domain"], data["grammar"])
            self._pddl_state = PddlState(self.downward_lib, data["pddl_problem"], self._logic)
            self._entity_infos = self._get_entity_infos()

    return World


def _logic(domain: str, grammar: str) -> Any:
    """Return TextWorld's ``GameLogic``, parsed once for all games that differ in the goal alone."""
    from textworld.logic import TypeHierarchy

    goals = _TASK.findall(grammar)
    parsed = _parsed(_TASK.sub(r"\1\3", grammar) if len(goals) == 1 else grammar)
    logic = copy.copy(parsed)
    logic.domain = domain
    # Loading a problem writes the domain's types into its logic.
    logic.types = TypeHierarchy()
    rules = dict(parsed.grammar._rules)
    if len(goals) == 1:
        rules["task"] = _rules(goals[0][1])
    logic.grammar = Texts(rules)
    return logic


@lru_cache(maxsize=8)
def _parsed(grammar: str) -> Any:
    from textworld.envs.pddl.logic import GameLogic

    return GameLogic(domain="", grammar=grammar)


def _rules(template: str) -> Sequence[Any]:
    from textworld.envs.pddl.textgen import ContextSensitiveGrammar

    rule = json.dumps({"": [{"rhs": template}]})
    found: Sequence[Any] = ContextSensitiveGrammar.parse(rule)._rules[""]
    return found


@lru_cache(maxsize=_TEMPLATES)
def _symbols(template: str) -> Sequence[Any]:
    found: Sequence[Any] = _rules(template)[0].rhs
    return found


@lru_cache(maxsize=_TEMPLATES)
def _query(expression: str) -> Any:
    from textworld.logic import Rule

    return Rule.parse_conjunctive_query(expression)


@lru_cache(maxsize=_TEMPLATES)
def _code(expression: str) -> Any:
    return compile(expression.strip(), "<grammar>", "eval")


def _holds(rule: Any, context: Context) -> bool:
    found = context["state"].all_assignments(_query(rule.condition), context["mapping"])
    return next(iter(found), None) is not None


def _answers(expression: str, context: Context) -> list[Context]:
    """Return ``context`` extended by each assignment that makes ``expression`` true, in order."""
    named = context["entity_infos"]
    answers: list[Context] = []
    for mapping in context["state"].all_assignments(_query(expression), context["mapping"]):
        found = {placeholder.name: named[var.name] for placeholder, var in mapping.items()}
        answers.append(
            {
                **context,
                "variables": {**context["variables"], **found},
                "mapping": dict(mapping),
            }
        )
    return answers
