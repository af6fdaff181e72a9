"""Arrays that are used again: fresh memory for each block costs as much as the arithmetic in it."""

import numpy as np

from linacsim.model.arrays import Floats


class Workspace:
    """Scratch arrays by name; what one holds is lost when its name is asked for again."""

    def __init__(self) -> None:
        """Begin without any."""
        self._flat: dict[str, Floats] = {}

    def array(self, name: str, shape: tuple[int, ...]) -> Floats:
        """Return a contiguous array of the shape, its content undefined."""
        size = int(np.prod(shape))
        flat = self._flat.get(name)
        if flat is None or len(flat) < size:
            flat = self._flat[name] = np.empty(size)
        return flat[:size].reshape(shape)
