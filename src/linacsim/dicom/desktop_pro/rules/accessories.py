"""Wedges, compensators, boli, blocks, applicators: Table 14, Notes XI to XIII."""

from collections.abc import Iterator

from linacsim.dicom.desktop_pro import tags
from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Applicator, Mask
from linacsim.dicom.desktop_pro.request import Beam, Request
from linacsim.dicom.desktop_pro.rules.row import Check, Fault, Rule, each_beam

APPLICATOR_TYPES = (
    "ELECTRON_SQUARE",
    "ELECTRON_RECT",
    "ELECTRON_CIRC",
    "ELECTRON_SHORT",
    "ELECTRON_OPEN",
)
_FIELD_SLACK_MM = 0.5


def _counted(number: int, sequence: int) -> Check:
    @each_beam
    def check(beam: Beam, _request: Request) -> Iterator[Fault]:
        stated, found = beam.data.integer(number), len(beam.data.items(sequence))
        if stated != found:
            yield Fault(beam.data.where, f"is {stated}, but there are {found}")

    return check


@each_beam
def _wedge_count(beam: Beam, _request: Request) -> Iterator[Fault]:
    if (found := beam.data.integer(tags.WEDGES)) not in (0, 1):
        yield Fault(beam.data.where, f"is {found}, not 0 or 1")


@each_beam
def _wedge_type(beam: Beam, _request: Request) -> Iterator[Fault]:
    for wedge in beam.data.items(tags.WEDGE_SEQUENCE):
        if (found := wedge.text(tags.WEDGE_TYPE)) != "MOTORIZED":
            yield Fault(beam.data.where, f"is {found or 'empty'}, not MOTORIZED")


@each_beam
def _wedge_orientation(beam: Beam, _request: Request) -> Iterator[Fault]:
    for wedge in beam.data.items(tags.WEDGE_SEQUENCE):
        if found := wedge.number(tags.WEDGE_ORIENTATION):
            yield Fault(beam.data.where, f"is {found:g}, not 0")


@each_beam
def _wedge_reference(beam: Beam, _request: Request) -> Iterator[Fault]:
    known = [item.integer(tags.WEDGE_NUMBER) for item in beam.data.items(tags.WEDGE_SEQUENCE)]
    for point in beam.points.items:
        for entry in point.items(tags.WEDGE_POSITIONS):
            found = entry.integer(tags.REFERENCED_WEDGE)
            if found not in known:
                yield Fault(point.where, f"wedge {found} is not in the beam")


@each_beam
def _wedge_positions(beam: Beam, _request: Request) -> Iterator[Fault]:
    if not beam.data.integer(tags.WEDGES):
        return
    stated = beam.points.wedge
    changes = len({one for one in stated if one}) > 1
    for k, (point, one) in enumerate(zip(beam.points.items, stated, strict=True)):
        if not one and (changes or k == 0):
            yield Fault(point.where, "is missing, though the beam has a wedge")


@each_beam
def _same_trays(beam: Beam, request: Request) -> Iterator[Fault]:
    trays = {item.text(tags.TRAY) for item in beam.data.items(tags.BLOCK_SEQUENCE)} - {""}
    if len(trays) > 1 and _tray_counts(beam, request):
        yield Fault(beam.data.where, "blocks have different trays")


@each_beam
def _known_tray(beam: Beam, request: Request) -> Iterator[Fault]:
    if beam.linac is None or not _tray_counts(beam, request):
        return
    for block in beam.data.items(tags.BLOCK_SEQUENCE):
        tray = block.text(tags.TRAY)
        if tray and tray not in beam.linac.trays:
            yield Fault(beam.data.where, f"{tray!r} is no shadow tray")


def _tray_counts(beam: Beam, request: Request) -> bool:
    """Return whether trays are looked at: the mask is for X-rays (Table 19)."""
    return not (Mask.SHADOW_TRAY in request.masks and beam.radiation == "PHOTON")


@each_beam
def _applicator_count(beam: Beam, _request: Request) -> Iterator[Fault]:
    found = len(beam.data.items(tags.APPLICATORS))
    if found > 1:
        yield Fault(beam.data.where, f"has {found} items, not 0 or 1")


@each_beam
def _no_photon_applicator(beam: Beam, _request: Request) -> Iterator[Fault]:
    if beam.radiation == "PHOTON" and beam.data.items(tags.APPLICATORS):
        yield Fault(beam.data.where, "an applicator with X-rays")


@each_beam
def _applicator_type(beam: Beam, request: Request) -> Iterator[Fault]:
    if Mask.ACCESSORY_MOUNT in request.masks or beam.linac is None:
        return
    for item in beam.data.items(tags.APPLICATORS):
        found = item.text(tags.APPLICATOR_TYPE)
        # ELECTRON_SHORT is for the MLC head only.
        short = found == "ELECTRON_SHORT" and beam.linac.head.name == "beam_modulator"
        if found not in APPLICATOR_TYPES or short:
            yield Fault(beam.data.where, f"{found or 'empty'} is not supported")


@each_beam
def _applicator_id(beam: Beam, request: Request) -> Iterator[Fault]:
    if Mask.ACCESSORY_FITMENT in request.masks or beam.linac is None:
        return
    for item in beam.data.items(tags.APPLICATORS):
        found = item.text(tags.APPLICATOR_ID)
        if found not in beam.linac.applicators:
            yield Fault(beam.data.where, f"{found!r} is no applicator")


@each_beam
def _applicator_field(beam: Beam, request: Request) -> Iterator[Fault]:
    if request.masks & {Mask.ACCESSORY_MOUNT, Mask.ACCESSORY_FITMENT} or beam.linac is None:
        return
    for item in beam.data.items(tags.APPLICATORS):
        known = beam.linac.applicators.get(item.text(tags.APPLICATOR_ID))
        if known is None:
            continue
        if item.text(tags.APPLICATOR_TYPE) != known.type:
            yield Fault(beam.data.where, f"the applicator is {known.type}")
        elif not _fits(beam, known):
            yield Fault(beam.data.where, f"is for {known.x_mm:g} x {known.y_mm:g} mm")


def _fits(beam: Beam, applicator: Applicator) -> bool:
    """Return whether the field at the first control point is the applicator's."""
    first = beam.points.devices[0] if beam.points.devices else {}
    for kinds, size in ((("X", "ASYMX"), applicator.x_mm), (("Y", "ASYMY"), applicator.y_mm)):
        for kind in kinds:
            jaws = first.get(kind)
            if jaws and abs(jaws[1] - jaws[0] - size) > _FIELD_SLACK_MM:
                return False
    return True


RULES = (
    Rule("wedge-count", "Table 14", tags.WEDGES, Code.WEDGE, "0 or 1", _wedge_count),
    Rule(
        "wedge-items",
        "Table 14",
        tags.WEDGES,
        Code.BEAM_SEQUENCE,
        "the number of items of the Wedge Sequence",
        _counted(tags.WEDGES, tags.WEDGE_SEQUENCE),
    ),
    Rule("wedge-type", "Table 14", tags.WEDGE_TYPE, Code.WEDGE, "MOTORIZED", _wedge_type),
    Rule(
        "wedge-orientation",
        "Table 14",
        tags.WEDGE_ORIENTATION,
        Code.WEDGE,
        "0 or empty",
        _wedge_orientation,
    ),
    Rule(
        "wedge-reference",
        "Table 14",
        tags.REFERENCED_WEDGE,
        Code.BEAM_SEQUENCE,
        "the number of the beam's wedge",
        _wedge_reference,
    ),
    Rule(
        "wedge-positions",
        "Table 14, Note XV",
        tags.WEDGE_POSITIONS,
        Code.WEDGE_POSITIONS,
        "at the first control point, and at every one if the wedge moves",
        _wedge_positions,
    ),
    Rule(
        "compensator-items",
        "Table 14",
        tags.COMPENSATORS,
        Code.BEAM_SEQUENCE,
        "the number of items of the Compensator Sequence",
        _counted(tags.COMPENSATORS, tags.COMPENSATOR_SEQUENCE),
    ),
    Rule(
        "bolus-items",
        "Table 14",
        tags.BOLI,
        Code.BEAM_SEQUENCE,
        "the number of items of the Referenced Bolus Sequence",
        _counted(tags.BOLI, tags.BOLUS_SEQUENCE),
    ),
    Rule(
        "block-items",
        "Table 14",
        tags.BLOCKS,
        Code.BEAM_SEQUENCE,
        "the number of items of the Block Sequence",
        _counted(tags.BLOCKS, tags.BLOCK_SEQUENCE),
    ),
    Rule(
        "same-trays",
        "Note XII",
        tags.TRAY,
        Code.TRAYS_DIFFER,
        "the same for all blocks of a beam",
        _same_trays,
    ),
    Rule("known-tray", "Note XII", tags.TRAY, Code.UNKNOWN_TRAY, "a shadow tray", _known_tray),
    Rule(
        "applicator-count",
        "Table 14",
        tags.APPLICATORS,
        Code.BEAM_SEQUENCE,
        "none or one",
        _applicator_count,
    ),
    Rule(
        "no-applicator-with-photons",
        "Table 14",
        tags.APPLICATORS,
        Code.APPLICATOR_WITH_PHOTONS,
        "applicators with electrons only",
        _no_photon_applicator,
    ),
    Rule(
        "applicator-type",
        "Table 14, Note XIII",
        tags.APPLICATOR_TYPE,
        Code.APPLICATOR,
        "ELECTRON_SQUARE, _RECT, _CIRC, _OPEN, or with the MLC head _SHORT",
        _applicator_type,
    ),
    Rule(
        "applicator-id",
        "Note XIII",
        tags.APPLICATOR_ID,
        Code.APPLICATOR,
        "an accessory fitment of the linac",
        _applicator_id,
    ),
    Rule(
        "applicator-field",
        "Note XIII",
        tags.APPLICATOR_TYPE,
        Code.APPLICATOR,
        "the type and field size of the applicator",
        _applicator_field,
    ),
)
