"""pylinac's own fluence and gamma, on its default settings, agree with ours on the same log.

What differs is known, and stated in docs/reference/fluence.md: pylinac rounds edges to its pixels,
takes positions at the end of each step, a leaf that a Y jaw touches at any time as open throughout
its width, and scales each map by its own greatest pixel before it judges.
"""

import warnings
from pathlib import Path

import numpy as np
import pytest
from pylinac.core.image import load
from pylinac.log_analyzer import TrajectoryLog as PylinacLog

from linacsim.formats.trajectory_log import read_log
from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import Axis
from linacsim.review.fluence import Criteria, Fluence, Method, Rows, Side, fluence_of, gamma_index
from linacsim.review.recording import Recording, of_log
from tests.reviewing import deliver_to, vmat

REAL = {
    "tlog-v2.1-m120-picketfence-static.bin": "truebeam-m120",
    "tlog-v3.0-hd120-T3-mlc-speed-arc.bin": "truebeam-hd120",
    "tlog-v3.0-hd120-vmat-jaw-tracking.bin": "truebeam-hd120",
    "tlog-v3.0-m120-field.bin": "truebeam-m120",
    "tlog-v3.0-m120-static-midbeam-hold.bin": "truebeam-m120",
}
PIXEL_MM = 0.1
ROW = {Side.EXPECTED: 0.003, Side.ACTUAL: 0.01}
"""Of a leaf pair's MU times width, relative: pylinac rounds both edges of openings of 1 mm and
more to 0.1 mm."""
MILLIMETRE = 0.03
"""Of the map's greatest value, in means over 1 mm."""
PASSES = 0.5
"""Per cent of pixels with gamma up to 1."""
MEAN = 0.02
"""Of mean gamma."""


def maps(path: Path, machine: MachineSpec) -> dict[Side, Fluence]:
    recording = of_log(read_log(path))
    return {side: fluence_of(recording, machine, side, PIXEL_MM, Rows.LEAVES) for side in Side}


def clear_of_jaws(recording: Recording, machine: MachineSpec) -> Bools:
    """Return (pairs,) which leaf pairs no Y jaw ever covers, even by a part."""
    widths = machine.mlc.leaf_widths_cm
    edges = np.concatenate([[0.0], np.cumsum(widths)]) - widths.sum() / 2
    low, high = -recording.actual[:, Axis.Y1].min(), recording.actual[:, Axis.Y2].min()
    return (edges[:-1] >= low - 0.001) & (edges[1:] <= high + 0.001)


def agree(path: Path, machine: MachineSpec) -> None:
    theirs = PylinacLog(str(path))
    theirs.fluence.gamma.calc_map()
    ours = maps(path, machine)
    rows = clear_of_jaws(of_log(read_log(path)), machine)
    for side, their in (
        (Side.EXPECTED, theirs.fluence.expected.array),
        (Side.ACTUAL, theirs.fluence.actual.array),
    ):
        fluence_agrees(ours[side].mu[rows], np.asarray(their)[rows], ROW[side])
    gamma_agrees(ours, theirs)


def fluence_agrees(our: Floats, their: Floats, tolerance: float) -> None:
    used = (our.max(axis=1) > 0) & (their.max(axis=1) > 0)
    assert used.sum() >= 15
    our, their = our[used], their[used]
    np.testing.assert_allclose(our.sum(axis=1), their.sum(axis=1), rtol=tolerance)
    by_mm = [values.reshape(len(values), -1, 10).mean(axis=2) for values in (our, their)]
    np.testing.assert_allclose(*by_mm, atol=MILLIMETRE * their.max())


def gamma_agrees(ours: dict[Side, Fluence], theirs: PylinacLog) -> None:
    found = gamma_index(ours[Side.EXPECTED], ours[Side.ACTUAL], Criteria(method=Method.BAKAI))
    assert found.pass_percent == pytest.approx(theirs.fluence.gamma.pass_prcnt, abs=PASSES)
    assert found.mean == pytest.approx(mean_on_one_scale(theirs), abs=MEAN)
    by_low = gamma_index(ours[Side.EXPECTED], ours[Side.ACTUAL], Criteria())
    assert by_low.pass_percent == pytest.approx(theirs.fluence.gamma.pass_prcnt, abs=PASSES)


def mean_on_one_scale(theirs: PylinacLog) -> float:
    """Return the mean of pylinac's gamma of its own maps, both in units of one greatest value."""
    expected, actual = theirs.fluence.expected.array, theirs.fluence.actual.array
    dpi = 25.4 / PIXEL_MM
    one, other = (load(values / expected.max(), dpi=dpi) for values in (actual, expected))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(np.nanmean(one.gamma(other, ground=False, normalize=False)))


@pytest.mark.parametrize("name", REAL)
def test_on_real_logs(shared_data: Path, name: str) -> None:
    agree(shared_data / "logs" / name, load_machine(REAL[name]))


def test_on_our_logs(tmp_path: Path) -> None:
    agree(deliver_to(tmp_path / "arc.bin", vmat()), load_machine("truebeam-m120"))


def test_without_beam_both_have_nothing(shared_data: Path) -> None:
    """pylinac makes no fluence of kV logs; ours is empty."""
    path = shared_data / "logs" / "tlog-v3.0-hd120-kv-rotation-aborted.bin"
    assert not hasattr(PylinacLog(str(path)), "fluence")
    assert not any(one.mu.any() for one in maps(path, load_machine("truebeam-hd120")).values())
