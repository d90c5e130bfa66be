"""Reads the session logs of WebShop's web application: page views, turned back into actions.

jsonl, a page view a line, with ``page`` (``index``, ``search_results``, ``item_page``,
``item_sub_page``, ``done``), ``url``, ``goal`` and ``content``; one file may hold many sessions. People
also used their browser's buttons and opened several pages side by side: where a view does not follow
from the one before by one action, the actions that lead to it from there are put in between.
"""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from harness.kinds.episodes import Episode, Trajectory
from harness.tasks.submissions.recordings import Recordings, stated_reward
from harness.tasks.understanding.records import Record, show

_PAGES = 100
"""Far beyond any search's last page, which people turned over, too."""
_SUB_PAGE = 5
"""Where an address tells which sub page: /item_sub_page/SESSION/ASIN/KEYWORDS/PAGE/NAME/OPTIONS."""


def is_session_log(record: Record) -> bool:
    """Tell whether ``record``, a file's first, is a page view."""
    return "page" in record.values and "url" in record.values


def read_sessions(
    path: Path, records: Sequence[Record], episodes: Sequence[Episode], origin: str
) -> list[Trajectory]:
    """Return what was done in each episode, in order.

    A session belongs to the episode it is named after (``fixed_3``) or, with a name of another kind,
    to the one that has its goal's text.

    Args:
        path: The file, for messages.
        records: Its lines.
        episodes: What is scored.
        origin: Where these come from, for messages.

    Raises:
        BadInput: A line is no page view of one of the episodes, or there is not one session for each.
    """
    found = Recordings(path, episodes, origin)
    known = {episode.id for episode in episodes}
    sessions: dict[str, list[Record]] = {}
    for record in records:
        sessions.setdefault(_session(record), []).append(record)
    for name, views in sessions.items():
        last = views[-1]
        goal = views[0].inner("goal").get("instruction_text", str) if name not in known else ""
        episode = found.name_of(last, name if name in known else None, goal)
        walk = _Walk()
        for view in views:
            walk.see(view)
        found.add(last, episode, walk.actions, _reward(last))
    return found.in_order()


class _Walk:
    """The actions that lead from view to view.

    Attributes:
        actions: Those taken so far.
    """

    def __init__(self) -> None:
        self.actions: list[str] = []
        self._place: Literal["search", "results", "item", "sub page"] = "search"
        self._words, self._number, self._asin = "", 1, ""
        self._options: dict[str, str] = {}

    def see(self, view: Record) -> None:
        """Do what it takes to see ``view``.

        Raises:
            BadInput: It is no page view of the shop.
        """
        page = view.get("page", str)
        if page == "index":
            self._to_search()
        elif page == "search_results":
            self._to_results(*_results(view))
        elif page == "item_page":
            self._to_item(view, *_results(view))
        elif page == "item_sub_page":
            self._to_item(view, *_results(view))
            self._click(_parts(view)[_SUB_PAGE])
            self._place = "sub page"
        elif page == "done":
            self._to_item(view, self._words, self._number)
            self._click("buy now")
        else:
            view.reject(f"the page is {show(page)}, none of the shop's")

    def _click(self, text: str) -> None:
        self.actions.append(f"click[{text.lower()}]")

    def _to_search(self) -> None:
        if self._place != "search":
            self._click("back to search")
        self._place, self._options = "search", {}

    def _to_results(self, words: str, number: int) -> None:
        if self._place == "search" or words != self._words:
            self._to_search()
            self.actions.append(f"search[{words}]")
            self._words, self._number = words, 1
        if self._place == "sub page":
            self._click("< prev")
        if self._place in ("sub page", "item"):
            self._click("< prev")
        self._place, self._options = "results", {}
        turn, step = ("next >", 1) if number > self._number else ("< prev", -1)
        while self._number != number:
            self._click(turn)
            self._number += step

    def _to_item(self, view: Record, words: str, number: int) -> None:
        content = view.inner("content")
        asin, options = content.get("asin", str), _options(content)
        if self._place == "sub page" and asin == self._asin:
            self._click("< prev")
            self._place = "item"
        shown = self._place == "item" and asin == self._asin
        # An option cannot be taken back, only forgotten.
        if not shown or set(self._options) - set(options):
            self._to_results(words, number)
            self._click(asin)
            self._place, self._asin = "item", asin
        for name, value in options.items():
            if self._options.get(name) != value:
                self._click(value)
        self._options = options


def _parts(view: Record) -> list[str]:
    """Return the parts of a view's address, the page's kind first, from index 0 on."""
    url = view.get("url", str)
    try:
        parts = [unquote(part) for part in urlsplit(url).path.split("/")[1:]]
    except ValueError:
        parts = []
    if len(parts) <= (_SUB_PAGE if view.values.get("page") == "item_sub_page" else 0):
        view.reject(f"the url {show(url)} is no address of the shop")
    return parts


def _session(view: Record) -> str:
    """Return the session's name, the second part of every address but that of the first page."""
    parts = _parts(view)
    return parts[1] if len(parts) > 1 else parts[0]


def _results(view: Record) -> tuple[str, int]:
    """Return the words searched for and the number of the page of results."""
    content = view.inner("content")
    words: Any = content.values.get("keywords")
    number = content.values.get("page")
    try:
        words = literal_eval(words) if isinstance(words, str) else words
        joined, page = " ".join(words).lower(), int(str(number))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        page = 0
    if not 1 <= page <= _PAGES:
        view.reject(
            f"keywords {show(words)} and page {show(number)} are no list of words and page of results"
        )
    return joined, page


def _options(content: Record) -> dict[str, str]:
    options: Mapping[str, Any] = content.get("options", dict)
    for name, value in options.items():
        if not isinstance(value, str):
            content.reject(f"option {show(name)} is {show(value)}, expected text")
    return dict(options)


def _reward(last: Record) -> float | None:
    """Return the reward of the purchase, None where the session ended without one."""
    reward = last.values.get("reward")
    return None if reward is None else stated_reward(last, reward)
