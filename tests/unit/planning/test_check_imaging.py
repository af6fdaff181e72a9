"""Rules of imaging."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from linacsim.formats.truebeam_xml.reader import read_beam
from linacsim.machines.imaging_modes import ImagingMode, imaging_modes, kv_source_ranges
from linacsim.model.acquisition import Acquisition, AcquisitionParameters, Mode, Overwrite
from linacsim.model.beam import Beam, BeamSource
from linacsim.model.findings import Severity
from linacsim.model.imaging import (
    ArmAxes,
    ArmPosition,
    BladePositions,
    ImagingPoint,
    ImagingTolerances,
    KvBlades,
    KvFilters,
    OutsideTreatment,
)
from linacsim.planning.check import imaging as rules
from linacsim.planning.check import imaging_axes as axes
from linacsim.planning.check import imaging_modes as modes
from tests.beams import make_beam
from tests.checking import (
    Case,
    arm,
    findings,
    imaging,
    imaging_beam,
    judge,
    kv_image,
    mv_image,
    static,
    uncovered,
)

FLUORO = "DynamicGainFluoro"


def one(item: Acquisition, **rest: Any) -> Beam:
    return imaging_beam(ImagingPoint(0.5, acquisitions=(item,)), **rest)


def specified(item: Acquisition, kv: bool) -> Acquisition:
    return replace(item, specs=replace(item.specs, kv=kv))


def row(item: Acquisition, stop: int | None = None, **rest: Any) -> Beam:
    stops = (Acquisition(item.id if stop is None else stop),)
    return imaging_beam(ImagingPoint(0.0, starts=(item,)), ImagingPoint(1.0, stops=stops), **rest)


def outside(max_mu: float, energy: str = "6x", *images: Acquisition, mu: float = 0.0) -> Beam:
    section = imaging(
        ImagingPoint(0.0, acquisitions=images or (kv_image(),)),
        outside_treatment=OutsideTreatment(max_mu),
    )
    return make_beam(
        {"Mu": 0},
        {"Mu": mu},
        energy=energy,
        dose_rate=0.0 if energy == "0k" else 300.0,
        imaging=section,
    )


def nothing_to_take() -> Beam:
    return static(0.0, imaging=imaging(outside_treatment=OutsideTreatment(10.0)))


def v4(beam: Beam) -> Beam:
    return replace(beam, source=BeamSource(dialect="4"))


def blades(*values: float | None) -> KvBlades:
    return KvBlades(positions=BladePositions(*values))


def tolerances(value: float) -> Beam:
    return imaging_beam(
        ImagingPoint(0.0, mvd=arm()),
        tolerances=ImagingTolerances(mvd=ArmAxes(1.0, 1.0, value, 1.0)),
    )


CASES = (
    Case(rules.CP_RANGE, imaging_beam(ImagingPoint(1.0)), imaging_beam(ImagingPoint(1.01))),
    Case(
        rules.POINT_ORDER,
        imaging_beam(ImagingPoint(0.0), ImagingPoint(0.5), ImagingPoint(0.5)),
        imaging_beam(ImagingPoint(0.5), ImagingPoint(0.25)),
    ),
    Case(
        rules.DUPLICATE_ID,
        row(kv_image(7, FLUORO)),
        imaging_beam(ImagingPoint(0.0, acquisitions=(kv_image(7), mv_image(7)))),
    ),
    Case(rules.STOP_WITHOUT_START, row(kv_image(7, FLUORO)), row(kv_image(7, FLUORO), stop=8)),
    Case(
        rules.START_WITHOUT_STOP,
        row(kv_image(7, FLUORO)),
        imaging_beam(ImagingPoint(0.0, starts=(kv_image(7, FLUORO),))),
    ),
    Case(rules.MAX_MU_VALUE, outside(0.0, "0k"), outside(-1.0)),
    Case(rules.MAX_MU_WITHOUT_MV, outside(0.0, "0k"), outside(100.0, "0k")),
    Case(rules.METERSET_IGNORED, outside(100.0), outside(100.0, mu=5.0)),
    Case(rules.NOTHING_TO_ACQUIRE, outside(10.0), nothing_to_take()),
    Case(rules.KV_ONLY, outside(0.0, "0k"), imaging_beam(energy="0k")),
)
MODE_CASES = (
    Case(modes.UNKNOWN_MODE, one(mv_image(mode="Highres")), one(mv_image(mode="HighRes2"))),
    Case(
        modes.UNLISTED_MODE,
        v4(one(kv_image(mode="Bin2x2HighGain"))),
        v4(one(kv_image(mode="Bin4x4"))),
    ),
    Case(modes.MODE_BEAM, one(kv_image(mode="LowDose")), one(mv_image(mode="LowDose"))),
    Case(
        modes.SOURCE_CONFLICT,
        one(specified(kv_image(), True)),
        one(specified(mv_image(), True)),
    ),
    Case(modes.SINGLE_MODE_STARTED, row(kv_image(mode="Fluoro")), row(kv_image(mode="LowDose"))),
    Case(modes.CONTINUOUS_MODE_ONCE, one(kv_image()), one(kv_image(mode="Fluoro"))),
    Case(
        modes.CONTINUOUS_HANDSHAKE,
        row(mv_image(mode="Continuous")),
        row(mv_image(mode="Continuous", handshake=True)),
    ),
    Case(modes.KV_VALUE, one(kv_image()), one(kv_image(ma=0.0))),
    Case(modes.KV_RANGE, one(kv_image(kv=140.0)), one(kv_image(kv=500.0))),
    Case(modes.MAS_TOO_LOW, one(kv_image(ma=10.0)), one(kv_image(ma=9.0))),
    Case(modes.MAS_LOW, one(kv_image(ma=20.0)), one(kv_image(ma=15.0))),
    Case(modes.MV_ENERGY, one(mv_image(energy="2.5x")), one(mv_image(energy="3x"))),
)
AXIS_CASES = (
    Case(
        axes.AXIS_RANGE,
        imaging_beam(ImagingPoint(0.0, mvd=arm(-50.0))),
        imaging_beam(ImagingPoint(0.0, mvd=arm(-500.0))),
    ),
    Case(
        axes.INITIAL_ARM,
        imaging_beam(ImagingPoint(0.0, kvd=arm()), ImagingPoint(0.5, kvd=arm(-60.0))),
        imaging_beam(ImagingPoint(0.0, mvd=arm()), ImagingPoint(0.5, kvd=arm(-60.0))),
    ),
    Case(
        axes.INITIAL_KV_COLLIMATION,
        imaging_beam(ImagingPoint(0.0, kv_filters=KvFilters(1, 1))),
        imaging_beam(ImagingPoint(0.0), ImagingPoint(0.5, kv_filters=KvFilters(1, 1))),
    ),
    Case(axes.TOLERANCE_VALUE, tolerances(0.0), tolerances(-0.1)),
)


@pytest.mark.parametrize("case", CASES + MODE_CASES + AXIS_CASES, ids=str)
def test_rule(case: Case) -> None:
    judge(case)


def test_every_rule_has_a_case() -> None:
    assert uncovered("imaging", CASES + MODE_CASES + AXIS_CASES) == set()


def test_blades_count_as_imaging_axes_and_none_is_no_position() -> None:
    far = imaging_beam(ImagingPoint(0.0, kv_blades=blades(13.3, 13.3, 10.0, 99.0)))
    (told,) = findings(far, axes.AXIS_RANGE)
    assert told.place.element == "KvBlades.KVY2"
    none = imaging_beam(ImagingPoint(0.0, kv_blades=blades(None, None, None, None)))
    assert findings(none, axes.AXIS_RANGE) == []


def test_a_named_position_is_an_initial_position() -> None:
    beam = imaging_beam(
        ImagingPoint(0.0, kvs=ArmPosition("retracted")),
        ImagingPoint(0.5, kvs=arm(90.0), kvs_after=ArmPosition("retracted")),
    )
    assert {item.severity for item in findings(beam)} == {Severity.NOT_ACTED_ON}


def test_a_place_that_the_reader_could_not_read_is_not_told_again() -> None:
    beam = imaging_beam(ImagingPoint(float("nan"), mvd=arm()))
    assert {item.severity for item in findings(beam)} == {Severity.NOT_ACTED_ON}


def test_a_stop_before_its_start_is_without_start() -> None:
    beam = imaging_beam(
        ImagingPoint(0.0, stops=(Acquisition(1),)),
        ImagingPoint(0.5, starts=(kv_image(1, FLUORO),)),
    )
    assert findings(beam, rules.STOP_WITHOUT_START)
    assert findings(beam, rules.START_WITHOUT_STOP)


def test_max_mu_with_an_mv_energy_is_fine() -> None:
    assert findings(outside(100.0, "6x"), rules.MAX_MU_WITHOUT_MV) == []


def test_kv_parameters_with_kv_false_contradict_each_other() -> None:
    assert findings(one(specified(kv_image(), False)), modes.SOURCE_CONFLICT)
    assert not findings(one(specified(mv_image(), False)), modes.SOURCE_CONFLICT)


def test_rows_of_images_may_use_less_than_the_least_mas() -> None:
    assert findings(row(kv_image(1, FLUORO, ma=5.0)), modes.MAS_TOO_LOW) == []


def test_overwrites_by_path_are_fine() -> None:
    mode = Mode("Highres", (Overwrite("MVImageModeSettings/dosePerFrame", "0.6667"),))
    item = Acquisition(1, parameters=AcquisitionParameters(mode))
    assert {finding.severity for finding in findings(one(item))} == {Severity.NOT_ACTED_ON}


@pytest.mark.parametrize("mode", imaging_modes(), ids=lambda mode: f"{mode.beam} {mode.id}")
def test_every_mode_goes_with_its_technique(mode: ImagingMode) -> None:
    make = kv_image if mode.beam == "kV" else mv_image
    good, bad = (row, one) if mode.continuous else (one, row)
    assert {item.severity for item in findings(good(make(1, mode.id)))} == {Severity.NOT_ACTED_ON}
    assert Severity.ERROR in {item.severity for item in findings(bad(make(1, mode.id)))}


def test_the_kv_source_has_a_range_for_each_setting() -> None:
    ranges = kv_source_ranges()
    assert set(ranges) == {"voltage_kv", "current_ma", "pulse_ms"}
    assert all(0 < item.lower < item.upper for item in ranges.values())


REAL_BEAMS = (
    "JawCal_Truebeam.xml",
    "MLC_Position_Truebeam.xml",
    "mpc-6xFFF.SetBeam.xml",
    "mpc-6xFFF.VarianResearchBeam.xml",
)


@pytest.mark.parametrize("name", REAL_BEAMS)
def test_real_beams_pass(shared_data: Path, name: str) -> None:
    beam = read_beam(shared_data / "xml" / name).beam
    assert beam is not None
    assert {item.severity for item in findings(beam)} == {Severity.NOT_ACTED_ON}
