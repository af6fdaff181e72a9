"""What is mounted in the beam: wedges, blocks, applicators, compensators, bolus."""

from linacsim.formats.rtplan import tags
from linacsim.formats.rtplan.item import Item
from linacsim.model.rt_plan import Fitment, Wedge

_FITMENTS = (
    ("applicator", tags.APPLICATOR_SEQUENCE, tags.APPLICATOR_ID, tags.APPLICATOR_TYPE),
    ("block", tags.BLOCK_SEQUENCE, tags.BLOCK_TRAY_ID, tags.BLOCK_TYPE),
    (
        "general accessory",
        tags.GENERAL_ACCESSORY_SEQUENCE,
        tags.GENERAL_ACCESSORY_ID,
        tags.GENERAL_ACCESSORY_TYPE,
    ),
    ("compensator", tags.COMPENSATOR_SEQUENCE, tags.COMPENSATOR_ID, None),
    ("bolus", tags.BOLUS_SEQUENCE, None, None),
)
_COUNTS = (
    (tags.WEDGES, tags.WEDGE_SEQUENCE, "wedges"),
    (tags.BLOCKS, tags.BLOCK_SEQUENCE, "blocks"),
    (tags.COMPENSATORS, tags.COMPENSATOR_SEQUENCE, "compensators"),
    (tags.BOLI, tags.BOLUS_SEQUENCE, "boli"),
)


def read_wedges(beam: Item) -> tuple[Wedge, ...]:
    """Return the wedges of a beam; findings where counts do not agree."""
    for count, sequence, what in _COUNTS:
        stated, found = beam.integer(count) or 0, len(beam.items(sequence))
        if stated != found:
            beam.report("count", count, f"it says {stated}, but there are {found} {what}")
    out: list[Wedge] = []
    for item in beam.items(tags.WEDGE_SEQUENCE):
        number = item.integer(tags.WEDGE_NUMBER)
        if number is None:
            item.report("missing", tags.WEDGE_NUMBER, "a wedge has no number")
            number = len(out) + 1
        out.append(
            Wedge(
                number,
                item.word(tags.WEDGE_TYPE),
                item.text(tags.WEDGE_ID),
                item.text(tags.ACCESSORY_CODE),
                item.number(tags.WEDGE_ANGLE),
                item.number(tags.WEDGE_ORIENTATION),
            )
        )
    return tuple(out)


def read_fitments(beam: Item) -> tuple[Fitment, ...]:
    """Return what else is to be mounted."""
    return tuple(
        Fitment(
            kind,
            item.text(name) if name else "",
            item.text(tags.ACCESSORY_CODE),
            item.word(type_) if type_ else "",
        )
        for kind, sequence, name, type_ in _FITMENTS
        for item in beam.items(sequence)
    )
