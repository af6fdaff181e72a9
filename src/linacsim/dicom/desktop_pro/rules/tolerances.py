"""Tolerance tables of a plan against those of the console (Table 11, Note IV)."""

from collections.abc import Iterator, Mapping

from linacsim.dicom.desktop_pro import tags
from linacsim.dicom.desktop_pro.data import Data
from linacsim.dicom.desktop_pro.rules.row import Fault

PARAMETERS = {
    "gantry_deg": 0x300A_0044,
    "collimator_deg": 0x300A_0046,
    "couch_deg": 0x300A_004C,
    "eccentric_deg": 0x300A_004E,
    "vertical_mm": 0x300A_0051,
    "longitudinal_mm": 0x300A_0052,
    "lateral_mm": 0x300A_0053,
}
"""Tolerances of scalars; those of beam limiting devices are `<type>_mm`, such as `asymx_mm`."""

_SLACK = 1e-6


def stated_tolerances(table: Data) -> dict[str, float]:
    """Return the tolerances that an item of the Tolerance Table Sequence states, in deg or mm."""
    found = {name: table.number(tag) for name, tag in PARAMETERS.items()}
    for device in table.items(tags.DEVICE_TOLERANCES):
        kind = device.text(tags.DEVICE).lower()
        found[f"{kind}_mm"] = device.number(tags.DEVICE_TOLERANCE)
    return {name: value for name, value in found.items() if value is not None}


def table_faults(table: Data, known: Mapping[str, Mapping[str, float]]) -> Iterator[Fault]:
    """Yield how a table contradicts the console's; one without a label is not looked at."""
    label = table.text(tags.TOLERANCE_LABEL)
    if not label:
        return
    if label not in known:
        yield Fault("", f"{label!r} is not a table of the console")
        return
    for name, value in stated_tolerances(table).items():
        expected = known[label].get(name)
        if expected is None or abs(value - expected) > _SLACK:
            told = "none" if expected is None else f"{expected:g}"
            yield Fault("", f"{label!r}: {name} {value:g}, not {told}")
