"""Converted plans of any kind: the XML beam is the plan, and is delivered as the plan is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset

from linacsim.engines.digest import FrameDigest
from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from linacsim.model.findings import Severity
from linacsim.model.signals import State
from linacsim.model.time import NS_PER_S, TICK_NS
from linacsim.scenario.beam_file import BeamFile, open_beams
from linacsim.scenario.beam_job import beam_job
from linacsim.scenario.compose import run_job
from linacsim.scenario.conversion import convert_plan
from tests.delivering import Kept
from tests.effort import examples
from tests.rtplans import beam, first_point, group, placed, plan, point, write

M120 = load_machine("truebeam-m120")
A_TICK = M120.axes.max_speed * TICK_NS / NS_PER_S
"""(n_axes,) how far axes go from tick to tick: control points lie between."""


@st.composite
def fields(draw: st.DrawFn, number: int) -> Dataset:
    """Return a beam: gantry, collimator, jaws and leaves move with or without dose, or stand."""
    n = draw(st.integers(2, 5))

    def path(start: int, most: int) -> list[float]:
        moves = st.lists(st.sampled_from([0, 0, 1, -1, 2]), min_size=n - 1, max_size=n - 1)
        return (start + most / 2 * np.cumsum([0, *draw(moves)])).tolist()

    doses = draw(st.lists(st.sampled_from([0, 1, 4]), min_size=n - 1, max_size=n - 1))
    doses[0] += sum(doses) == 0
    weights = np.concatenate([[0.0], np.cumsum(doses)]) / sum(doses)
    up = draw(st.booleans())
    gantry = np.cumsum([draw(st.integers(190, 250)), *(draw(st.integers(0, 12)) for _ in doses)])
    angles = gantry if up else 720 - gantry
    half = np.clip(path(30, 12), 3, 60)
    x1, y2 = np.clip(path(-60, 10), -90, -20), np.clip(path(60, 10), 20, 90)

    def where(k: int) -> list[Dataset]:
        # Leaves stagger, so that no two pairs can be taken for one another.
        stagger = 0.1 * np.arange(60)
        leaves = np.concatenate([-half[k] - stagger, half[k] - stagger])
        return [
            placed("ASYMX", float(x1[k]), 70.0),
            placed("ASYMY", -70.0, float(y2[k])),
            placed("MLCX", *np.round(leaves, 2).tolist()),
        ]

    def turning(k: int) -> str:
        if k + 1 == n or angles[k + 1] == angles[k]:
            return "NONE"
        return "CW" if up else "CC"

    points = []
    for k in range(n):
        values = {
            "GantryAngle": float(angles[k] % 360),
            "GantryRotationDirection": turning(k),
            "BeamLimitingDevicePositionSequence": where(k),
        }
        make = first_point() if k == 0 else point(k, float(weights[k]))
        make.update(Dataset())
        for keyword, value in values.items():
            setattr(make, keyword, value)
        points.append(make)
    rate = draw(st.sampled_from([100, 600]))
    points[0].DoseRateSet = rate
    return beam(*points, number=number, BeamType="DYNAMIC")


@st.composite
def plans(draw: st.DrawFn) -> Dataset:
    """Return a plan of one to three such beams, delivered in any order."""
    beams = [draw(fields(number)) for number in range(1, draw(st.integers(1, 3)) + 1)]
    order = draw(st.permutations(range(1, len(beams) + 1)))
    metersets = [(number, draw(st.sampled_from([3.0, 12.5, 40.04]))) for number in order]
    return plan(*beams, groups=[group(*metersets)])


def delivered(file: BeamFile) -> tuple[Kept, np.ndarray, float]:
    kept = Kept()
    outcome = run_job(beam_job(file, seed=4), sinks=[kept])
    assert outcome.result.state is State.COMPLETE
    assert outcome.violations == ()
    return kept, outcome.result.positions, outcome.result.mu


def digest_of(kept: Kept) -> str:
    digest = FrameDigest()
    for block in kept.blocks:
        digest.write(block)
    return digest.value()


@given(dataset=plans())
@examples(12)
def test_xml_is_delivered_as_the_plan_control_point_by_control_point(
    dataset: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("plan")
    path = write(folder / "plan.dcm", dataset)
    made = convert_plan(path, folder, M120)
    (direct,) = made.files
    (written,) = made.written
    (converted,) = open_beams(written, M120)
    assert converted.beam == direct.beam
    assert not [one for one in converted.findings if one.severity is Severity.ERROR]
    kept, end, mu = delivered(direct)
    again, same_end, same_mu = delivered(converted)
    assert digest_of(again) == digest_of(kept)
    assert np.array_equal(end, same_end)
    assert mu == same_mu
    stated = as_stated(dataset)
    total = sum(one for _, one in metersets(dataset))
    assert mu == pytest.approx(total, abs=0.1)
    at, at_mu = at_points(again, len(stated))
    assert at_mu == pytest.approx(stated[:, 0], abs=0.1)
    # Between two segments with dose an axis rounds the corner by what the plan's table says.
    assert converted.plan is not None
    table, miss = converted.plan.table, np.tile(A_TICK, (len(at), 1))
    miss[: len(table.corner_miss), table.columns] += table.corner_miss
    off = np.abs(at - wanted(stated, at))
    off[:, Axis.GANTRY_RTN] = np.abs((off[:, Axis.GANTRY_RTN] + 180) % 360 - 180)
    assert (off <= miss).all()


def wanted(stated: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return positions (n, n_axes) in the scale of the house: those of the plan, else `at`."""
    out = at.copy()
    out[:, Axis.GANTRY_RTN] = 180.0 - stated[:, 1]
    out[:, Axis.X1], out[:, Axis.Y2] = -stated[:, 2] / 10, stated[:, 3] / 10
    leaves = np.concatenate([stated[:, 64:], -stated[:, 4:64]], axis=1) / 10
    out[:, M120.layout.leaves] = leaves
    return out


@given(dataset=plans())
@examples(30)
def test_the_beams_of_a_sequence_become_sub_beams_in_the_order_of_delivery(
    dataset: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("plan")
    path = write(folder / "plan.dcm", dataset)
    (file,) = convert_plan(path, folder, M120).files
    assert file.beam is not None
    names = {int(one.BeamNumber): str(one.BeamName) for one in dataset.BeamSequence}
    counts = {int(one.BeamNumber): one.NumberOfControlPoints for one in dataset.BeamSequence}
    order = [number for number, _ in metersets(dataset)]
    sub_beams = file.beam.control_points.sub_beam
    assert [one.name for one in sub_beams.values()] == [names[number] for number in order]
    assert [one.seq for one in sub_beams.values()] == list(range(len(order)))
    starts = np.cumsum([0, *(counts[number] for number in order)])[:-1]
    assert list(sub_beams) == starts.tolist()


def metersets(dataset: Dataset) -> list[tuple[int, float]]:
    return [
        (int(one.ReferencedBeamNumber), float(one.BeamMeterset))
        for one in dataset.FractionGroupSequence[0].ReferencedBeamSequence
    ]


def as_stated(dataset: Dataset) -> np.ndarray:
    """Return (n, 124) MU, gantry, X1, Y2 and leaves as the dataset says, in order of delivery."""
    beams = {int(one.BeamNumber): one for one in dataset.BeamSequence}
    rows, before = [], 0.0
    for number, mu in metersets(dataset):
        for one in beams[number].ControlPointSequence:
            x, y, mlc = (
                list(map(float, where.LeafJawPositions))
                for where in one.BeamLimitingDevicePositionSequence
            )
            share = float(one.CumulativeMetersetWeight)
            rows.append([before + share * mu, float(one.GantryAngle), x[0], y[1], *mlc])
        before += mu
    return np.array(rows)


def at_points(kept: Kept, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return expected positions and MU where the expected side passes whole control points."""
    cp, expected, mu = (kept.column(name) for name in ("cp", "expected", "mu_expected"))
    moving = np.flatnonzero(np.diff(cp, prepend=cp[0] - 1) > 0)
    points = np.arange(n)
    positions = [np.interp(points, cp[moving], column[moving]) for column in expected.T]
    return np.column_stack(positions), np.interp(points, cp[moving], mu[moving])
