"""The machines that come with the package."""

import dataclasses

import numpy as np
import pytest

from linacsim.machines import load_machine, machine_names
from linacsim.machines.spec import MachineSpec, Range
from linacsim.machines.tables import shipped_files
from linacsim.model.axes import Axis

ALL = (
    "agility",
    "precise-beam-modulator",
    "precise-mlc",
    "truebeam-hd120",
    "truebeam-m120",
    "truebeam-mlc80",
)


@pytest.fixture(scope="module")
def m120() -> MachineSpec:
    return load_machine("truebeam-m120")


def test_names_leave_out_the_base() -> None:
    assert machine_names() == ALL


@pytest.mark.parametrize(
    ("name", "model", "pairs", "width_cm", "log_code"),
    [
        ("truebeam-m120", "NDS120", 60, 40.0, 2),
        ("truebeam-hd120", "NDS120HD", 60, 22.0, 3),
        ("truebeam-mlc80", "NDS80", 40, 40.0, 0),
        ("precise-mlc", "MLCi", 40, 40.0, 90),
        ("precise-beam-modulator", "BeamModulator", 40, 16.0, 91),
        ("agility", "Agility", 80, 40.0, 92),
    ],
)
def test_mlc(name: str, model: str, pairs: int, width_cm: float, log_code: int) -> None:
    spec = load_machine(name)
    assert spec.name == name
    assert (spec.mlc.model, spec.mlc.log_code) == (model, log_code)
    assert spec.mlc.leaf_widths_cm.shape == (pairs,)
    assert spec.mlc.leaf_widths_cm.sum() == pytest.approx(width_cm)
    assert np.array_equal(spec.mlc.leaf_widths_cm, spec.mlc.leaf_widths_cm[::-1])
    assert spec.layout.leaf_pairs == pairs


@pytest.mark.parametrize(
    ("column", "speed", "accel"),
    [
        (Axis.GANTRY_RTN, 6.0, 12.0),
        (Axis.COLL_RTN, 15.0, 48.0),
        (Axis.COUCH_VRT, 2.0, 4.0),
        (Axis.COUCH_LAT, 4.0, 8.0),
        (Axis.COUCH_LNG, 8.0, 8.0),
        (Axis.COUCH_RTN, 3.0, 3.0),
        (Axis.X1, 2.5, 15.0),
        (Axis.Y2, 2.5, 5.0),
        (Axis.CARRIAGE_B, 1.2, 20.0),
        (14, 2.5, 50.0),
        (133, 2.5, 50.0),
    ],
)
def test_measured_limits(m120: MachineSpec, column: int, speed: float, accel: float) -> None:
    assert m120.axes.max_speed[column] == speed
    assert m120.axes.max_accel[column] == accel


def test_real_beams_are_in_range(m120: MachineSpec) -> None:
    """Positions that public TrueBeam beams and logs hold (real-data 1b)."""
    lower, upper = m120.axes.lower, m120.axes.upper
    seen = {
        Axis.GANTRY_RTN: (-4.5, 364.5),
        Axis.COUCH_VRT: (90.54, 125.3),
        Axis.COUCH_LNG: (18.0, 130.3),
        Axis.COUCH_RTN: (88.83, 180.0),
        Axis.X1: (-2.0, 20.0),
        Axis.Y1: (-10.0, 20.0),
        Axis.CARRIAGE_A: (1.5, 20.73),
        14: (-10.0, 20.6),
    }
    for column, (low, high) in seen.items():
        assert lower[column] <= low, column
        assert upper[column] >= high, column


def test_arrays_are_whole_and_frozen(m120: MachineSpec) -> None:
    arrays = {
        member.name: getattr(m120.axes, member.name) for member in dataclasses.fields(m120.axes)
    }
    arrays["start"] = m120.start
    for name, array in arrays.items():
        assert array.shape == (m120.layout.n_axes,), name
        assert np.isfinite(array).all(), name
        assert not array.flags.writeable, name
    with pytest.raises(dataclasses.FrozenInstanceError):
        m120.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        m120.energies["6x"] = m120.energies["15x"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("energy", "rate"),
    [("2.5x", 60), ("6x", 600), ("6xFFF", 1400), ("10xFFF", 2400), ("12e", 1000), ("0k", 0)],
)
def test_energies(m120: MachineSpec, energy: str, rate: float) -> None:
    found = m120.energies[energy]
    assert found.name == energy
    assert found.max_dose_rate_mu_per_min == rate
    assert max(found.dose_rates_mu_per_min) == rate


def test_pulses_come_at_most_360_times_a_second(m120: MachineSpec) -> None:
    for energy in m120.energies.values():
        if energy.mu_per_pulse:
            pulses_per_s = energy.max_dose_rate_mu_per_min / 60 / energy.mu_per_pulse
            assert pulses_per_s < 365, energy.name


@pytest.mark.parametrize("name", ALL)
def test_every_number_has_a_source(name: str) -> None:
    sources = load_machine(name).sources
    begins = "134 public trajectory logs" if name.startswith("truebeam") else "vendor figure"
    assert sources["axis.gantry_rtn.max_speed_deg_per_s"].startswith(begins)
    assert "assumed" in sources["axis.couch_vrt.max_accel_cm_per_s2"]
    assert all(source.strip() for source in sources.values())


def test_imaging_ranges_hold_the_positions_of_public_beams(m120: MachineSpec) -> None:
    for key, value in {
        "Mvd.Vrt": -50,
        "Kvd.Vrt": -70,
        "Kvs.Vrt": 100,
        "Mvd.Pitch": 0,
        "KvBlades.KVX1": 13.8,
        "KvFilters.Foil": 1,
    }.items():
        limits = m120.imaging_axes[key]
        assert limits.lower <= value <= limits.upper, key
    assert m120.imaging_axes["KvFilters.Shape"] == Range(0, 2)


def test_shipped_files_are_named_as_they_are_called() -> None:
    for name in machine_names():
        assert load_machine(shipped_files()[name]).name == name


def test_elekta_dose_rates_are_halvings_or_any() -> None:
    rates = load_machine("precise-mlc").energies["6x"].dose_rates_mu_per_min
    assert [rates[0] / rate for rate in rates] == [1, 2, 4, 8, 16]
    binned = {name: load_machine(name).field_rules for name in ALL}
    assert {name for name, rules in binned.items() if rules and rules.binned} == {
        "precise-mlc",
        "precise-beam-modulator",
    }
    assert {name for name, rules in binned.items() if rules and rules.leaf_guide} == {"agility"}


def test_the_beam_comes_on_by_energy_and_rate() -> None:
    energy = dataclasses.replace(
        load_machine("agility").energies["6x"], beam_on_s=1.0, beam_on_slowest_s=2.0
    )
    middle = (energy.min_dose_rate_mu_per_min * energy.max_dose_rate_mu_per_min) ** 0.5
    assert energy.beam_on_at(600.0) == 1.0
    assert energy.beam_on_at(middle) == pytest.approx(1.5)
    assert energy.beam_on_at(1.0) == 2.0
