"""Positions of jaws, leaves and wedges at the control points of a beam."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np

from linacsim.formats.rtplan import tags
from linacsim.formats.rtplan.devices import JAWS, MLC
from linacsim.formats.rtplan.item import Item
from linacsim.model.arrays import Floats
from linacsim.model.beam import carried_forward
from linacsim.model.rt_plan import Device, Wedge


def read_positions(beam: Item, items: list[Item], devices: tuple[Device, ...]) -> dict[str, Floats]:
    """Return jaws and leaves, in millimetres, carried forward."""
    declared = {device.kind: device for device in devices}
    # What cannot be used was told where it is declared, once; its positions are no other fault.
    told = {item.word(tags.DEVICE_KIND) for item in beam.items(tags.DEVICE_SEQUENCE)}
    silent = not beam.holds(tags.DEVICE_SEQUENCE)
    pairs = declared[MLC].pairs if MLC in declared else 0
    n = len(items)
    found = {"X": np.full((n, 2), np.nan), "Y": np.full((n, 2), np.nan)}
    found[MLC] = np.full((n, 2 * pairs), np.nan)
    for row, item in enumerate(items):
        for entry in item.items(tags.POSITION_SEQUENCE):
            kind = entry.word(tags.DEVICE_KIND)
            if kind not in declared and (silent or kind in told):
                continue
            if kind not in declared:
                entry.report(
                    "undeclared-device",
                    tags.DEVICE_KIND,
                    f"positions of {kind or 'a device without a type'}, which is not declared",
                    allowed=", ".join(declared) or "none",
                    mend="declare it in the Beam Limiting Device Sequence (300A,00B6)",
                )
                continue
            _place(entry, kind, found[JAWS.get(kind, kind)][row])
    _check_first(beam, declared, found)
    filled = {kind: carried_forward(values) for kind, values in found.items()}
    return {"x_jaws_mm": filled["X"], "y_jaws_mm": filled["Y"], "leaves_mm": filled[MLC]}


def _place(entry: Item, kind: str, row: Floats) -> None:
    values = entry.numbers(tags.POSITIONS)
    if len(values) != len(row):
        entry.report(
            "position-count",
            tags.POSITIONS,
            f"{kind} has {len(values)} positions",
            allowed=f"{len(row)}",
        )
        return
    if not np.isnan(row).any() and not np.array_equal(row, values):
        entry.report(
            "two-positions", tags.POSITIONS, f"{kind} is the second device of its kind here"
        )
    row[:] = values
    low, high = row[: len(row) // 2], row[len(row) // 2 :]
    crossings = np.flatnonzero(low > high)
    if len(crossings):
        crossed = int(crossings[0])
        entry.report(
            "crossed",
            tags.POSITIONS,
            f"{kind} pair {crossed + 1} overlaps: {low[crossed]:g} and {high[crossed]:g} mm",
            allowed="the first of a pair at or below the second",
        )


def _check_first(beam: Item, declared: Mapping[str, Device], found: Mapping[str, Floats]) -> None:
    """Report an MLC without positions, and devices that have their first ones too late."""
    for kind, values in found.items():
        rows = np.flatnonzero(~np.isnan(values).any(axis=1) & (values.shape[1] > 0))
        if kind == MLC and values.shape[1] and not len(rows):
            beam.report("missing", tags.POSITION_SEQUENCE, "no control point places the MLC")
        if len(rows) and rows[0] > 0:
            name = next((one for one in declared if JAWS.get(one, one) == kind), kind)
            beam.report(
                "late-device",
                tags.POSITION_SEQUENCE,
                f"{name} has its first positions at control point {rows[0]}",
                allowed="positions at control point 0",
            )


def read_wedge_positions(
    items: list[Item], wedges: Iterable[Wedge]
) -> Mapping[int, tuple[str, ...]]:
    """Return IN or OUT of each wedge at each point, carried forward."""
    now = {wedge.number: "" for wedge in wedges}
    out: dict[int, list[str]] = {number: [] for number in now}
    for item in items:
        for entry in item.items(tags.WEDGE_POSITION_SEQUENCE):
            number = entry.integer(tags.REFERENCED_WEDGE_NUMBER)
            if number not in now:
                entry.report(
                    "undeclared-wedge", tags.REFERENCED_WEDGE_NUMBER, f"wedge {number} is unknown"
                )
                continue
            word = entry.word(tags.WEDGE_POSITION)
            if word not in ("IN", "OUT"):
                entry.report("wedge-position", tags.WEDGE_POSITION, f"it is {word!r}")
            now[number] = word
        for number, positions in out.items():
            positions.append(now[number])
    return MappingProxyType({number: tuple(words) for number, words in out.items()})
