"""A prescribed field as plain data and back, for journals.

Numbers survive exactly: JSON writes a float with as many digits as it needs. NaN becomes null.
"""

from types import MappingProxyType
from typing import Any

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.beam import Beam, BeamSource, ControlPoints, SubBeam
from linacsim.model.elekta import Field
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.imaging import ImagingParameters
from linacsim.model.motion import GatingParameters, GatingWindow


def field_to_record(field: Field) -> dict[str, Any]:
    """Return a field as lists, numbers and strings."""
    beam, points = field.beam, field.beam.control_points
    rates = {k: None if np.isinf(rate) else rate for k, rate in points.dose_rate.items()}
    return {
        "number": beam.id,
        "name": beam.name,
        "mlc": beam.mlc_model,
        "plan": beam.source.path,
        "mu": points.mu.tolist(),
        "axes": _rows(points.axes),
        "leaves": _rows(points.leaves),
        "energy": list(points.energy.items()),
        "dose_rate": list(rates.items()),
        "wedge_in": field.wedge_in.tolist(),
        "start_mu": field.start_mu,
        "fitments": list(beam.fitments),
        "gating": _gating_to_record(beam),
        "devices": [device.id for device in beam.beam_hold_devices],
    }


def field_from_record(record: dict[str, Any]) -> Field:
    """Return the field of a record. Raises KeyError where it is of another version."""
    rates = {k: np.inf if rate is None else rate for k, rate in record["dose_rate"]}
    mu = np.array(record["mu"], dtype=float)
    points = ControlPoints(
        mu=mu,
        axes=_array(record["axes"]),
        leaves=_array(record["leaves"]),
        line=np.zeros(len(mu), dtype=np.int64),
        energy=MappingProxyType(dict(record["energy"])),
        dose_rate=MappingProxyType(rates),
        sub_beam=MappingProxyType({0: SubBeam(0, record["name"])}),
    )
    beam = Beam(
        id=record["number"],
        mlc_model=record["mlc"],
        control_points=points,
        beam_hold_devices=tuple(BeamHoldDevice(device) for device in record["devices"]),
        fitments=tuple(record["fitments"]),
        imaging=_gating_from_record(record["gating"]),
        source=BeamSource(record["plan"], dialect="RT Plan"),
    )
    return Field(beam, np.array(record["wedge_in"], dtype=bool), record["start_mu"])


def _gating_to_record(beam: Beam) -> dict[str, Any] | None:
    """Return the window on motion that whoever delivers a field has set; None without one."""
    gating = beam.imaging.gating if beam.imaging else None
    if gating is None:
        return None
    windows = [[window.entry, window.exit] for window in gating.windows]
    return {"filter": gating.filter, "windows": windows}


def _gating_from_record(record: dict[str, Any] | None) -> ImagingParameters | None:
    if record is None:
        return None
    windows = tuple(GatingWindow(entry, leave) for entry, leave in record["windows"])
    return ImagingParameters((), gating=GatingParameters(record["filter"], windows))


def _rows(values: Floats) -> list[list[float | None]]:
    return [[None if value != value else value for value in row] for row in values.tolist()]


def _array(rows: list[list[float | None]]) -> Floats:
    return np.array([[np.nan if v is None else v for v in row] for row in rows], dtype=float)
