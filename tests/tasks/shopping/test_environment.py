"""Pages, actions and where they lead, as in the released text environment."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.tasks.shopping.environment import ShoppingEpisode, parse_action
from harness.tasks.webshop import WebShop


def _episode(folder: Path, **options: Any) -> ShoppingEpisode:
    task = WebShop(WebShop.Config(data=folder, **options))
    episode: ShoppingEpisode = task.load().inputs[0]
    return episode


def _walk(episode: ShoppingEpisode, *actions: str) -> Any:
    environment = episode.start()
    seen = environment.reset()
    for action in actions:
        seen = environment.step(action)
    return seen


SEARCH = "search[face cream number3]"
OPEN = "click[b000000003]"


def test_the_way_to_a_purchase_in_text(shop_folder: Path) -> None:
    episode = _episode(shop_folder)
    goal = episode.goal
    environment = episode.start()
    seen = environment.reset()
    assert seen.text == f"WebShop [SEP] Instruction: [SEP] {goal} [SEP] Search"
    assert seen.actions == (f"search[{goal}]",)
    seen = environment.step("search[Face Cream number3]")
    assert seen.text.startswith(
        f"Instruction: [SEP] {goal} [SEP] Back to Search [SEP] Page 1 (Total results: 12) [SEP] "
        "Next > [SEP] B000000003 [SEP] Face Cream number3 [SEP] $25.0 [SEP] "
    )
    assert seen.actions[:3] == ("click[back to search]", "click[next >]", OPEN)
    assert len(seen.actions) == 12
    seen = environment.step("click[B000000003]")
    assert seen.text == (
        f"Instruction: [SEP] {goal} [SEP] Back to Search [SEP] < Prev [SEP] color [SEP] navy blue "
        "[SEP] red | white [SEP] size [SEP] 2 pack [SEP] Face Cream number3 [SEP] Price: $25.0 "
        "[SEP] Rating: N.A. [SEP] Description [SEP] Features [SEP] Reviews [SEP] Buy Now"
    )
    assert seen.actions == (
        "click[back to search]",
        "click[< prev]",
        "click[description]",
        "click[features]",
        "click[reviews]",
        "click[buy now]",
        "click[navy blue]",
        "click[red | white]",
        "click[2 pack]",
    )
    assert environment.step("click[navy blue]").reward == 0
    seen = environment.step("click[Buy Now]")
    assert (seen.reward, seen.done, seen.actions) == (1.0, True, ())
    assert (
        seen.text
        == (
            "Thank you for shopping with us! [SEP] Your code: [SEP] None [SEP] (Paste it in your MTurk "
            "interface.) [SEP] Purchased [SEP] asin [SEP] B000000003 [SEP] options [SEP] "
            '{"color": "navy blue"} [SEP] attrs [SEP] None [SEP] category [SEP] None [SEP] query [SEP] '
            "None [SEP] product category [SEP] None [SEP] Target [SEP] asin [SEP] options [SEP] attrs "
            "[SEP] price upper [SEP] instuction text [SEP] category [SEP] product category [SEP] query "  # codespell:ignore
            "[SEP] Goal [SEP] None [SEP] Reward [SEP] Your score (min 0.0, max 1.0) [SEP] 1.0 [SEP] "
            "Reward Details [SEP] None"
        )
    )
    assert environment.purchase is not None
    assert environment.purchase.options == {"color": "navy blue"}
    assert environment.step("click[back to search]").done, "an ended episode stays ended"


def test_rich_text_marks_what_can_be_clicked(shop_folder: Path) -> None:
    episode = _episode(shop_folder, observation="text_rich")
    goal = episode.goal
    assert _walk(episode).text == f"WebShop\nInstruction:\n{goal}\n[button] Search [button_]\n"
    assert "\n\n[button] B000000003 [button_]\nFace Cream" in _walk(episode, SEARCH).text
    seen = _walk(episode, SEARCH, OPEN, "click[navy blue]")
    assert seen.text.startswith(f"You have clicked navy blue.\nInstruction:\n{goal}\n")
    assert "  [clicked button] navy blue [clicked button_]\n  [button] red | white" in seen.text
    seen = _walk(episode, SEARCH, OPEN, "click[navy blue]", "click[2 pack]")
    assert seen.text.startswith("You have clicked 2 pack.\nYou have clicked navy blue.\n")
    back = _walk(episode, SEARCH, OPEN, "click[< prev]")
    assert "\n[clicked button] B000000003 [clicked button_]\n" in back.text


def test_pages_of_results(shop_folder: Path) -> None:
    episode = _episode(shop_folder)
    second = _walk(episode, SEARCH, "click[next >]")
    assert "Page 2 (Total results: 12) [SEP] < Prev [SEP] B0" in second.text
    assert _walk(episode, SEARCH, "click[next >]", "click[< prev]") == _walk(episode, SEARCH)
    assert _walk(episode, SEARCH, "click[next >]", "click[next >]") == second
    assert "Page 1 (Total results: 0)" in _walk(episode, "search[piano]").text
    assert _walk(episode, SEARCH, "click[back to search]") == _walk(episode)


def test_sub_pages_and_back(shop_folder: Path) -> None:
    episode = _episode(shop_folder)
    item = _walk(episode, SEARCH, OPEN, "click[navy blue]")
    told = f"Instruction: [SEP] {episode.goal} [SEP] Back to Search [SEP] < Prev [SEP] "
    for button, text in (
        ("description", "rich cream"),
        ("features", "Long Lasting moisture"),
        ("reviews", "No Reviews"),
    ):
        way = (SEARCH, OPEN, "click[navy blue]", f"click[{button}]")
        assert _walk(episode, *way).text == told + text
        assert _walk(episode, *way, "click[< prev]") == item
    assert "Attributes" not in item.text
    shown = _episode(shop_folder, show_attributes=True)
    assert "fragrance free" in _walk(shown, SEARCH, OPEN, "click[attributes]").text


def test_going_back_to_results_forgets_options(shop_folder: Path) -> None:
    bought = _walk(
        _episode(shop_folder),
        SEARCH,
        OPEN,
        "click[navy blue]",
        "click[< prev]",
        OPEN,
        "click[buy now]",
    )
    assert "options [SEP] {} [SEP]" in bought.text
    assert bought.reward == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "action",
    [
        "buy now", "click", "click[]", "click[piano]", "click[buy now]", "click[search]", "search[]",
        "think[well]", "", "Search[x]", "click [b000000003]", "click[description]", "click[< prev]",
    ],
)  # fmt: skip
def test_impossible_actions_change_nothing(shop_folder: Path, action: str) -> None:
    episode = _episode(shop_folder)
    assert _walk(episode, action) == _walk(episode)
    assert _walk(episode, action).reward == 0


def test_search_only_at_the_search_bar_unless_asked(shop_folder: Path) -> None:
    way = (SEARCH, "search[lamp]")
    assert _walk(_episode(shop_folder), *way) == _walk(_episode(shop_folder), SEARCH)
    anywhere = _episode(shop_folder, search_anywhere=True)
    assert _walk(anywhere, *way) == _walk(anywhere, "search[lamp]")


def test_the_official_action_pattern() -> None:
    assert parse_action("click[a | b]") == ("click", "a | b")
    assert parse_action("search[red] now") == ("search", "red")
    assert parse_action("search[a[b]]") == ("search[a", "b]")
    assert parse_action("search") == ("search", None)
    assert parse_action("[x]") == ("[x]", None)


@settings(deadline=None)  # the first example reads the shop
@given(
    st.lists(st.text(max_size=12) | st.sampled_from([SEARCH, OPEN, "click[next >]"]), max_size=6)
)
def test_no_text_breaks_a_session(actions: list[str]) -> None:
    episode = WebShop(WebShop.Config(episodes=1)).load().inputs[0]
    seen = _walk(episode, *actions)
    assert seen.actions
    assert not seen.done


def test_episodes_travel_as_their_files(shop_folder: Path) -> None:
    episode = _episode(shop_folder)
    sent = pickle.dumps(episode)
    assert len(sent) < 2000
    assert _walk(pickle.loads(sent), SEARCH, OPEN) == _walk(episode, SEARCH, OPEN)
