"""Devices behind a broker, each with a fault of its own, and what must follow of each."""

from pathlib import Path
from typing import NamedTuple

from linacsim.model.messages import DeviceReport, Standing

AT_S = 4.0
"""When all of them go wrong; they are live long before."""
HOLD, FAULT, GOOD = Standing.HOLD, Standing.FAULT, Standing.GOOD


class Row(NamedTuple):
    """What must follow of a fault."""

    first: str
    """Part of what is told first; empty: nothing is told, and the source stays good."""
    within_s: float
    """By when."""
    standings: tuple[Standing, ...]
    """All that follow, repeats left out."""


_NOTHING = Row("", 0.0, ())
RATE_HZ = 20
"""Few enough that all can be live at once on a busy computer."""
_AGE_S = 0.22
"""Age limit of three periods, one more until the next sample would have come, a tick."""

# Markers with a clock of their own; how busy this computer is then matters least.
MARKERS = {
    "dropout@4+1": Row("no samples (fault 2)", _AGE_S, (HOLD, GOOD)),
    "dropout@4+3.5": Row("no samples (fault 2)", _AGE_S, (HOLD, FAULT, GOOD)),
    "silent@4+1": Row("no samples (fault 2)", _AGE_S, (HOLD, GOOD)),
    "drop@4+1=1": Row("no samples (fault 2)", _AGE_S, (HOLD, GOOD)),
    "repeat@4+1": Row("(fault ", _AGE_S, (HOLD, GOOD)),
    "nan@4+1": Row("no samples (fault 2)", _AGE_S, (HOLD, GOOD)),
    "crc@4+1=1": Row("no samples (fault 2)", _AGE_S, (HOLD, GOOD)),
    "missing@4+1": Row("marker missing (fault 17)", 0.1, (HOLD, GOOD)),
    "range@4+1": Row("out of volume (fault 18)", 0.1, (HOLD, GOOD)),
    "freeze@4+1": Row("value frozen (fault 4)", 0.6, (HOLD, GOOD)),
    "late@4+1=400": Row("no samples (fault 2)", _AGE_S, (HOLD, GOOD)),
    "clock-step@4=300": Row("(fault", 1.5, (HOLD, GOOD)),
    "spike@4+1=30": Row("spike (fault 11)", 0.3, (HOLD, GOOD, HOLD, GOOD)),
    "babble@4+1": Row("babbling (fault 27)", 0.5, (FAULT, GOOD)),
    "reboot@4": Row("device restarted (fault 23)", 0.1, (FAULT, GOOD)),
    "spike@4=30": _NOTHING,
    "duplicate@4+1": _NOTHING,
    "reorder@4+1=0.3": _NOTHING,
    "drop@4+1=0.1": _NOTHING,
    "crc@4+1=0.1": _NOTHING,
    "jitter@4+1=8": _NOTHING,
}
UNSTAMPED = {
    "noise@4+1": Row("babbling (fault 27)", 1.0, (FAULT, GOOD)),
    "dropout@4+1": Row("no samples (fault 2)", _AGE_S, (HOLD, GOOD)),
    # By arrival nobody knows that they are late, but that they are bunched when it ends.
    "late@4+1=400": Row("no samples (fault 2)", _AGE_S, (HOLD, GOOD, HOLD, GOOD)),
    "reboot@4": Row("device restarted (fault 23)", 0.1, (FAULT, GOOD)),
}
BOXES = {
    "silent@4+1": Row("gate silent (fault 40)", 0.2, (FAULT, GOOD)),
    "drop@4+1=1": Row("gate silent (fault 40)", 0.2, (FAULT, GOOD)),
    "reboot@4": Row("device restarted (fault 23)", 0.1, (FAULT, GOOD)),
    "duplicate@4+1": _NOTHING,
}

ROWS = {
    f"{prefix}-{number}": (fault, row)
    for prefix, rows in (("m", MARKERS), ("u", UNSTAMPED), ("b", BOXES))
    for number, (fault, row) in enumerate(rows.items())
}
"""By the name of the device: its fault, and what must follow."""
ENDS_S = 10.0


def scenario(folder: Path, url: str) -> Path:
    """Write a scenario with one device for each row."""
    markers, boxes = [], []
    for name, (fault, _) in ROWS.items():
        stub = f"faults: ['{fault}']"
        common = f"name: {name}, url: stub, allow_unprotected: true"
        if name.startswith("b"):
            boxes.append(f"    - {{{common}, device: {len(boxes)}, stub: {{{stub}}}}}")
        else:
            stub += ", clock_ppm: 30" if name.startswith("m") else ""
            common += f", source: {name}, rate_hz: {RATE_HZ}"
            markers.append(f"    - {{{common}, stub: {{{stub}}}}}")
    path = folder / "faults.yaml"
    beam = Path("scenarios/beams/beam-on.xml").resolve()
    lines = [
        "schema: 1",
        "title: faults of devices behind a broker",
        "machine: truebeam-hd120",
        f"beam: {beam}",
        "seed: 3",
        "motion: {kind: sine, period_s: 4.0, travel_cm: 1.5, power: 2}",
        "mqtt:",
        f"  url: {url}",
        "  telemetry_hz: 0",
        "  markers:",
        *markers,
        "  gate_boxes:",
        *boxes,
        "expect: {state: COMPLETE}",
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


class Told(NamedTuple):
    """A report, and when it came."""

    time_s: float
    report: DeviceReport


def standings(told: list[Told]) -> tuple[Standing, ...]:
    """Return how a device stood after its fault, repeats left out."""
    out: list[Standing] = []
    for one in told:
        if one.time_s >= AT_S and (not out or out[-1] is not one.report.standing):
            out.append(one.report.standing)
    return tuple(out)
