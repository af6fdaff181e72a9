"""What is stored all the same, but not as it was sent: Notes IV, XI, XII, Table 19."""

from collections.abc import Iterator

from linacsim.dicom.desktop_pro import tags
from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Mask
from linacsim.dicom.desktop_pro.kinds import moves
from linacsim.dicom.desktop_pro.names import beam_name, dose_point_name, sequence_stem, shortened
from linacsim.dicom.desktop_pro.request import Beam, Request
from linacsim.dicom.desktop_pro.rules.row import Check, Fault, Rule, each_beam

_FOREIGN_GROUPS = frozenset({0x0028, 0x3004, 0x3006, 0x5400, 0x7FE0})
"""Images, doses, structure sets, waveforms."""
_PADDING = 0x0028_0120
"""Pixel Padding Value is one of the General Equipment Module (Table 8)."""


@each_beam
def _beam_type(beam: Beam, _request: Request) -> Iterator[Fault]:
    stated = beam.data.text(tags.BEAM_TYPE)
    wedged = len({one for one in beam.points.wedge if one}) > 1
    if stated == "STATIC" and moves(beam.points):
        yield Fault(beam.data.where, "is STATIC, but something moves")
    if stated == "DYNAMIC" and not moves(beam.points) and not wedged:
        yield Fault(beam.data.where, "is DYNAMIC, but nothing moves")


def _ignored(number: int, what: str) -> Check:
    @each_beam
    def check(beam: Beam, _request: Request) -> Iterator[Fault]:
        if beam.data.integer(number):
            yield Fault(beam.data.where, f"{what} are left out, but for a note")

    return check


def _unlabelled(request: Request) -> Iterator[Fault]:
    if Mask.TOLERANCE_TABLES in request.masks:
        return
    for table in request.plan.items(tags.TOLERANCE_TABLES):
        if not table.text(tags.TOLERANCE_LABEL):
            yield Fault("", "a table without a label is left out")


def _masked(request: Request) -> Iterator[Fault]:
    for mask in sorted(request.masks):
        if _affects(mask, request):
            yield Fault("", f"{mask.value} masked for this sender")


def _affects(mask: Mask, request: Request) -> bool:
    """Return whether a mask leaves something of this plan out."""
    if mask is Mask.TOLERANCE_TABLES:
        return bool(request.plan.items(tags.TOLERANCE_TABLES))
    for beam in request.beams:
        if mask is Mask.ENERGY:
            found = any(point.holds(tags.ENERGY) for point in beam.points.items)
        elif mask is Mask.SHADOW_TRAY:
            found = beam.radiation == "PHOTON" and bool(beam.data.items(tags.BLOCK_SEQUENCE))
        else:
            found = bool(beam.data.items(tags.APPLICATORS))
        if found:
            return True
    return False


def _names(request: Request) -> Iterator[Fault]:
    plan = request.plan
    if sequence_stem(request.patient_id, plan.text(tags.PLAN_LABEL), 1)[1]:
        yield Fault("", "the sequence name is shortened to 64 characters")
    for beam in request.beams:
        name = beam.data.text(tags.BEAM_NAME)
        if shortened(beam_name(beam.number, name, None), name):
            yield Fault(beam.data.where, "the beam name is shortened to 64 characters")
    for item in plan.items(tags.DOSE_REFERENCES):
        text = item.text(tags.DOSE_REFERENCE_DESCRIPTION)
        number = item.integer(tags.DOSE_REFERENCE_NUMBER) or 0
        if shortened(dose_point_name(number, text), text):
            yield Fault("", "a dose point name is shortened to 64 characters")


def _foreign(request: Request) -> Iterator[Fault]:
    for tag in sorted(request.plan.elements):
        if tag >> 16 in _FOREIGN_GROUPS and tag != _PADDING:
            yield Fault("", f"{tags.code(tag)} is left out: not of an RT Plan")


RULES = (
    Rule(
        "beam-type",
        "Table 14",
        tags.BEAM_TYPE,
        Code.ELEMENTS_DISCARDED,
        "STATIC beams stand still, DYNAMIC ones move",
        _beam_type,
    ),
    Rule(
        "compensators",
        "Note XI",
        tags.COMPENSATORS,
        Code.ELEMENTS_DISCARDED,
        "0",
        _ignored(tags.COMPENSATORS, "compensators"),
    ),
    Rule("boli", "Note XI", tags.BOLI, Code.ELEMENTS_DISCARDED, "0", _ignored(tags.BOLI, "boli")),
    Rule(
        "blocks",
        "Note XII",
        tags.BLOCKS,
        Code.ELEMENTS_DISCARDED,
        "0",
        _ignored(tags.BLOCKS, "blocks"),
    ),
    Rule(
        "unlabelled-tolerances",
        "Note IV",
        tags.TOLERANCE_LABEL,
        Code.ELEMENTS_DISCARDED,
        "a label",
        _unlabelled,
    ),
    Rule(
        "masked",
        "Table 19",
        tags.BEAMS,
        Code.ELEMENTS_DISCARDED,
        "no attribute that is masked for the sender",
        _masked,
    ),
    Rule(
        "names",
        "Notes V, IX, Table 10",
        tags.BEAM_NAME,
        Code.ELEMENTS_COERCED,
        "names that fit the 64 characters of the database",
        _names,
    ),
    Rule(
        "foreign-elements",
        "Table 4",
        tags.SOP_CLASS,
        Code.FOREIGN_ELEMENTS,
        "no elements of images, doses or structure sets",
        _foreign,
    ),
)
