"""What every kind is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A named pair of input and prediction types, with the check every prediction must pass."""

    name: str
    input: type
    prediction: type
    check: Callable[[Any, Any], None]
