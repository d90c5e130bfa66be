"""Names of pretrained models: registered ones, folders and names on the hub."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from harness import backbones, registry
from harness.errors import Unavailable
from harness.extras import how_to_install

DEFAULT = "mini_decoder"
"""The backbone a method takes if none is named: a decoder trained on the mini world."""

Architecture = Literal["decoder", "encoder_decoder", "encoder"]


def resolve_backbone(name: str | None) -> str:
    """Return what ``from_pretrained`` loads: a folder, or a name on the hub.

    A registered backbone (group ``harness.backbones``) is a :class:`~harness.backbones.Backbone`;
    any other name is passed through.

    Args:
        name: A registered name, a folder or a name on the hub; None for :data:`DEFAULT`.

    Raises:
        Unavailable: No name was given, and the default is not registered here.
        BrokenPlugin: A registered backbone does not load.
    """
    wanted = name or DEFAULT
    if name is None and DEFAULT not in registry.backbones.names():
        raise Unavailable(
            f"the default backbone {DEFAULT!r} is not installed; name another: --backbone NAME"
        )
    return backbones.resolve(wanted)


def architecture(backbone: str) -> Architecture:
    """Return what a pretrained model is made of, by its configuration alone.

    Args:
        backbone: As :func:`resolve_backbone` returns it.

    Raises:
        Unavailable: The configuration is neither on disk nor can it be fetched.
    """
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    with loading(backbone):
        config = AutoConfig.from_pretrained(backbone)
    if config.is_encoder_decoder:
        return "encoder_decoder"
    # BERT can be run as a decoder too; it is one only where its configuration says so.
    masked = config.model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES
    return "encoder" if masked and not getattr(config, "is_decoder", False) else "decoder"


@contextmanager
def loading(backbone: str) -> Iterator[None]:
    """Turn what ``from_pretrained`` raises into one line with the remedy.

    Raises:
        Unavailable: The model is neither on disk nor can it be fetched, or is damaged.
    """
    try:
        yield
    except (OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise Unavailable(
            f"backbone {backbone!r} cannot be loaded ({reason}); "
            "name a folder with its config, weights and tokenizer: --backbone DIR"
        ) from None


@contextmanager
def needing(owner: str, extras: Sequence[str]) -> Iterator[None]:
    """Turn a missing package into one line with the remedy.

    Args:
        owner: The method that needs it.
        extras: Extras of this package that bring it.

    Raises:
        Unavailable: A package is not installed.
    """
    try:
        yield
    except ImportError as error:
        package = (error.name or "lm_eval").partition(".")[0]
        raise Unavailable(
            f"{owner} needs {package}, which is not installed: {how_to_install(extras, package)}"
        ) from None
