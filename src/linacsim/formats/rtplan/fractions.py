"""Fraction groups and tolerance tables."""

from types import MappingProxyType

from linacsim.formats.rtplan import tags
from linacsim.formats.rtplan.item import Item
from linacsim.model.rt_plan import BeamReference, FractionGroup, ToleranceTable


def read_fraction_groups(plan: Item) -> tuple[FractionGroup, ...]:
    """Return the fraction groups; findings for brachytherapy and what does not add up."""
    out: list[FractionGroup] = []
    for position, item in enumerate(plan.items(tags.FRACTION_GROUP_SEQUENCE), start=1):
        number = item.integer(tags.FRACTION_GROUP_NUMBER)
        item.where = f"fraction group {position if number is None else number}"
        if number is None:
            item.reading.warn(
                "missing", item.where, tags.FRACTION_GROUP_NUMBER, "the group has no number"
            )
            number = position
        if any(group.number == number for group in out):
            item.report("number-twice", tags.FRACTION_GROUP_NUMBER, "the number is there twice")
        if item.integer(tags.BRACHY_SETUPS):
            item.report(
                "brachy",
                tags.BRACHY_SETUPS,
                "the plan has brachytherapy setups, which a linac cannot deliver",
                allowed="0",
            )
        references = tuple(_references(item))
        stated = item.integer(tags.NUMBER_OF_BEAMS)
        if stated is not None and stated != len(references):
            item.report(
                "count",
                tags.NUMBER_OF_BEAMS,
                f"it says {stated}, but {len(references)} beams are referenced",
            )
        out.append(FractionGroup(number, item.integer(tags.FRACTIONS_PLANNED), references))
    return tuple(out)


def _references(group: Item) -> list[BeamReference]:
    out: list[BeamReference] = []
    for item in group.items(tags.REFERENCED_BEAM_SEQUENCE):
        number = item.integer(tags.REFERENCED_BEAM_NUMBER)
        if number is None:
            item.report("missing", tags.REFERENCED_BEAM_NUMBER, "a reference has no beam number")
            continue
        item.where = f"{group.where}, beam {number}"
        meterset = item.number(tags.BEAM_METERSET)
        if meterset is not None and meterset < 0:
            item.report(
                "meterset", tags.BEAM_METERSET, f"it is {meterset:g} MU", allowed="0 or more"
            )
        if any(one.number == number for one in out):
            item.report("number-twice", tags.REFERENCED_BEAM_NUMBER, "the beam is there twice")
            continue
        out.append(
            BeamReference(
                number,
                meterset,
                item.number(tags.BEAM_DOSE),
                item.number(tags.DELIVERY_DURATION_LIMIT),
            )
        )
    return out


def read_tolerance_tables(plan: Item) -> tuple[ToleranceTable, ...]:
    """Return the tolerance tables."""
    out = []
    for item in plan.items(tags.TOLERANCE_TABLE_SEQUENCE):
        number = item.integer(tags.TOLERANCE_TABLE_NUMBER)
        item.where = f"tolerance table {number}"
        if number is None:
            item.report("missing", tags.TOLERANCE_TABLE_NUMBER, "the table has no number")
            continue
        stated = {name: item.number(tag) for name, tag in tags.TOLERANCES.items()}
        for entry in item.items(tags.DEVICE_TOLERANCE_SEQUENCE):
            stated[entry.word(tags.DEVICE_KIND)] = entry.number(tags.DEVICE_POSITION_TOLERANCE)
        given = {name: value for name, value in stated.items() if value is not None}
        for name, value in given.items():
            if value < 0:
                item.report("tolerance", None, f"the tolerance of {name} is {value:g}")
        out.append(
            ToleranceTable(number, item.text(tags.TOLERANCE_TABLE_LABEL), MappingProxyType(given))
        )
    return tuple(out)
