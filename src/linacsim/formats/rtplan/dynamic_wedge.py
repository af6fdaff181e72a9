"""Enhanced dynamic wedges: an open part, then one Y jaw travels across the field with the beam.

How MU and jaw go together stands in a segmented treatment table (STT) of the energy for 60
degrees, the golden STT; smaller angles mix it with an open field by the ratio of tangents. Where no
public table is known for an energy, the beam is refused: delivered without its wedge it would give
another dose. Sources: docs/reference/rtplan.md, "Dynamic wedges".
"""

import math

import numpy as np

from linacsim.formats.rtplan import tags
from linacsim.formats.rtplan.reading import Reading
from linacsim.formats.rtplan.truebeam_fitments import in_beam
from linacsim.machines.dynamic_wedges import GoldenTable, dynamic_wedges
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.rt_plan import RtBeam, Wedge

STEPS = 20
"""Segments in which the jaw travels."""
END_GAP_CM = 0.5
"""The jaw stops this far from the other one."""

_ORIENTATIONS = {0.0: (Axis.Y1, Axis.Y2), 180.0: (Axis.Y2, Axis.Y1)}
"""The moving and the standing jaw. The thin end, which gets most of the dose, is at the jaw that
stands; IEC 61217 turns the wedge's own Y towards it."""


def expand_wedges(
    beam: RtBeam, energy: str, mu: Floats, positions: Floats, rates: Floats, reading: Reading
) -> tuple[Floats, Floats, Floats]:
    """Return MU (n,), positions (n, m) and dose rates (n,) with a dynamic wedge worked out.

    Without such a wedge they are returned as they are; where it cannot be worked out too, with an
    error among the findings.
    """
    wedges = [one for one in beam.wedges if one.kind == "DYNAMIC" and in_beam(beam, one)]
    if not wedges:
        return mu, positions, rates
    table = _table(beam, wedges, energy, positions, reading)
    if table is None:
        return mu, positions, rates
    moving, standing = _ORIENTATIONS[float(wedges[0].orientation_deg or 0.0)]
    start, stop = -positions[0, moving], positions[0, standing] - END_GAP_CM
    lowest, highest = table.places_cm[[0, -1]]
    if not (lowest <= start < stop <= highest):
        _refuse(
            beam,
            reading,
            tags.POSITIONS,
            f"its jaw would travel from {start:g} to {stop:g} cm across the centre line",
            f"{lowest:g} to {highest:g} cm, upwards",
        )
        return mu, positions, rates
    reading.warn(
        "dynamic-wedge",
        f"beam {beam.number}",
        tags.WEDGE_SEQUENCE,
        f"the wedge of {wedges[0].angle_deg:g} degrees is delivered by jaw {moving.name}, as a "
        f"published table of {energy} says; a machine's own may differ",
    )
    places = np.linspace(start, stop, STEPS + 1)
    given = np.interp(places, table.places_cm, wedged(table, float(wedges[0].angle_deg or 0.0)))
    out = np.repeat(positions[:1], STEPS + 2, axis=0)
    # At 0 MU and at the end of the open part the jaw is where the plan has it.
    out[1:, moving] = -places
    share = np.concatenate([[0.0], given / given[-1]])
    return share * mu[-1], out, np.full(STEPS + 2, rates[0])


def wedged(golden: GoldenTable, angle_deg: float) -> Floats:
    """Return the table of a smaller angle: open field and 60 degrees by the ratio of tangents."""
    share = math.tan(math.radians(angle_deg)) / math.tan(math.radians(60.0))
    centre = np.interp(0.0, golden.places_cm, golden.mu)
    return np.asarray(share * golden.mu + (1.0 - share) * centre)


def _table(
    beam: RtBeam, wedges: list[Wedge], energy: str, positions: Floats, reading: Reading
) -> GoldenTable | None:
    """Return the golden table; None, after a finding, if the wedge cannot be worked out."""
    wedge, catalogue = wedges[0], dynamic_wedges()
    golden = catalogue.tables.get(energy)
    if len(wedges) > 1 or any(one.kind != "DYNAMIC" and in_beam(beam, one) for one in beam.wedges):
        _refuse(beam, reading, tags.WEDGE_SEQUENCE, "it is not the only wedge", "one wedge")
    elif golden is None:
        found = f"no segmented treatment table of {energy} is publicly known"
        _refuse(beam, reading, tags.WEDGE_TYPE, found, ", ".join(catalogue.tables))
    elif wedge.angle_deg not in catalogue.angles_deg:
        found, angles = f"its angle is {wedge.angle_deg}", ", ".join(map(str, catalogue.angles_deg))
        _refuse(beam, reading, tags.WEDGE_ANGLE, found, angles)
    elif wedge.orientation_deg not in _ORIENTATIONS:
        found = f"its orientation is {wedge.orientation_deg}"
        _refuse(beam, reading, tags.WEDGE_ORIENTATION, found, "0 or 180")
    elif len(positions) != 2 or not np.array_equal(positions[0], positions[1], equal_nan=True):
        found = "something else moves, or there are more than two control points"
        _refuse(beam, reading, tags.POINT_SEQUENCE, found, "a static field")
    else:
        return golden
    return None


def _refuse(beam: RtBeam, reading: Reading, tag: int, found: str, allowed: str) -> None:
    reading.report(
        "dynamic-wedge",
        f"beam {beam.number}",
        tag,
        f"the dynamic wedge cannot be worked out: {found}",
        allowed=allowed,
        mend="the beam is not delivered open instead",
    )
