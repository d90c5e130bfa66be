"""Preference: a prompt and several images made for it in, one score per image out."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadInput, Unavailable
from harness.extras import how_to_install
from harness.kinds.contract import Floats, Kind


@dataclass(frozen=True, slots=True)
class LazyImage:
    """An image that is read only when asked for, and may not be here at all.

    Annotations of images are often published without the images; such an entry keeps its name and
    says so (:attr:`present`).

    Attributes:
        name: What the data set calls it, for messages.
        path: Its file, or None.
        data: An encoded file's bytes, for images that are in no file; they win over ``path``.
    """

    name: str
    path: Path | None = None
    data: bytes | None = field(default=None, repr=False)

    @property
    def present(self) -> bool:
        """Whether there is something to read; says nothing about whether it can be decoded."""
        return self.data is not None or (self.path is not None and self.path.is_file())

    def pixels(self) -> NDArray[np.uint8]:
        """Return ``(h, w, 3)`` uint8 pixels; red, green, blue; transparency is dropped.

        Raises:
            Unavailable: The image is not here, or pillow is not installed.
            BadInput: It cannot be decoded.
        """
        if not self.present:
            where = f" (looked for {self.path})" if self.path is not None else ""
            raise Unavailable(
                f"image {self.name} is not here{where}: only its annotation is; "
                "get the images of the data set and name their folder"
            )
        try:
            from PIL import Image
        except ImportError:
            raise Unavailable(
                "reading images needs pillow: " + how_to_install(("vision",), "pillow")
            ) from None
        try:
            with Image.open(self._source()) as image:
                return np.array(image.convert("RGB"), np.uint8)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            reason = str(error).partition("\n")[0]
            raise BadInput(
                f"{self.path or self.name}: cannot be decoded as an image ({reason}); "
                "copy or download it again"
            ) from None

    def _source(self) -> Path | io.BytesIO:
        """Return what to read the file's bytes from; only for images that are here."""
        if self.data is not None:
            return io.BytesIO(self.data)
        return self.path or Path()


@dataclass(frozen=True, slots=True)
class PromptImages:
    """A prompt and the images made for it, to be ranked against each other.

    Attributes:
        id: The prompt's id in its annotation file.
        prompt: What the images were asked to show.
        images: At least two images.
    """

    id: str
    prompt: str
    images: Sequence[LazyImage]

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.images)


@dataclass(frozen=True, slots=True)
class Rewards:
    """How much people would like each image of a prompt: the prediction of kind ``preference``.

    Attributes:
        id: The prompt's id, as in the input.
        scores: ``(n,)`` float64, one per image in the order of the input; higher is better. Only
            comparisons within one prompt count.
    """

    id: str
    scores: Floats


def _check_preference(item: PromptImages, out: Rewards) -> None:
    """Raise :class:`BadInput` unless ``out`` is a well-formed answer to ``item``."""
    where = f"prompt {item.id}"
    if len(item) < 2:
        raise BadInput(f"{where}: {len(item)} image(s) to rank; expected at least two")
    if out.id != item.id:
        raise BadInput(f"{where}: the prediction is for prompt {out.id}; keep the input order")
    if out.scores.shape != (len(item),):
        raise BadInput(
            f"{where}: scores of shape {out.scores.shape} for {len(item)} images; "
            f"expected ({len(item)},)"
        )
    if not np.isfinite(out.scores).all():
        raise BadInput(f"{where}: a predicted score is NaN or infinite")


KIND = Kind("preference", PromptImages, Rewards, _check_preference)
