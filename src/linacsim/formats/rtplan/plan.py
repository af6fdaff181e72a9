"""A whole plan: from a file, bytes or a dataset to an RtPlan and findings."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from linacsim.formats.rtplan import tags
from linacsim.formats.rtplan.beams import read_beam
from linacsim.formats.rtplan.file import load, parse
from linacsim.formats.rtplan.fractions import read_fraction_groups, read_tolerance_tables
from linacsim.formats.rtplan.item import Item
from linacsim.formats.rtplan.reading import Reading
from linacsim.model.findings import Finding, InputError, Place
from linacsim.model.rt_plan import FractionGroup, RtBeam, RtPlan, ToleranceTable

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True, slots=True)
class PlanRead:
    """What reading gave."""

    plan: RtPlan
    """With errors among the findings, what was missing has stand-ins: it must not be delivered."""
    findings: tuple[Finding, ...]


def read_plan(path: Path) -> PlanRead:
    """Read an RT Plan file, with or without preamble and file meta information.

    Raises InputError, one line, where nothing can be read: pydicom is not installed, the file is
    not DICOM, is cut off, or is no RT Plan.
    """
    return parse_plan(load(path), str(path))


def parse_plan(data: bytes, name: str) -> PlanRead:
    """Read an RT Plan from memory; `name` stands for the file in findings and errors."""
    dataset = parse(data, name)
    try:
        return plan_of(dataset, name)
    except RecursionError:
        raise InputError("sequences are nested too deeply", Place(name)) from None


def plan_of(dataset: "Dataset", name: str) -> PlanRead:
    """Read an RT Plan from a dataset, such as one that a C-STORE request holds.

    Raises InputError where the dataset is no RT Plan.
    """
    with warnings.catch_warnings():
        # pydicom warns of values that are only too long for their representation.
        warnings.simplefilter("ignore")
        return _plan_of(dataset, name)


def _plan_of(dataset: "Dataset", name: str) -> PlanRead:
    reading = Reading(name)
    item = Item(dataset, reading)
    _refuse_others(item, name)
    groups = read_fraction_groups(item)
    brachy = reading.tells("brachy")
    if item.holds(tags.APPLICATION_SETUP_SEQUENCE) and not brachy:
        brachy = True
        item.report(
            "brachy",
            tags.APPLICATION_SETUP_SEQUENCE,
            "the plan has brachytherapy setups, which a linac cannot deliver",
        )
    beams = _beams(item, needed=not brachy)
    tables = read_tolerance_tables(item)
    _check_references(item, groups, beams)
    _check_tables(item.reading, tables, beams)
    plan = RtPlan(
        path=name,
        patient_id=item.text(tags.PATIENT_ID),
        label=item.text(tags.RT_PLAN_LABEL),
        sop_instance_uid=item.text(tags.SOP_INSTANCE_UID),
        manufacturer=item.text(tags.MANUFACTURER),
        fraction_groups=groups,
        beams=beams,
        tolerance_tables=tables,
        motion_synchronized=any(
            setup.items(tags.MOTION_SYNCHRONIZATION_SEQUENCE)
            for setup in item.items(tags.PATIENT_SETUP_SEQUENCE)
        ),
    )
    return PlanRead(plan, reading.findings())


def _refuse_others(item: Item, name: str) -> None:
    sop_class, modality = item.text(tags.SOP_CLASS_UID), item.word(tags.MODALITY)
    if sop_class == tags.RT_PLAN_STORAGE or (not sop_class and modality == "RTPLAN"):
        return
    found = f"SOP class {_named(sop_class)}" if sop_class else f"modality {modality or 'missing'}"
    raise InputError(
        f"the file is no RT Plan: {found}",
        Place(name, element="(0008,0016) SOP Class UID" if sop_class else "(0008,0060) Modality"),
    )


def _named(uid: str) -> str:
    from pydicom.uid import UID

    return UID(uid[:64]).name


def _beams(plan: Item, *, needed: bool) -> tuple[RtBeam, ...]:
    items = plan.items(tags.BEAM_SEQUENCE)
    if not items and needed:
        plan.report("missing", tags.BEAM_SEQUENCE, "the plan has no beams")
    out: list[RtBeam] = []
    for item in items:
        beam = read_beam(item)
        if beam is None:
            continue
        if any(one.number == beam.number for one in out):
            item.report("number-twice", tags.BEAM_NUMBER, "the beam number is there twice")
        out.append(beam)
    return tuple(out)


def _check_tables(
    reading: Reading, tables: tuple[ToleranceTable, ...], beams: tuple[RtBeam, ...]
) -> None:
    known = {table.number for table in tables}
    for beam in beams:
        if beam.is_treatment and beam.tolerance_table not in {None, *known}:
            reading.warn(
                "unknown-table",
                f"beam {beam.number}",
                tags.REFERENCED_TOLERANCE_TABLE,
                f"tolerance table {beam.tolerance_table} is not in the plan: the machine's hold",
            )


def _check_references(
    plan: Item, groups: tuple[FractionGroup, ...], beams: tuple[RtBeam, ...]
) -> None:
    numbers = {beam.number for beam in beams}
    for group in groups:
        for reference in group.beams:
            if reference.number not in numbers:
                plan.reading.report(
                    "unknown-beam",
                    f"fraction group {group.number}",
                    tags.REFERENCED_BEAM_NUMBER,
                    f"beam {reference.number} is referenced, but not in the plan",
                    allowed=", ".join(map(str, sorted(numbers)[:20])) or "none",
                )
    referenced = {reference.number for group in groups for reference in group.beams}
    for beam in beams:
        if groups and beam.is_treatment and beam.number not in referenced:
            plan.reading.warn(
                "unreferenced-beam",
                f"beam {beam.number}",
                tags.BEAM_NUMBER,
                "no fraction group references the beam: it is not delivered",
            )
    if not groups:
        plan.reading.warn(
            "no-fractions",
            "",
            tags.FRACTION_GROUP_SEQUENCE,
            "the plan has no fraction group: no beam has a meterset",
        )
