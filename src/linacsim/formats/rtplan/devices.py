"""Beam limiting devices: what a beam declares, and which MLC has such leaf boundaries."""

import numpy as np

from linacsim.formats.rtplan import tags
from linacsim.formats.rtplan.item import Item
from linacsim.model.rt_plan import Device

JAWS = {"X": "X", "ASYMX": "X", "Y": "Y", "ASYMY": "Y"}
"""The pair of jaws by kind of device."""

MLC = "MLCX"
"""The only direction in which the leaves of the MLCs below travel."""


def _even(first_mm: float, width_mm: float, pairs: int) -> tuple[float, ...]:
    return tuple(first_mm + width_mm * k for k in range(pairs + 1))


def _stacked(widths_mm: tuple[tuple[int, float], ...]) -> tuple[float, ...]:
    """Return boundaries about the centre line for counts of leaves and their widths."""
    widths = np.concatenate([np.full(count, width) for count, width in widths_mm])
    edges = np.concatenate([[0.0], np.cumsum(widths)]) - widths.sum() / 2
    return tuple(edges.tolist())


BOUNDARIES_MM: dict[str, tuple[float, ...]] = {
    "Millennium 120": _stacked(((10, 10.0), (40, 5.0), (10, 10.0))),
    "Millennium 80 or MLCi": _even(-200.0, 10.0, 40),
    "HD120": _stacked(((14, 5.0), (32, 2.5), (14, 5.0))),
    "Beam Modulator": _even(-80.0, 4.0, 40),
    "Agility": _even(-200.0, 5.0, 80),
}
"""Sources: docs/reference/rtplan.md. Varian's and Elekta's leaves of 10 mm look the same here."""

_CLOSE_MM = 0.011
"""Boundaries are written with two decimals, some of them rounded."""


def read_devices(beam: Item) -> tuple[Device, ...]:
    """Return the devices that a beam declares; findings for those that make no sense."""
    out: dict[str, Device] = {}
    for item in beam.items(tags.DEVICE_SEQUENCE):
        device = _device(item)
        if device is None:
            continue
        if device.kind in out:
            beam.reading.warn(
                "device-twice", beam.where, tags.DEVICE_KIND, f"{device.kind} is declared twice"
            )
        out[device.kind] = device
    if not out and not beam.holds(tags.DEVICE_SEQUENCE):
        beam.report("missing", tags.DEVICE_SEQUENCE, "the beam declares no beam limiting device")
    return tuple(out.values())


def _device(item: Item) -> Device | None:
    kind = item.word(tags.DEVICE_KIND)
    pairs = item.integer(tags.LEAF_PAIRS)
    if kind in JAWS:
        if pairs not in (None, 1):
            item.report("pairs", tags.LEAF_PAIRS, f"{kind} has {pairs} pairs", allowed="1")
        return Device(kind, 1)
    if kind != MLC:
        item.report(
            "device-kind",
            tags.DEVICE_KIND,
            f"the beam limiting device {kind or 'without a type'} is not supported",
            allowed=", ".join((*JAWS, MLC)),
        )
        return None
    return _mlc(item, pairs)


def _mlc(item: Item, pairs: int | None) -> Device:
    edges = tuple(item.numbers(tags.LEAF_BOUNDARIES))
    known = ", ".join(BOUNDARIES_MM)
    if pairs is None or pairs < 1:
        item.report("pairs", tags.LEAF_PAIRS, f"the number of leaf pairs is {pairs}")
        pairs = len(edges) - 1
    if not edges:
        item.report("boundaries", tags.LEAF_BOUNDARIES, "the MLC has no leaf boundaries")
    elif len(edges) != pairs + 1:
        item.report(
            "boundaries",
            tags.LEAF_BOUNDARIES,
            f"there are {len(edges)} leaf boundaries for {pairs} leaf pairs",
            allowed=f"{pairs + 1}",
        )
    elif (np.diff(edges) <= 0).any():
        item.report("boundaries", tags.LEAF_BOUNDARIES, "the leaf boundaries do not rise")
    elif not (name := mlc_of(edges)):
        item.report(
            "boundaries",
            tags.LEAF_BOUNDARIES,
            f"no known MLC has leaf boundaries from {edges[0]:g} to {edges[-1]:g} mm like these",
            allowed=f"those of {known}",
        )
    else:
        return Device(MLC, pairs, edges, name)
    # What the boundaries say is bounded by the size of the file; a bare number is not.
    return Device(MLC, max(len(edges) - 1, 1), edges)


def mlc_of(edges: tuple[float, ...]) -> str:
    """Return the MLC that has these boundaries; empty if none has."""
    for name, known in BOUNDARIES_MM.items():
        if len(edges) == len(known) and np.allclose(edges, known, rtol=0, atol=_CLOSE_MM):
            return name
    return ""
