"""Prescribed fields for tests: plan beams made from scratch, delivered headless."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from linacsim.engines.agenda import Agenda, Steps
from linacsim.engines.batch import run_batch
from linacsim.engines.conditions import state_is
from linacsim.engines.operator import FieldOperator
from linacsim.engines.tally import RunResult
from linacsim.invariants.eye import Invariants
from linacsim.invariants.points import Points
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.elekta import Field, FieldFrames, LinacState
from linacsim.model.messages import Message
from linacsim.model.rt_plan import Device, Rotation, RtBeam, RtControlPoints, Wedge
from linacsim.model.signals import Frames, State
from linacsim.model.time import NS_PER_S
from linacsim.planning.fields import prescribe
from tests.keep import Keep

HEADS = {
    "agility": (80, 5.0),
    "precise-mlc": (40, 10.0),
    "precise-beam-modulator": (40, 4.0),
}
"""Pairs and leaf width in mm by machine."""


def plan_beam(machine: str, weights: list[float], **values: Any) -> RtBeam:
    """Return a beam of open 10 x 10 cm points; `values` replace columns of its points.

    Leaves are given as (n,) half openings in mm, wedges as words.
    """
    pairs, width = HEADS[machine]
    n = len(weights)
    boundaries = tuple(width * k - pairs * width / 2 for k in range(pairs + 1))
    wedge = values.pop("wedge", None)
    half = np.asarray(values.pop("half_mm", np.full(n, 50.0)), dtype=float)
    still = (Rotation.NONE,) * n
    zeros = np.zeros(n)
    jaw = np.tile([-50.0, 50.0], (n, 1))
    x_jaws = np.full((n, 2), np.nan) if machine == "agility" else jaw
    fixed = machine == "precise-beam-modulator"
    points = RtControlPoints(
        weight=np.asarray(weights, dtype=float),
        energy=np.full(n, 6.0),
        dose_rate=np.full(n, np.nan),
        gantry_deg=zeros,
        gantry_rotation=still,
        collimator_deg=zeros,
        collimator_rotation=still,
        support_deg=zeros,
        support_rotation=still,
        eccentric_deg=zeros,
        pitch_deg=zeros,
        roll_deg=zeros,
        couch_mm=np.full((n, 3), np.nan),
        x_jaws_mm=np.tile([-105.0, 105.0], (n, 1)) if fixed else x_jaws,
        y_jaws_mm=np.tile([-80.0, 80.0], (n, 1)) if fixed else jaw,
        leaves_mm=np.repeat(np.column_stack([-half, half]), pairs, axis=1),
        wedge_positions={1: tuple(wedge)} if isinstance(wedge, list | tuple) else {},
    )
    points = replace(points, **{k: _column(v) for k, v in values.items()})
    return RtBeam(
        number=1,
        name="made for a test",
        description="",
        type="DYNAMIC",
        radiation="PHOTON",
        delivery_type="TREATMENT",
        machine=machine,
        manufacturer="Elekta",
        model="",
        fluence="",
        final_weight=weights[-1],
        devices=(Device("MLCX", pairs, boundaries),),
        points=points,
        wedges=(Wedge(1, "MOTORIZED"),) if wedge else (),
    )


def _column(value: Any) -> Any:
    return np.asarray(value, dtype=float)


def made(machine: str, mu: float, weights: list[float], **values: Any) -> Field:
    """Return the field of a beam that its machine can deliver."""
    beam = plan_beam(machine, weights, **values)
    result = prescribe(beam, mu, load_machine(machine), "test")
    assert result.field is not None, [str(finding) for finding in result.findings]
    return result.field


def refusals(machine: str, mu: float | None, weights: list[float], **values: Any) -> list[str]:
    """Return the rules by which a beam is refused."""
    result = prescribe(plan_beam(machine, weights, **values), mu, load_machine(machine), "test")
    assert result.field is None
    return [finding.rule for finding in result.findings]


@dataclass
class Delivered:
    """What came of a field."""

    result: RunResult
    keep: Keep
    eye: Invariants
    texts: list[str] = field(default_factory=list)

    @property
    def fields(self) -> list[FieldFrames]:
        """Return what the control system told besides, block by block."""
        return [block.field for block in self.keep.blocks if block.field is not None]

    def column(self, name: str) -> Floats:
        """Return a column of the frames, or of what was told besides."""
        if name in Frames.__dataclass_fields__ and name != "state":
            return self.keep.column(name)
        return np.concatenate([getattr(one, name) for one in self.fields])

    @property
    def states(self) -> list[LinacState]:
        """Return the linac states in order, without repetition."""
        column = self.column("state")
        firsts = np.flatnonzero(np.diff(column, prepend=-1))
        return [LinacState(int(column[k])) for k in firsts]


def deliver(
    field_: Field,
    machine: str | MachineSpec,
    *script: Callable[[Agenda], Steps],
    seed: int = 1,
    operator: Callable[[Agenda], Steps] | None = None,
    limit_s: float = 600.0,
) -> Delivered:
    """Deliver a field headless; every script is an actor of the agenda."""
    spec = load_machine(machine) if isinstance(machine, str) else machine
    linac, agenda, keep = Linac(spec, seed=seed), Agenda(), Keep()
    eye = Invariants(spec, Points.of(field_.beam))
    for actor in (operator or FieldOperator(field_), *script):
        agenda.start(actor)
    result = run_batch(linac, agenda, [keep, eye], limit_ns=int(limit_s * NS_PER_S))
    eye.close()
    return Delivered(result, keep, eye, [event.text for event in result.events])


def at_mu(mu: float, *messages: Message, after_s: float = 0.0) -> Callable[[Agenda], Steps]:
    """Return an actor that sends messages once channel 1 has counted `mu`."""

    def steps(agenda: Agenda) -> Steps:
        yield agenda.until(lambda frames: frames.mu_actual >= mu)
        if after_s:
            yield agenda.wait(int(after_s * NS_PER_S))
        for message in messages:
            agenda.post(message)

    return steps


def when_in(state: State, *messages: Message, after_s: float = 0.0) -> Callable[[Agenda], Steps]:
    """Return an actor that sends messages some time after a state is reached."""

    def steps(agenda: Agenda) -> Steps:
        yield agenda.until(state_is(state))
        yield agenda.wait(int(after_s * NS_PER_S))
        for message in messages:
            agenda.post(message)

    return steps
