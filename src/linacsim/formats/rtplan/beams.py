"""One item of the Beam Sequence."""

from linacsim.formats.rtplan import tags
from linacsim.formats.rtplan.devices import read_devices
from linacsim.formats.rtplan.fitments import read_fitments, read_wedges
from linacsim.formats.rtplan.item import Item
from linacsim.formats.rtplan.points import read_points
from linacsim.model.arrays import Floats
from linacsim.model.rt_plan import TREATMENT, RtBeam

RADIATIONS = ("PHOTON", "ELECTRON")
_FINAL_SLACK = 1e-3
"""By how much of the whole the last weight may miss the final one: rounding, not dose."""


def read_beam(item: Item) -> RtBeam | None:
    """Return a beam with whatever could be read; None where it has no number or no points."""
    number = item.integer(tags.BEAM_NUMBER)
    if number is None:
        item.report("missing", tags.BEAM_NUMBER, "a beam has no number")
        return None
    item.where = f"beam {number}"
    if item.word(tags.DELIVERY_TYPE) in ("", TREATMENT):
        return _beam(item, number)
    # Beams for setup or images lack what only dose needs, and nobody delivers them.
    with item.reading.as_notes():
        return _beam(item, number)


def _beam(item: Item, number: int) -> RtBeam | None:
    items = item.items(tags.POINT_SEQUENCE)
    _check_count(item, tags.NUMBER_OF_POINTS, len(items), "control points")
    if not items:
        item.report("missing", tags.POINT_SEQUENCE, "the beam has no control points")
        return None
    if len(items) == 1:
        item.report("count", tags.POINT_SEQUENCE, "there is one control point", allowed="2 or more")
    devices = read_devices(item)
    wedges = read_wedges(item)
    points = read_points(item, items, devices, wedges)
    fluence = _fluence(item)
    return RtBeam(
        number=number,
        name=item.text(tags.BEAM_NAME),
        description=item.text(tags.BEAM_DESCRIPTION),
        type=item.word(tags.BEAM_TYPE),
        radiation=_radiation(item),
        delivery_type=item.word(tags.DELIVERY_TYPE) or TREATMENT,
        machine=_machine(item),
        manufacturer=item.text(tags.MANUFACTURER),
        model=item.text(tags.MANUFACTURER_MODEL),
        fluence=fluence,
        final_weight=_final_weight(item, points.weight),
        devices=devices,
        points=points,
        wedges=wedges,
        fitments=read_fitments(item),
        tolerance_table=item.integer(tags.REFERENCED_TOLERANCE_TABLE),
    )


def _check_count(item: Item, tag: int, found: int, what: str) -> None:
    stated = item.integer(tag)
    if stated is not None and stated != found:
        item.report("count", tag, f"it says {stated}, but there are {found} {what}")


def _radiation(item: Item) -> str:
    word = item.word(tags.RADIATION_TYPE)
    if word not in RADIATIONS:
        item.report(
            "radiation",
            tags.RADIATION_TYPE,
            f"the radiation is {word or 'not stated'}",
            allowed=" or ".join(RADIATIONS),
        )
    unit = item.word(tags.DOSIMETER_UNIT)
    if unit not in ("", "MU"):
        item.report("unit", tags.DOSIMETER_UNIT, f"the dosimeter unit is {unit}", allowed="MU")
    return word


def _machine(item: Item) -> str:
    name = item.text(tags.MACHINE_NAME)
    if not name:
        item.report(
            "missing",
            tags.MACHINE_NAME,
            "the beam names no treatment machine",
            allowed="a name: without it nothing says for which machine the plan was made",
        )
    return name


def _fluence(item: Item) -> str:
    """Return the ID of a non-standard fluence mode."""
    for mode in item.items(tags.FLUENCE_SEQUENCE):
        word = mode.word(tags.FLUENCE_MODE)
        if word == "NON_STANDARD":
            name = mode.text(tags.FLUENCE_ID)
            if not name:
                mode.report("missing", tags.FLUENCE_ID, "a non-standard fluence has no name")
            return name or "NON_STANDARD"
        if word not in ("", "STANDARD"):
            mode.report("fluence", tags.FLUENCE_MODE, f"the fluence mode is {word}")
    return ""


def _final_weight(item: Item, weight: Floats) -> float:
    """Return the final cumulative weight; the last point's where the plan is silent."""
    stated, last = item.number(tags.FINAL_WEIGHT), float(weight[-1])
    if len(weight) == 1:
        return stated or last
    if stated is None:
        if last > 0:
            item.report("missing", tags.FINAL_WEIGHT, "the beam has weights but no final weight")
        return last
    if stated < 0 or (stated == 0) != (last == 0) or abs(stated - last) > _FINAL_SLACK * stated:
        item.report(
            "final-weight",
            tags.FINAL_WEIGHT,
            f"it is {stated:.9g}, but the last control point has the weight {last:.9g}",
            allowed="the weight of the last control point",
        )
    return stated
