"""Write the tables of docs/reference/scales.md: what each scale calls the same place.

Run it after `model/scales.py` has changed; a test compares the page with the table.
"""

from collections.abc import Iterator
from pathlib import Path

from linacsim.model.axes import XML_NAMES, Axis
from linacsim.model.scales import LEAVES, SCALED_AXES, TABLE, Reading, Scale, Wrap

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "scales.md"

NAMES = {
    Axis.GANTRY_RTN: "gantry",
    Axis.COLL_RTN: "collimator",
    Axis.COUCH_VRT: "couch vertical",
    Axis.COUCH_LAT: "couch lateral",
    Axis.COUCH_LNG: "couch longitudinal",
    Axis.COUCH_RTN: "couch rotation",
    Axis.COUCH_PIT: "couch pitch",
    Axis.COUCH_ROL: "couch roll",
    Axis.X1: "jaw X1",
    Axis.X2: "jaw X2",
    Axis.Y1: "jaw Y1",
    Axis.Y2: "jaw Y2",
}


def page() -> str:
    """Return the text of the page with its tables as they should be."""
    text = PAGE.read_text(encoding="utf-8")
    for mark, lines in (("axes", _table()), ("leaves", _leaves())):
        before, rest = text.split(f"<!-- {mark} -->\n")
        _, after = rest.split("<!-- end -->", 1)
        text = before + "\n".join([f"<!-- {mark} -->", *lines, "<!-- end -->"]) + after
    return text


def _table() -> Iterator[str]:
    yield "| axis | XML | " + " | ".join(Scale) + " |"
    yield "|---|---|" + "---|" * len(Scale)
    for axis in SCALED_AXES:
        cells = " | ".join(_cell(TABLE[scale][axis]) for scale in Scale)
        yield f"| {NAMES[axis]} | `{XML_NAMES[axis]}` | {cells} |"


def _cell(reading: Reading) -> str:
    sign = "-" if reading.sign < 0 else ""
    text = f"{sign}*iec*"
    if reading.zero:
        text = f"{reading.zero:g} {sign or '+'} *iec*"
    if reading.wrap is Wrap.POSITIVE:
        return f"{text}, 0 to {reading.period:g}"
    if reading.wrap is Wrap.BIPOLAR:
        return f"{text}, -{reading.period / 2:g} to {reading.period / 2:g}"
    return text


def _leaves() -> Iterator[str]:
    yield "| scale | first bank | positive | leaf 1 at |"
    yield "|---|---|---|---|"
    for scale, reading in LEAVES.items():
        way = "outward, on both sides" if reading.outward else "along X"
        end = "the most negative Y" if reading.from_minus_y else "the most positive Y"
        yield f"| {scale} | {reading.banks[0]} | {way} | {end} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
