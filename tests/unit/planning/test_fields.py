"""RT Plan beams as fields of Elekta machines, and their plans."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from linacsim.model.elekta import LinacState
from linacsim.model.rt_plan import Wedge
from linacsim.planning.fields import plan_field, prescribe
from linacsim.planning.fields.metersets import rounded
from linacsim.planning.fields.turns import in_reach
from tests.fields import made, plan_beam, refusals


@pytest.mark.parametrize(
    ("mu", "held"), [(0.95, 1.0), (0.9499, 0.9), (301.937836, 301.9), (0.25, 0.3), (7.0, 7.0)]
)
def test_metersets_are_rounded_half_up(mu: float, held: float) -> None:
    """DP Note X gives 0.95 and 0.9499."""
    assert rounded(np.array([mu]), 0.1)[0] == held


def test_a_segment_of_a_static_field_needs_one_mu() -> None:
    shapes = [50.0, 50.0, 20.0, 20.0]
    assert made("precise-mlc", 9.95, [0, 0.1, 0.1, 1], half_mm=shapes).prescribed_mu == 10.0
    rules = refusals("precise-mlc", 9.4, [0, 0.1, 0.1, 1], half_mm=shapes)
    assert rules == ["field.segment-mu"]


def test_parts_of_a_dynamic_field_are_merged() -> None:
    weights = list(np.linspace(0, 1, 11))
    shapes = list(np.linspace(20, 50, 11))
    made("precise-mlc", 1.0, weights, half_mm=shapes)
    assert "field.segment-mu" in refusals("precise-mlc", 0.9, weights, half_mm=shapes)


def test_binned_rates_are_the_highest_halving_that_axes_allow() -> None:
    """60 deg at 6 deg/s take 10 s: 50 MU ask for 300 MU/min, 49 for less."""
    for mu, rate in ((50.0, 300.0), (49.0, 150.0), (100.0, 600.0), (3.0, 18.0)):
        field = made("precise-mlc", mu, [0, 1], gantry_deg=[0, 60])
        plan = plan_field(field, load_machine("precise-mlc"))
        assert plan.rate[0] == pytest.approx(rate)
        assert bool(plan.findings) == (rate < 37.5)


def test_continuous_rates_are_what_axes_allow() -> None:
    field = made("agility", 49.0, [0, 1], gantry_deg=[0, 60])
    assert plan_field(field, load_machine("agility")).rate[0] == pytest.approx(294.0)


def test_the_dose_rate_set_holds_for_the_segment_that_begins() -> None:
    field = made("agility", 40.0, [0, 0.5, 1], dose_rate=[100.0, 200.0, 600.0])
    assert plan_field(field, load_machine("agility")).rate.tolist() == [100.0, 200.0]


@pytest.mark.parametrize(("stated", "told"), [(600, False), (0, False), (1400, True)])
def test_a_rate_that_the_energy_does_not_have_is_told(stated: float, told: bool) -> None:
    beam = plan_beam("agility", [0, 1], dose_rate=[stated or np.nan] * 2)
    found = prescribe(beam, 50.0, load_machine("agility"), "test")
    assert found.field is not None
    assert [one.rule for one in found.findings] == ["field.rate-set"] * told


def test_a_leaf_goes_faster_with_its_guide() -> None:
    """Guides stand at the most open leaf; 35 mm/s on the guide and 30 of the guide limit."""
    machine = load_machine("agility")
    field = made("agility", 1000.0, [0, 1], half_mm=[10.0, 130.0])
    plan = plan_field(field, machine)
    sample = plan.trajectory.sample(np.array([0, plan.trajectory.duration_ns]))
    assert sample.position[:, Axis.CARRIAGE_A] == pytest.approx([1.0, 13.0])
    slow = made("agility", 10.0, [0, 1], half_mm=[10.0, 130.0])
    assert plan_field(slow, machine).rate[0] == pytest.approx(10.0 / (120.0 / 30.0) * 60.0)


def test_the_wedge_is_out_of_the_way_before_radiation() -> None:
    machine = load_machine("precise-mlc")
    field = made("precise-mlc", 50.0, [0, 0.5, 1], wedge=["IN", "OUT", "OUT"])
    phases = plan_field(field, machine).phases
    assert [p.state for p in phases] == [
        LinacState.INTERSEGMENT,
        LinacState.RADIATION_ON,
        LinacState.INTERSEGMENT,
        LinacState.RADIATION_ON,
    ]
    assert [p.wedge_in for p in phases] == [True, True, False, False]
    rules = machine.field_rules
    assert rules is not None
    assert phases[3].from_ns - phases[2].from_ns == rules.wedge_travel_s * 1e9


@pytest.mark.parametrize(
    ("weights", "wedge", "left"),
    [
        ([0, 0.5, 1], ["IN", "OUT", "OUT"], [True, False]),
        ([0, 0, 1], ["IN", "OUT", "OUT"], [False]),
        ([0, 1, 1], ["IN", "OUT", "OUT"], [True]),
        ([0, 0.5, 0.5, 1], ["IN", "IN", "OUT", "OUT"], [True, False]),
        ([0, 1, 1, 1], ["IN", "IN", "OUT", "OUT"], [True]),
        # The wedge changes twice: this is none.
        ([0, 0.5, 0.5, 1], ["IN", "OUT", "IN", "IN"], [True, False, True]),
    ],
)
def test_simple_wedged_fields_have_the_fewest_segments(
    weights: list[float], wedge: list[str], left: list[bool]
) -> None:
    """The cases of DP Note XVI."""
    field = made("precise-mlc", 50.0, weights, wedge=wedge)
    assert field.wedge_in.tolist() == left
    assert field.prescribed_mu == 50.0


def test_the_collimator_cannot_pass_180() -> None:
    assert in_reach(np.array([170.0, 190.0]), 0.0, 360.0, 180.0) is not None
    made("precise-mlc", 50.0, [0, 1], collimator_deg=[170, -170], gantry_deg=[0, 10])
    assert refusals("precise-mlc", 50.0, [0, 1], collimator_deg=[170, 190]) == ["field.sweep"]


@pytest.mark.parametrize(
    ("rule", "machine", "values"),
    [
        ("field.gap", "precise-mlc", {"half_mm": [50.0, -1.0]}),
        ("field.range", "precise-mlc", {"half_mm": [50.0, 250.0]}),
        ("field.couch", "precise-mlc", {"support_deg": [0, 10]}),
        ("field.energy", "precise-mlc", {"energy": [7, 7]}),
        ("field.range", "precise-beam-modulator", {"y_jaws_mm": [[-50, 50], [-50, 50]]}),
    ],
)
def test_what_a_machine_cannot_do_is_refused(
    rule: str, machine: str, values: dict[str, object]
) -> None:
    assert rule in refusals(machine, 50.0, [0, 1], **values)


@pytest.mark.parametrize("machine", ["agility", "precise-beam-modulator"])
def test_diaphragms_that_stand_have_the_applicator_s_field_with_electrons(machine: str) -> None:
    jaws = [[-50, 50], [-50, 50]]
    beam = plan_beam(machine, [0, 1], x_jaws_mm=jaws, y_jaws_mm=jaws)
    photons = prescribe(beam, 50.0, load_machine(machine), "test")
    assert {one.rule for one in photons.findings} == {"field.range"}
    made = prescribe(replace(beam, radiation="ELECTRON"), 50.0, load_machine(machine), "test")
    assert made.field is not None
    assert "field.applicator-field" in {one.rule for one in made.findings}
    position = made.field.beam.resolved_positions()
    assert np.isnan(position[:, [Axis.X1, Axis.X2]]).all()


@pytest.mark.parametrize(("turned_deg", "refused"), [(90.0, True), (None, False), (360.0, False)])
def test_a_motorised_wedge_that_is_turned_is_refused(
    turned_deg: float | None, refused: bool
) -> None:
    beam = plan_beam("precise-mlc", [0, 1], wedge=["IN", "IN"])
    beam = replace(beam, wedges=(Wedge(1, "MOTORIZED", orientation_deg=turned_deg),))
    found = prescribe(beam, 50.0, load_machine("precise-mlc"), "test").findings
    assert [one.rule for one in found] == ["field.wedge"] * refused
    assert all("(300A,00D8)" in str(one) for one in found)


def test_an_angle_out_of_reach_is_told_with_the_reach() -> None:
    beam = plan_beam("agility", [0, 1], support_deg=[180, 180])
    (told,) = prescribe(beam, 50.0, load_machine("agility"), "test").findings
    assert (told.found, told.mend) == ("CouchRtn is at 180 deg (IEC)", "")
    assert told.allowed.startswith("-95 to 95 deg")


def test_boundaries_that_are_off_by_the_rounding_of_two_decimals_are_the_head_s() -> None:
    beam = plan_beam("agility", [0, 1])
    (mlc,) = beam.devices
    moved = replace(mlc, boundaries_mm=tuple(edge + 0.0105 for edge in mlc.boundaries_mm))
    beam = replace(beam, devices=(moved,))
    assert prescribe(beam, 50.0, load_machine("agility"), "test").findings == ()


def test_a_field_needs_mu() -> None:
    assert refusals("agility", None, [0, 1]) == ["field.meterset"]


def test_energies_change_between_segments_at_a_price() -> None:
    machine = load_machine("precise-mlc")
    field = made("precise-mlc", 50.0, [0, 0.5, 1], energy=[6, 10, 10])
    assert field.energies() == ("6x", "10x")
    phases = plan_field(field, machine).phases
    assert [p.energy for p in phases] == ["6x", "6x", "10x", "10x"]
    rules = machine.field_rules
    assert rules is not None
    assert phases[3].from_ns - phases[2].from_ns == rules.energy_change_s * 1e9


def test_what_remains_has_the_same_end() -> None:
    field = made("agility", 100.0, [0, 0.4, 1], gantry_deg=[0, 40, 100], dose_rate=[300, 200, 0])
    rest = field.remaining(70.0)
    assert rest.beam.resolved_mu().tolist() == pytest.approx([0.0, 30.0])
    gantry = rest.beam.resolved_positions()[:, Axis.GANTRY_RTN]
    assert gantry.tolist() == pytest.approx([110.0, 80.0])
    assert rest.beam.resolved_dose_rate()[0] == 200.0
    assert rest.start_mu == 70.0
    with pytest.raises(ValueError, match="nothing to resume"):
        field.remaining(100.0)


@pytest.mark.parametrize(
    ("values", "wedge_in", "energy"),
    [
        ({"wedge": ["IN", "OUT", "IN", "IN", "IN"]}, False, "6x"),
        ({"energy": [6, 10, 6, 6, 6]}, False, "10x"),
    ],
)
def test_a_segment_in_which_nothing_happens_lends_its_wedge_and_energy_to_none(
    values: dict[str, object], wedge_in: bool, energy: str
) -> None:
    field = made("precise-mlc", 50.0, [0, 0, 1, 1, 1], **values)
    phases = plan_field(field, load_machine("precise-mlc")).phases
    (lit,) = [one for one in phases if one.state is LinacState.RADIATION_ON]
    assert (lit.wedge_in, lit.energy) == (wedge_in, energy)


def test_each_finding_is_on_the_reference_page() -> None:
    root = Path(__file__).parents[3]
    page = (root / "docs" / "reference" / "elekta-fields.md").read_text("utf-8")
    source = "".join(
        path.read_text("utf-8")
        for path in sorted((root / "src" / "linacsim" / "planning" / "fields").glob("*.py"))
    )
    rules = set(re.findall(r'\.(?:error|tell)\(\s*"([a-z-]+)"', source))
    assert len(rules) >= 14
    assert [rule for rule in sorted(rules) if f"`field.{rule}`" not in page] == []
