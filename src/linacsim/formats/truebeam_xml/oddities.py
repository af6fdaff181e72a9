"""The slow way through control points: whatever is not plainly right, with findings."""

import numpy as np
from lxml.etree import _Element as Element

from linacsim.formats.truebeam_xml.beam_schema import CP_PARTS
from linacsim.formats.truebeam_xml.leaves import read_bank
from linacsim.formats.truebeam_xml.point_table import (
    MU,
    PLAIN_BY_ISO,
    SLOTS,
    PointTable,
)
from linacsim.formats.truebeam_xml.reading import Reading
from linacsim.formats.truebeam_xml.scalars import read_text, report_attribute, report_stray
from linacsim.formats.truebeam_xml.values import INT
from linacsim.formats.truebeam_xml.walker import (
    report_missing,
    report_order,
    report_too_many,
    report_unknown,
)

_FIRST_POINT = ("SubBeam", "Energy", "Mu", "DRate")
_MLC_CHILDREN = ("ID", "B", "A")


def control_points(container: Element, reading: Reading) -> list[Element]:
    """Return the Cp elements; report any other element."""
    found = list(container)
    points = container.findall("Cp")
    if len(found) > len(points):
        for child in found:
            if child.tag != "Cp":
                report_unknown(child, ["Cp"], reading)
    return points


def unknown_child(table: PointTable, index: int, child: Element) -> tuple[int, int] | None:
    """Return the slot of a couch axis of dialect 4; report any other name and return None."""
    name = str(child.tag)
    plain = PLAIN_BY_ISO.get(name)
    if plain is None:
        report_unknown(child, list(SLOTS), table.reading, point=index)
        return None
    table.isocentric = True
    table.reading.note_dialect("4", child, name, f"read as {plain}")
    return SLOTS[plain]


def accepted_again(table: PointTable, index: int, child: Element, last: int) -> bool:
    """Judge a child that does not come after the one before it; tell whether to read it."""
    name = _plain_name(child)
    order = SLOTS[name][0]
    most = CP_PARTS[order].most or 1
    same = [item for item in child.itersiblings(preceding=True) if _plain_name(item) == name]
    if len(same) >= most:
        report_too_many(child, most, table.reading, index)
        return False
    if same and child.findtext("ID") in [item.findtext("ID") for item in same]:
        table.reading.report(
            "duplicate",
            child,
            name,
            f"two {name} elements have the same ID",
            allowed=f"one {name} for each ID",
            point=index,
        )
        return False
    if order < last:
        report_order(child, CP_PARTS[last].name, table.reading, index)
    return True


def _plain_name(child: Element) -> str:
    name = str(child.tag)
    return PLAIN_BY_ISO.get(name, name)


def read_mlc(table: PointTable, index: int, mlc: Element) -> None:
    """Read an Mlc element bank by bank."""
    _check_mlc_children(table, index, mlc)
    pairs = table.leaves.shape[1] // 2
    positions = np.full(2 * pairs, np.nan)
    for bank, place in (("A", slice(0, pairs)), ("B", slice(pairs, 2 * pairs))):
        element = mlc.find(bank)
        if element is not None:
            positions[place] = read_bank(element, pairs, table.reading, index)
    if _mlc_number(table, index, mlc) == 2:
        table.second_leaves[index] = positions
    else:
        table.leaves[index] = positions


def _mlc_number(table: PointTable, index: int, mlc: Element) -> int:
    element = mlc.find("ID")
    if element is None:
        return 1
    number = int(read_text(element, INT, table.reading, index))
    if number not in (1, 2):
        table.reading.report(
            "range",
            element,
            "Mlc",
            f"ID of Mlc is {number}",
            allowed="1 for the primary MLC, 2 for the secondary",
            point=index,
        )
    return number


def _check_mlc_children(table: PointTable, index: int, mlc: Element) -> None:
    seen: list[str] = []
    for child in mlc:
        name = str(child.tag)
        if name not in _MLC_CHILDREN:
            report_unknown(child, list(_MLC_CHILDREN), table.reading, point=index)
            continue
        if name in seen:
            report_too_many(child, 1, table.reading, index)
        elif seen and _MLC_CHILDREN.index(name) < _MLC_CHILDREN.index(seen[-1]):
            report_order(child, seen[-1], table.reading, index)
        seen.append(name)
    for name in _MLC_CHILDREN:
        if name not in seen:
            report_missing(mlc, name, table.reading, index)


def report_strays(table: PointTable, index: int) -> None:
    """Report texts between the elements of a control point and elements inside its values."""
    cp = table.cps[index]
    for holder in (cp, *cp.iterfind("Mlc")):
        if holder.text and holder.text.strip():
            report_stray(holder, holder.text, table.reading)
        for child in holder:
            if child.tail and child.tail.strip():
                report_stray(child, child.tail, table.reading)
    for bank in cp.iterfind("Mlc/*"):
        for child in bank:
            report_unknown(child, [], table.reading, point=index)


def report_attributes(container: Element, reading: Reading) -> None:
    """Report attributes, of which control points have none."""
    for element in container.iter():
        for key in element.attrib:
            report_attribute(element, str(key), [], reading)


def check_first(table: PointTable) -> None:
    """Report what the first control point must hold and does not (element Cp, first rules)."""
    if not table.cps:
        return
    first = table.cps[0]
    for name in _FIRST_POINT:
        if first.find(name) is None:
            report_missing(first, name, table.reading, 0)
    mu = table.numbers[0, MU]
    if mu != 0 and not np.isnan(mu):
        table.reading.report(
            "first-mu",
            first,
            "Mu",
            f"Mu of the first control point is {mu:g}",
            allowed="0",
            mend="write 0",
            point=0,
        )


def check_couch(table: PointTable) -> None:
    """Report couch axes named both ways."""
    if table.isocentric and table.plain_couch:
        index = min(table.plain_couch)
        table.reading.report(
            "mixed-couch",
            table.cps[index],
            "Cp",
            "couch axes are named both as in 2.0 and as in dialect 4, with ISO at the end",
            allowed="one way of naming in a beam",
            mend="name all couch axes the same way",
            point=index,
        )
