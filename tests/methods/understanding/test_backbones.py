from __future__ import annotations

from pathlib import Path

import pytest

from harness import registry
from harness.backbones import Backbone
from harness.errors import Unavailable
from harness.methods.understanding import _backbones

SHIPPED = Backbone(name="mini_decoder", title="", architecture="", parameters=0)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {
        "mini_decoder": registry.Entry("mini_decoder", "some.module:folder", "harness"),
    }
    monkeypatch.setattr(registry.backbones, "entries", lambda: entries)
    monkeypatch.setattr(registry.backbones, "load", lambda name: SHIPPED)


@pytest.mark.usefixtures("registered")
def test_names_of_backbones() -> None:
    assert _backbones.resolve_backbone("mini_decoder") == str(SHIPPED.folder)
    assert _backbones.resolve_backbone(None) == str(SHIPPED.folder)
    assert _backbones.resolve_backbone("google-t5/t5-base") == "google-t5/t5-base"


def test_without_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.backbones, "entries", dict)
    with pytest.raises(Unavailable, match=r"'mini_decoder' is not installed.*--backbone"):
        _backbones.resolve_backbone(None)


def test_what_models_are_made_of(tiny_backbone: Path, tiny_t5: Path, tiny_encoder: Path) -> None:
    assert _backbones.architecture(str(tiny_backbone)) == "decoder"
    assert _backbones.architecture(str(tiny_t5)) == "encoder_decoder"
    assert _backbones.architecture(str(tiny_encoder)) == "encoder"
