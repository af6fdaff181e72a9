"""Reading a plan of two arcs of 178 control points, against plain pydicom reading its numbers.

Aim: less than 200 ms, and not slower than what pydicom itself needs to give the numbers.
"""

from io import BytesIO

import numpy as np
from pydicom import Dataset, dcmread

from linacsim.formats.rtplan import parse_plan
from tests.rtplans import beam, encoded, first_point, placed, plan, point
from tools.bench.row import Row, median_s

POINTS, PAIRS = 178, 60


def run() -> list[Row]:
    """Measure."""
    rng = np.random.default_rng(1)
    rows = []
    for implicit in (True, False):
        data = encoded(plan(_arc(1, rng), _arc(2, rng)), implicit=implicit)

        def ours(data: bytes = data) -> None:
            parse_plan(data, "plan.dcm")

        def theirs(data: bytes = data) -> None:
            _plain(data)

        took, plain = median_s(ours), median_s(theirs)
        name = f"{'implicit' if implicit else 'explicit'} VR, {len(data) // 1024} KB"
        rows.append(Row(name, took, "pydicom, numbers only", plain, took / plain, "200 ms; 1"))
    return rows


def _arc(number: int, rng: np.random.Generator) -> Dataset:
    points = []
    for k in range(POINTS):
        middle, half = rng.uniform(-20, 20, PAIRS), rng.uniform(2, 30, PAIRS)
        leaves = np.concatenate([middle - half, middle + half]).round(2).tolist()
        where = [placed("ASYMX", -60, 60), placed("ASYMY", -80, 80), placed("MLCX", *leaves)]
        turn = {
            "GantryAngle": round((181 + 358 * k / (POINTS - 1)) % 360, 1),
            "GantryRotationDirection": "CW" if k < POINTS - 1 else "NONE",
        }
        if k == 0:
            points.append(first_point(*where, **turn))
        else:
            weight = round(k / (POINTS - 1), 8)
            points.append(point(k, weight, BeamLimitingDevicePositionSequence=where, **turn))
    return beam(*points, number=number, BeamType="DYNAMIC")


def _plain(data: bytes) -> None:
    for one in dcmread(BytesIO(data)).BeamSequence:
        for at in one.ControlPointSequence:
            float(at.CumulativeMetersetWeight)
            float(at.GantryAngle)
            for entry in at.BeamLimitingDevicePositionSequence:
                np.array(entry.LeafJawPositions, dtype=float)
