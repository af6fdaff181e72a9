"""Beams of a plan as a TrueBeam takes them: one beam per sequence, a sub-beam for each field."""

from types import MappingProxyType

import numpy as np

from linacsim.formats.rtplan import tags
from linacsim.formats.rtplan.reading import Reading
from linacsim.formats.rtplan.truebeam_axes import changes_only
from linacsim.formats.rtplan.truebeam_field import TrueBeamField, truebeam_field
from linacsim.machines.spec import MachineSpec
from linacsim.model.axes import N_SINGLE
from linacsim.model.beam import Beam, BeamSource, ControlPoints, SubBeam
from linacsim.model.findings import Finding
from linacsim.model.rt_plan import BeamReference, RtPlan

Fields = list[tuple[TrueBeamField, BeamReference]]
"""The fields of one sequence."""


def truebeam_sequences(
    plan: RtPlan, references: tuple[BeamReference, ...], machine: MachineSpec
) -> tuple[tuple[Beam, ...], tuple[Finding, ...]]:
    """Return beams for a TrueBeam, in order, and findings; errors: it must not be delivered.

    Consecutive fields make one beam with a sub-beam each, where they have the same energy,
    accessories, tolerances and placed axes; else the operator has to load another.
    """
    reading = Reading(plan.path)
    if plan.motion_synchronized:
        reading.note(
            "gating-left-out",
            "",
            tags.MOTION_SYNCHRONIZATION_SEQUENCE,
            "gating parameters of the plan are not carried over",
        )
    sequences: list[Fields] = []
    for reference in references:
        beam = plan.beam(reference.number)
        if beam is None or reference.meterset is None:
            _refuse_without_meterset(reference, reading)
            continue
        if reference.meterset == 0:
            reading.warn(
                "no-mu",
                f"beam {reference.number}",
                tags.BEAM_METERSET,
                "the fraction group gives the beam 0 MU: it moves and gives no dose",
            )
        made = truebeam_field(plan, beam, reference.meterset, machine, reading)
        most = machine.planning.max_control_points
        if sequences and _goes_on(sequences[-1], made, most):
            sequences[-1].append((made, reference))
        else:
            sequences.append([(made, reference)])
    return tuple(_sequence(plan, one) for one in sequences), reading.findings()


def _goes_on(sequence: Fields, made: TrueBeamField, most: int) -> bool:
    """Return whether a field can go on a sequence of at most `most` control points."""
    points = sum(len(one.mu) for one, _ in sequence)
    return made.follows(sequence[-1][0]) and points + len(made.mu) <= most


def _refuse_without_meterset(reference: BeamReference, reading: Reading) -> None:
    reading.report(
        "no-meterset",
        f"beam {reference.number}",
        tags.BEAM_METERSET,
        "the fraction group gives the beam no meterset",
        allowed="the MU of the beam",
    )


def _sequence(plan: RtPlan, sequence: Fields) -> Beam:
    fields = [one for one, _ in sequence]
    starts = np.cumsum([0, *(len(one.mu) for one in fields)])[:-1].tolist()
    offsets = np.cumsum([0.0, *(one.mu[-1] for one in fields)])[:-1]
    mu = np.concatenate([one.mu + at for one, at in zip(fields, offsets, strict=True)])
    positions = np.concatenate([one.positions for one in fields])
    rates = np.concatenate([one.dose_rate for one in fields])
    shapes = positions[:, N_SINGLE:].copy()
    # A control point holds all leaves or none.
    shapes[1:][(shapes[1:] == shapes[:-1]).all(axis=1)] = np.nan
    first = fields[0]
    points = ControlPoints(
        mu=changes_only(mu[:, None])[:, 0],
        axes=changes_only(positions[:, :N_SINGLE]),
        leaves=shapes,
        line=np.zeros(len(mu), dtype=np.int64),
        energy=MappingProxyType(
            {
                start + k: energy
                for start, one in zip(starts, fields, strict=True)
                for k, energy in one.energies.items()
                if k > 0 or start == 0
            }
        ),
        dose_rate=MappingProxyType(
            {k: float(rate) for k, rate in enumerate(rates) if k == 0 or rate != rates[k - 1]}
        ),
        sub_beam=MappingProxyType(
            {
                start: SubBeam(seq, one.name, max_rad_time_s=reference.max_time_s)
                for seq, (start, (one, reference)) in enumerate(zip(starts, sequence, strict=True))
            }
        ),
    )
    return Beam(
        id=first.number,
        mlc_model=first.mlc_model,
        control_points=points,
        accessories=first.slots,
        tolerances=MappingProxyType(first.tolerances),
        source=BeamSource(plan.path),
    )
