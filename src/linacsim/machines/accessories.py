"""The accessories that a machine knows, by slot and code (manual, Appendix B)."""

import tomllib
from dataclasses import dataclass
from functools import cache

from linacsim.machines.tables import DATA

SLOT_NAMES = ("InterfaceMount", "AccessoryMount", "ElectronAperture", "Compensator Mount")
"""Slots 1 to 4 in the words of Appendix B."""


@dataclass(frozen=True, slots=True)
class Accessory:
    """One row of the list."""

    name: str
    slot: int
    """1 to 4."""
    codes: tuple[int, int]
    """First and last code that stand for it."""
    kind: str
    """What it is, such as `wedge` or `electron-applicator`."""
    beam: str | None = None
    """`x` or `e`: the only kind of beam that it is for; None: any."""


@cache
def accessories() -> tuple[Accessory, ...]:
    """Return the whole list."""
    document = tomllib.loads((DATA / "catalogues" / "accessories.toml").read_text("utf-8"))
    return tuple(
        Accessory(
            row["name"],
            row["slot"],
            (row["codes"][0], row["codes"][1]),
            row["kind"],
            row.get("beam"),
        )
        for row in document["accessory"]
    )


def find_accessory(slot: int, code: int) -> Accessory | None:
    """Return the accessory that a code stands for in a slot, or None if there is none."""
    for item in accessories():
        if item.slot == slot and item.codes[0] <= code <= item.codes[1]:
            return item
    return None
