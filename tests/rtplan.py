"""Beams of real DICOM plans for tests, until plans can be imported: one beam, Varian scale."""

from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from linacsim.model.beam import Beam
from tests.beams import make_beam

MLC_MODELS = {0.5: "NDS120", 0.25: "NDS120HD"}


def beam_of_plan(path: Path, number: int) -> Beam:
    """Return beam `number` of a TrueBeam plan (scales: research/log-formats.md 1.4)."""
    plan = pydicom.dcmread(path)
    beam = next(b for b in plan.BeamSequence if b.BeamNumber == number)
    reference = next(
        r
        for r in plan.FractionGroupSequence[0].ReferencedBeamSequence
        if r.ReferencedBeamNumber == number
    )
    scale = float(reference.BeamMeterset) / float(beam.FinalCumulativeMetersetWeight)
    points = []
    for point in beam.ControlPointSequence:
        entry: dict[str, Any] = {"Mu": float(point.CumulativeMetersetWeight) * scale}
        if "GantryAngle" in point:
            entry["GantryRtn"] = _turned(point.GantryAngle)
        if "BeamLimitingDeviceAngle" in point:
            entry["CollRtn"] = _turned(point.BeamLimitingDeviceAngle)
        for device in point.get("BeamLimitingDevicePositionSequence", []):
            entry |= _positions(device)
        points.append(entry)
    first = beam.ControlPointSequence[0]
    return make_beam(
        *points,
        energy=f"{first.NominalBeamEnergy:g}x",
        dose_rate=float(first.DoseRateSet),
        mlc_model=_mlc_model(beam),
    )


def _turned(angle: float) -> float:
    return float((180.0 - float(angle)) % 360.0)


def _positions(device: Any) -> dict[str, Any]:
    kind = device.RTBeamLimitingDeviceType
    cm = np.array(device.LeafJawPositions, dtype=float) / 10
    if kind.startswith("MLC"):
        b, a = np.split(cm, 2)
        return {"leaves": np.concatenate([a, -b])}
    axis = kind[-1]
    return {f"{axis}1": float(-cm[0]), f"{axis}2": float(cm[1])}


def _mlc_model(beam: Any) -> str:
    device = next(
        d for d in beam.BeamLimitingDeviceSequence if d.RTBeamLimitingDeviceType.startswith("MLC")
    )
    widths = np.diff(np.array(device.LeafPositionBoundaries, dtype=float)) / 10
    return MLC_MODELS[float(round(widths.min(), 2))]
