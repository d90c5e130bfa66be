from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import toys
from hypothesis import given
from hypothesis import strategies as st

from harness import config
from harness.errors import BadInput, UnknownName
from harness.specs import Request

keys = st.text(st.characters(exclude_characters="=", exclude_categories=["Cs"])).filter(str.strip)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(keys, values)
def test_a_json_value_comes_back(key: str, value: Any) -> None:
    assert config.parse_assignments([f"{key}={json.dumps(value)}"]) == {key.strip(): value}


@given(st.text())
def test_any_text_is_a_value_or_one_clear_line(text: str) -> None:
    if text.partition("=")[1] and text.partition("=")[0].strip():
        assert list(config.parse_assignments([text])) == [text.partition("=")[0].strip()]
    else:
        with pytest.raises(BadInput, match="key=value") as raised:
            config.parse_assignments([text])
        assert "\n" not in str(raised.value)


def test_the_value_may_hold_equals_signs_and_the_last_one_wins() -> None:
    assert config.parse_assignments(["a=b=c", "x=1", "x=2"]) == {"a": "b=c", "x": 2}
    assert config.parse_assignments(["x=" + "[" * 100_000])["x"].startswith("[[")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_must_be_finite(text: str) -> None:
    overrides = config.parse_assignments([f"share={text}"])
    with pytest.raises(BadInput, match="finite"):
        config.build(toys.Echo.Config, overrides, owner="method echo")
    with pytest.raises(BadInput, match="finite"):
        Request(method="m", task="t", overrides=overrides)
    with pytest.raises(BadInput, match="finite"):
        Request(method="m", task="t", task_overrides={"deep": [{"x": overrides["share"]}]})


def resolve(preset: str | None = None, **overrides: Any) -> Any:
    presets = {"half": {"share": 0.5, "noise": "high"}}
    return config.resolve(
        toys.Echo.Config, owner="method echo", presets=presets, preset=preset, overrides=overrides
    )


def test_precedence_is_defaults_preset_what_is_set() -> None:
    assert resolve().share == 1.0
    assert resolve(preset="half").share == 0.5
    both = resolve(preset="half", share=0.125)
    assert (both.share, both.noise) == (0.125, "high")


def test_the_mini_preset_is_always_there_and_unknown_ones_offer_the_nearest() -> None:
    assert resolve(preset="mini").share == 1.0
    with pytest.raises(UnknownName, match="did you mean 'half'"):
        resolve(preset="hlaf")


def test_unknown_keys_offer_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"unknown option of method echo 'shaer'.*'share'"):
        resolve(shaer=1)


@pytest.mark.parametrize("value", [2, -0.1, "much", None, [1], {"x": 1}])
def test_a_wrong_value_is_named_with_its_key_in_one_line(value: Any) -> None:
    with pytest.raises(BadInput, match="method echo: share = ") as raised:
        resolve(share=value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [("c.yaml", "share: 0.5\n"), ("c.json", '{"share": 0.5}'), ("c.toml", "share = 0.5\n")],
)
def test_the_three_formats_of_config_files(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert config.read_config_file(tmp_path / name) == {"share": 0.5}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("c.yaml", b"a: [1", "at line 1|at line 2"),
        ("c.yaml", b"a: \x00", "not valid YAML"),
        ("c.yaml", b"- 1", "found list"),
        ("c.yaml", b"[]", "found list"),
        ("c.yaml", b"false", "found bool"),
        ("c.yaml", b"1: 2", "no text"),
        ("c.yaml", b"\xff\xfe\xff", "cannot be read"),
        ("c.yaml", b"a: !!python/object/apply:os.system [true]", "not valid YAML"),
        ("c.toml", b"a = ", "not valid TOML"),
    ],
)
def test_a_broken_config_file_is_one_line_naming_it(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=reason) as raised:
        config.read_config_file(tmp_path / name)
    assert str(tmp_path / name) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_no_config_file_an_empty_one_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such config file"):
        config.read_config_file(tmp_path / "none.yaml")
    with pytest.raises(BadInput, match="cannot be read"):
        config.read_config_file(tmp_path)
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    assert config.read_config_file(tmp_path / "empty.yaml") == {}
