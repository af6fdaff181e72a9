"""Reads a beam file into a Beam and findings."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lxml.etree import _Element as Element

from linacsim.formats.truebeam_xml.beam_schema import ROOT_ATTRIBUTES, SET_BEAM
from linacsim.formats.truebeam_xml.document import load, parse
from linacsim.formats.truebeam_xml.point_table import PointTable
from linacsim.formats.truebeam_xml.points import read_points, rows_of_regular
from linacsim.formats.truebeam_xml.reading import Reading, line_of
from linacsim.formats.truebeam_xml.regular import Regular, take_out
from linacsim.formats.truebeam_xml.scalars import report_stray
from linacsim.formats.truebeam_xml.walker import (
    read_attributes,
    read_shape,
    report_missing,
    report_too_many,
    report_unknown,
)
from linacsim.model.beam import LEAF_PAIRS, Beam, BeamSource
from linacsim.model.findings import Finding, InputError, Place

SCHEMA_VERSION = "1.0"
"""The only SchemaVersion that a machine takes (manual, "The simplest example")."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What reading gave."""

    beam: Beam | None
    """None where no control point could be read; with errors among the findings, values that were
    missing or unreadable are stand-ins and the beam must not be delivered."""
    findings: tuple[Finding, ...]


def read_beam(path: Path) -> ReadResult:
    """Read a beam file: a VarianResearchBeam or a bare SetBeam, dialects 1.x, 2.0 and 4.

    Raises InputError, one line with file and line, where the file cannot be read at all: not
    well-formed XML, another root, a DOCTYPE, too large, empty.
    """
    return parse_beam(load(path), str(path))


def parse_beam(data: bytes, name: str) -> ReadResult:
    """Read a beam from memory; `name` stands for the file in findings and errors."""
    regular = take_out(data)
    result = None if regular is None else _read(regular.data, regular, name)
    if result is None:
        result = _read(data, None, name)
        assert result is not None
    return result


def _read(data: bytes, regular: Regular | None, name: str) -> ReadResult | None:
    """Read a document; None if its regular points do not fit the rest."""
    reading = Reading(name)
    envelope, set_beam = _unwrapped(parse(data, name), reading)
    values = read_shape(set_beam, SET_BEAM, reading)
    container = set_beam.find("ControlPoints")
    if container is None:
        return ReadResult(None, reading.findings())
    pairs = LEAF_PAIRS.get(values["mlc_model"]) or _pairs_of_first_bank(container)
    rows = {} if regular is None else rows_of_regular(container)
    if regular is not None and not _fits(regular, rows, pairs):
        return None
    table = read_points(container, pairs, regular, list(rows), reading)
    _check_mode_of_v4(set_beam, values, reading)
    beam = None
    if table.cps:
        beam = _beam(values | envelope, table, set_beam, reading)
    else:
        report_missing(container, "Cp", reading)
    return ReadResult(beam, reading.findings())


def _fits(regular: Regular, rows: Mapping[int, int], pairs: int) -> bool:
    """Return whether regular points have the leaves of the MLC model and all stand in order here.

    They do not if one was the first point, in a comment, or inside another element.
    """
    return (
        regular.leaves.shape[1] in (0, 2 * pairs)
        and list(rows.values()) == list(range(len(regular.numbers)))
        and 0 not in rows
    )


def _unwrapped(root: Element, reading: Reading) -> tuple[dict[str, Any], Element]:
    if root.tag == "SetBeam":
        return {}, root
    if root.tag != "VarianResearchBeam":
        raise InputError(
            f"the root element is {root.tag}; a beam file has VarianResearchBeam or SetBeam",
            Place(reading.file, line_of(root) or None),
        )
    beams = root.findall("SetBeam")
    if not beams:
        raise InputError(
            "VarianResearchBeam holds no SetBeam", Place(reading.file, line_of(root) or None)
        )
    for text in (root.text, *(child.tail for child in root)):
        if text and text.strip():
            report_stray(root, text, reading)
    for child in root:
        if child.tag != "SetBeam":
            report_unknown(child, ["SetBeam"], reading)
    for extra in beams[1:]:
        report_too_many(extra, 1, reading)
    return _envelope(root, reading), beams[0]


def _envelope(root: Element, reading: Reading) -> dict[str, Any]:
    values = read_attributes(root, ROOT_ATTRIBUTES, reading)
    version, scale = values.get("root_schema_version"), values.get("scale")
    if version not in (SCHEMA_VERSION, ""):
        reading.report(
            "schema-version",
            root,
            "VarianResearchBeam",
            f"SchemaVersion is {version}",
            allowed=SCHEMA_VERSION,
            mend=f'write SchemaVersion="{SCHEMA_VERSION}"',
        )
    if scale:
        reading.report(
            "scale",
            root,
            "VarianResearchBeam",
            f"Scale is {scale}; positions in that scale are not converted",
            allowed="no Scale: Varian internal scale",
            mend="convert the positions and remove Scale",
        )
    return values


def _pairs_of_first_bank(container: Element) -> int:
    bank = container.find("Cp/Mlc/A")
    return len((bank.text or "").split()) if bank is not None else max(LEAF_PAIRS.values())


def _check_mode_of_v4(set_beam: Element, values: Mapping[str, Any], reading: Reading) -> None:
    element = set_beam.find("TreatmentMode")
    if element is not None and values.get("treatment_mode") == "MPC":
        reading.note_dialect("4", element, "TreatmentMode", "MPC is a mode of newer machines")


def _beam(values: dict[str, Any], table: PointTable, set_beam: Element, reading: Reading) -> Beam:
    lines = MappingProxyType({str(child.tag): line_of(child) for child in set_beam})
    source = BeamSource(
        reading.file, reading.dialect, lines, values.pop("root_schema_version", None)
    )
    return Beam(
        **values,
        control_points=table.result(),
        couch_is_isocentric=table.isocentric,
        source=source,
    )
