"""What is read of a beam, element by element."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lxml import etree

from linacsim.formats.truebeam_xml import beam_to_xml, parse_beam, read_beam
from linacsim.formats.truebeam_xml.beam_schema import CP_PARTS, ISOCENTRIC, SET_BEAM, SUB_BEAM
from linacsim.formats.truebeam_xml.shapes import OneOf, Row, Shape
from linacsim.model.beam import Beam
from linacsim.model.findings import Severity, has_errors
from linacsim.model.motion import GatingMotionModel, PlugIn

EXAMPLES = Path(__file__).parent / "xml_examples"
SEEDS = Path(__file__).parent / "xml_seeds"
EXAMPLE_FILES = sorted(EXAMPLES.glob("*.xml"))


def read(path: Path) -> Beam:
    beam = read_beam(path).beam
    assert beam is not None
    return beam


@pytest.mark.parametrize("path", EXAMPLE_FILES, ids=lambda path: path.stem)
def test_examples_of_the_manual_read_without_a_warning(path: Path) -> None:
    result = read_beam(path)
    assert result.beam is not None
    assert {finding.severity for finding in result.findings} <= {Severity.NOTE}


def test_there_is_a_file_for_every_example_of_the_manual() -> None:
    numbers = {path.stem[7:9] for path in EXAMPLE_FILES}
    assert numbers == {f"{number:02d}" for number in range(1, 13)}
    assert len(EXAMPLE_FILES) == 13


def test_simplest_example_holds_what_it_says() -> None:
    beam = read(EXAMPLES / "example01_beam_on.xml")
    assert (beam.id, beam.mlc_model, beam.energy, beam.name) == (1234, "NDS120HD", "6x", "Beam ON")
    assert beam.control_points.mu.tolist() == [0, 100]
    assert beam.control_points.dose_rate == {0: 300}
    assert np.isnan(beam.control_points.axes).all()
    assert np.isnan(beam.control_points.leaves).all()
    assert beam.accessories == (None,) * 4
    assert beam.source.root_schema_version == "1.0"


def test_positions_leaves_and_tolerances_are_in_their_columns() -> None:
    beam = read(EXAMPLES / "example02_static_tolerances.xml")
    first = beam.control_points.axes[0]
    expected = [221, 180, 90.54, np.nan, 100, 180, np.nan, np.nan, 7.18, 7.18, 5.31, 4.81]
    assert np.array_equal(first, expected, equal_nan=True)
    assert beam.tolerances == {"GantryRtn": 0.3, "CouchVrt": 2, "CouchLng": 1000, "CouchRtn": 3.5}
    layout = beam.layout
    leaves = beam.resolved_positions()[0]
    assert leaves[layout.bank_a][21:25].tolist() == [0.7, 0.9, 1.6, 0.2]
    assert leaves[layout.bank_b][21:25].tolist() == [0.7, 0.9, 1.5, 1.1]


def test_imaging_is_kept_with_lines() -> None:
    beam = read(EXAMPLES / "example06_mv_and_kv_images.xml")
    assert beam.imaging is not None
    assert [point.cp for point in beam.imaging.points] == [0.25, 0.5, 2.5, 4.279]
    acquisition = beam.imaging.points[1].acquisitions[0]
    assert (acquisition.id, acquisition.specs.handshake, acquisition.specs.kv) == (2, True, True)
    assert acquisition.parameters is not None
    kv = acquisition.parameters.kv
    assert kv is not None
    assert (kv.voltage_kv, kv.current_ma, kv.pulse_ms, kv.mas) == (80, 50, 10, 0.5)
    lines = (EXAMPLES / "example06_mv_and_kv_images.xml").read_text().splitlines()
    assert "<ImagingPoint>" in lines[beam.imaging.points[1].line - 1]
    assert "<Cp>" in lines[beam.control_points.line[3] - 1]


def test_gating_of_1x_is_kept_and_noted() -> None:
    result = read_beam(EXAMPLES / "example12b_gated_mv_beam.xml")
    assert result.beam is not None
    assert result.beam.imaging is not None
    gating = result.beam.imaging.gating
    assert gating is not None
    assert (gating.filter, gating.kv_gating) == ("BreathingPhase", True)
    assert [(window.entry, window.exit) for window in gating.windows] == [(125, 230)]
    assert result.beam.beam_hold_devices[0].id == 4
    assert [finding.rule for finding in result.findings] == ["structure.dialect-1x"]
    assert result.beam.source.dialect == "1.x"


def test_every_element_of_the_schema_is_in_the_seeds_and_fills_its_field() -> None:
    seeds = [etree.parse(path).getroot() for path in sorted(SEEDS.glob("*.xml"))]
    present = {element.tag for seed in seeds for element in seed.iter(etree.Element)}
    assert known_names() - present == set()
    beams = [read(path) for path in sorted(SEEDS.glob("*.xml"))]
    empty = set.intersection(*(unfilled(beam) for beam in beams))
    assert empty == {"Beam.scale", "Beam.fitments"}  # the latter is of prescribed fields


def known_names() -> set[str]:
    """Return all element names of the order tables."""
    names = {part.name for part in (*CP_PARTS, *SUB_BEAM.parts)} | set(ISOCENTRIC.values())

    def walk(kind: Any) -> None:
        if isinstance(kind, Row | OneOf):
            names.update(kind.items)
            for shape in kind.items.values():
                walk(shape)
        elif isinstance(kind, Shape):
            names.update(part.name for part in kind.parts)
            for part in kind.parts:
                walk(part.kind)

    walk(SET_BEAM)
    return names


def unfilled(beam: Beam) -> set[str]:
    """Return the fields of all record classes that no record in the beam fills."""
    filled: dict[str, bool] = {}

    def walk(value: Any) -> None:
        if is_dataclass(value):
            for item in fields(value):
                content = getattr(value, item.name)
                name = f"{type(value).__name__}.{item.name}"
                is_filled = content is not None
                if isinstance(content, tuple) or hasattr(content, "keys"):
                    is_filled = len(content) > 0
                filled[name] = filled.get(name, False) or is_filled
                walk(content)
        elif isinstance(value, tuple):
            for item in value:
                walk(item)
        elif hasattr(value, "values"):
            for item in value.values():
                walk(item)

    walk(beam)
    return {name for name, is_filled in filled.items() if not is_filled}


def test_all_elements_read_without_a_finding() -> None:
    result = read_beam(SEEDS / "all_elements.xml")
    assert result.findings == ()
    beam = result.beam
    assert beam is not None
    assert beam.imaging is not None
    motion = beam.imaging.motion_management
    assert motion is not None
    assert [source.id for source in motion.tracking_sources] == ["NDI", "RTX1", "RTX2"]
    assert isinstance(motion.tracking_sources[1].motion_model, GatingMotionModel)
    plug_in = motion.tracking_sources[2].surrogate_model
    assert isinstance(plug_in, PlugIn)
    assert plug_in.content[0] == '<Gain unit="cm">2</Gain>'
    windows = motion.tracking_sources[0].action_windows
    assert [window.kind for window in windows] == ["Basic", "Segmental"]
    assert [trigger.source for trigger in windows[0].triggers] == ["MV", "KV"]
    assert beam.imaging.itools[0].startswith('<Tool name="own">')
    assert beam.control_points.second_leaves[0][0] == -3
    assert beam.control_points.phase == {0: 10, 1: 359.5}
    assert beam.velocities["GantryRtn"] == 2.5
    assert beam.tracking is not None
    assert beam.tracking.axes is not None
    assert beam.tracking.axes.mlc is not None
    assert beam.tracking.axes.mlc.open_up_carriages_cm == 1.5


def test_dialect_4_is_read_as_machines_write_it() -> None:
    result = read_beam(SEEDS / "dialect_4.xml")
    beam = result.beam
    assert beam is not None
    assert not has_errors(result.findings)
    assert beam.couch_is_isocentric
    assert beam.source.dialect == "4"
    assert beam.source.root_schema_version is None
    assert beam.treatment_mode == "MPC"
    assert beam.control_points.work_object == {0: "Linac"}
    assert beam.control_points.axes[0, 2:8].tolist() == [111.77, 99.84, 20, 180, 0, 0]
    assert beam.control_points.axes[2, 2] == 111
    assert beam.control_points.sub_beam[2].seq == 1
    assert beam.control_points.mu[2] == 36.4


def test_real_files_read_without_errors(shared_data: Path) -> None:
    beams = {}
    for path in sorted((shared_data / "xml").glob("*.xml")):
        result = read_beam(path)
        assert not has_errors(result.findings), path
        beams[path.stem] = result.beam
    one, two = (beams[f"mpc-6xFFF.{form}"] for form in ("SetBeam", "VarianResearchBeam"))
    assert one.control_points == two.control_points
    assert beams["JawCal_Truebeam"].source.dialect == "2.0"


@pytest.mark.parametrize("path", [*EXAMPLE_FILES, *sorted(SEEDS.glob("*.xml"))], ids=str)
def test_all_our_files_survive_writing_in_their_own_dialect(path: Path) -> None:
    beam = read(path)
    again = parse_beam(beam_to_xml(beam, keep_dialect=True), "again")
    assert again.beam == beam
    assert not has_errors(again.findings)


def test_many_points_of_changing_make_are_each_read() -> None:
    rng = np.random.default_rng(5)
    points, expected = [], []
    for index in range(700):
        gantry = round(float(rng.uniform(0, 360)), int(rng.integers(0, 12)))
        leaves = [f"{value:.{rng.integers(0, 9)}f}" for value in rng.uniform(-20, 20, 120)]
        has_gantry, has_leaves = index == 0 or rng.random() < 0.6, rng.random() < 0.5
        expected.append((gantry if has_gantry else None, leaves if has_leaves else None))
        points.append(
            f"<Cp><Mu>{index}</Mu>"
            + (f"<GantryRtn>{gantry}</GantryRtn>" if has_gantry else "")
            + (
                f"<Mlc><ID>1</ID><B>{' '.join(leaves[60:])}</B><A>{' '.join(leaves[:60])}</A></Mlc>"
                if has_leaves
                else ""
            )
            + "</Cp>"
        )
    start = "<SubBeam><Seq>0</Seq></SubBeam><Energy>6x</Energy><Mu>0</Mu><DRate>1</DRate>"
    points[0] = points[0].replace("<Mu>0</Mu>", start)
    text = (
        "<SetBeam><Id>1</Id><MLCModel>NDS120</MLCModel><Accs/><ControlPoints>"
        + "".join(points)
        + "</ControlPoints></SetBeam>"
    )
    result = parse_beam(text.encode(), "long")
    assert result.findings == ()
    assert result.beam is not None
    table = result.beam.control_points
    assert table.mu.tolist() == list(range(700))
    for index, (angle, positions) in enumerate(expected):
        assert np.array_equal(
            table.axes[index, 0], np.nan if angle is None else angle, equal_nan=True
        )
        row = np.full(120, np.nan) if positions is None else np.array(positions, float)
        assert np.array_equal(table.leaves[index], row, equal_nan=True)
