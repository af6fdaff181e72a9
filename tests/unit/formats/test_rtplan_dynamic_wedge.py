"""Dynamic wedges: worked out where the table is known, else refused; never delivered open."""

from typing import Any

import numpy as np
import pytest
from pydicom import Dataset

from linacsim.formats.rtplan import plan_of, truebeam_sequences
from linacsim.formats.rtplan.dynamic_wedge import STEPS, wedged
from linacsim.machines import load_machine
from linacsim.machines.dynamic_wedges import dynamic_wedges
from linacsim.model.axes import Axis
from linacsim.model.beam import Beam
from linacsim.model.findings import Severity
from linacsim.planning import plan as plan_beam
from linacsim.planning.check import check
from tests.rtplans import beam, first_point, item, leaves, placed, plan, point

M120 = load_machine("truebeam-m120")
TABLES = dynamic_wedges().tables
SHARES_ON_AXIS = {"6x": 0.654, "10x": 0.696, "15x": 0.713}
"""Of a symmetric 10 cm field at 60 degrees: the table at 0 over the table at 4.5 cm."""


def field(y1: float = -50, y2: float = 50, energy: float = 6.0, **wedge: Any) -> Dataset:
    defaults = {"WedgeNumber": 1, "WedgeType": "DYNAMIC", "WedgeAngle": 60, "WedgeOrientation": 0}
    where = placed("ASYMX", -50, 50), placed("ASYMY", y1, y2), placed("MLCX", *leaves(-60, 60))
    first = first_point(*where, NominalBeamEnergy=energy)
    one = beam(first, point(1, 1.0), NumberOfWedges=1, WedgeSequence=[item(**(defaults | wedge))])
    return plan(one)


def made(dataset: Dataset) -> tuple[Beam, list[str]]:
    read = plan_of(dataset, "plan.dcm")
    assert read.findings == ()
    chosen = read.plan.fraction_group()
    assert chosen is not None
    beams, findings = truebeam_sequences(read.plan, chosen.beams, M120)
    return beams[0], [str(one) for one in findings if one.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("orientation", "moving", "standing"), [(0, Axis.Y1, Axis.Y2), (180, Axis.Y2, Axis.Y1)]
)
def test_one_jaw_travels_to_half_a_centimetre_from_the_other(
    orientation: int, moving: Axis, standing: Axis
) -> None:
    one, errors = made(field(WedgeOrientation=orientation))
    assert errors == []
    at = one.resolved_positions()
    assert len(at) == STEPS + 2
    assert at[:2, moving].tolist() == [5, 5]
    assert np.diff(at[1:, moving]) == pytest.approx(-9.5 / STEPS)
    assert at[-1, moving] + at[-1, standing] == pytest.approx(0.5)
    assert (at[:, standing] == 5).all()
    assert one.resolved_mu()[-1] == 100
    assert (np.diff(one.resolved_mu()) > 0).all()


@pytest.mark.parametrize(("energy", "share"), SHARES_ON_AXIS.items())
def test_mu_go_as_the_golden_table_says(energy: str, share: float) -> None:
    one, _ = made(field(energy=float(energy[:-1])))
    golden = TABLES[energy]
    last = np.interp(4.5, golden.places_cm, golden.mu)
    mu, y1 = one.resolved_mu(), one.resolved_positions()[:, Axis.Y1]
    first = np.interp(-5.0, golden.places_cm, golden.mu)
    assert mu[1] == pytest.approx(100 * first / last)
    on_axis = np.interp(0.0, -y1[1:], mu[1:]) / 100
    assert on_axis == pytest.approx(golden.mu[20] / last, abs=2e-3)
    assert on_axis == pytest.approx(share, abs=2e-3)


@pytest.mark.parametrize("energy", SHARES_ON_AXIS)
def test_tables_grow_with_the_jaw_as_published(energy: str) -> None:
    # "Characterizing output for the Varian enhanced dynamic wedge field" (Med Phys 25, 64, 1998):
    # 5 mm of the final jaw position make 3.5 to 5.4 % of the MU.
    golden = TABLES[energy]
    ends = golden.places_cm[20:-1]
    half = np.interp(ends + 0.5, golden.places_cm, golden.mu) / golden.mu[20:-1] - 1
    assert (half > 0.035).all()
    assert (half < 0.054).all()


def test_harder_beams_need_a_flatter_table() -> None:
    # An isodose tilts by the slope of the fluence over the attenuation, which is less for them.
    whole = [golden.mu[-1] / golden.mu[0] for golden in TABLES.values()]
    assert whole == sorted(whole, reverse=True)


@pytest.mark.parametrize("energy", SHARES_ON_AXIS)
def test_a_slip_of_a_digit_would_show(energy: str) -> None:
    """Logarithms of neighbours change by nearly the same: the tables are smooth."""
    bends = np.diff(np.log(TABLES[energy].mu), 2)
    assert np.abs(np.diff(bends)).max() < 1e-4


@pytest.mark.parametrize("angle", [10, 15, 20, 25, 30, 45])
def test_smaller_angles_mix_in_an_open_field(angle: int) -> None:
    golden = TABLES["6x"]
    table = wedged(golden, angle)
    assert table[20] == pytest.approx(golden.mu[20])
    slopes = np.diff(table) / np.diff(golden.mu)
    assert slopes == pytest.approx(np.tan(np.radians(angle)) / np.sqrt(3.0))


def test_it_can_be_planned_and_passes_the_checker() -> None:
    one, _ = made(field())
    assert [found for found in check(one, M120) if found.severity is Severity.ERROR] == []
    assert plan_beam(one, M120).trajectory is not None


REFUSED = {
    "another energy": (field(energy=18.0), "no segmented treatment table of 18x"),
    "another angle": (field(WedgeAngle=50), "angle is 50"),
    "sideways": (field(WedgeOrientation=90), "orientation is 90"),
    "too far": (field(y2=110), "10.5 cm"),
    "too narrow": (field(y1=0, y2=4), "across the centre line"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_and_never_delivered_open(name: str) -> None:
    dataset, reason = REFUSED[name]
    _, errors = made(dataset)
    assert len(errors) == 1
    assert reason in errors[0]
    assert "not delivered open" in errors[0]


def test_refused_where_something_else_moves() -> None:
    dataset = field()
    one = dataset.BeamSequence[0]
    one.ControlPointSequence[1].BeamLimitingDevicePositionSequence = [placed("ASYMX", -40, 40)]
    assert "a static field" in made(dataset)[1][0]


def test_refused_with_a_second_wedge() -> None:
    dataset = field()
    one = dataset.BeamSequence[0]
    second = item(WedgeNumber=2, WedgeType="STANDARD", WedgeID="W30R30U")
    one.NumberOfWedges = 2
    one.WedgeSequence.append(second)
    assert "not the only wedge" in made(dataset)[1][0]
