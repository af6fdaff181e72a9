"""Which segments deliver kV radiation (manual, "Imaging")."""

import numpy as np

from linacsim.model.acquisition import Acquisition
from linacsim.model.arrays import Bools
from linacsim.model.imaging import ImagingParameters


def kv_segments(imaging: ImagingParameters | None, n_segments: int) -> Bools:
    """Return (n,) whether kV images are taken in each segment.

    A row of images runs from its start to its stop, or to the end of the beam; a single image
    counts for the segment in whose inside it is taken.
    """
    out = np.zeros(n_segments, dtype=bool)
    if imaging is None:
        return out
    running: dict[int, float] = {}
    for point in sorted(imaging.points, key=lambda one: one.cp):
        if any(map(_is_kv, point.acquisitions)) and point.cp % 1:
            _mark(out, point.cp, point.cp)
        running.update((one.id, point.cp) for one in point.starts if _is_kv(one))
        for stop in point.stops:
            if stop.id in running:
                _mark(out, running.pop(stop.id), point.cp)
    for start in running.values():
        _mark(out, start, float(n_segments))
    return out


def _mark(out: Bools, start: float, stop: float) -> None:
    if 0 <= start <= stop <= len(out):
        out[int(start) : int(np.ceil(stop))] = True


def _is_kv(acquisition: Acquisition) -> bool:
    parameters = acquisition.parameters
    return bool(acquisition.specs.kv) or (parameters is not None and parameters.kv is not None)
