"""Array aliases and the one helper that makes an array read-only."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes8 = NDArray[np.uint8]
Bools = NDArray[np.bool_]

ArrayT = TypeVar("ArrayT", bound=NDArray[Any])


def readonly(array: ArrayT) -> ArrayT:
    """Return the same array with writing switched off."""
    array.flags.writeable = False
    return array
