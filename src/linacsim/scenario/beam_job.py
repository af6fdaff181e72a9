"""The job of delivering a beam the usual way, where no scenario says otherwise."""

from dataclasses import replace

from linacsim.engines.operator import DefaultOperator, FieldOperator
from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError, Severity
from linacsim.model.interlocks import Right
from linacsim.scenario.beam_file import BeamFile
from linacsim.scenario.compose import Actor, Job, room_as_planned


def beam_job(
    file: BeamFile, *, seed: int, rights: Right = Right.BASIC, start: Floats | None = None
) -> Job:
    """Return the job of one file; `start` is where the axes stand after the one before.

    Accessories that the beam asks for are mounted, beam-hold devices that it lists are ready.
    Raises InputError with the first error where the beam cannot be delivered.
    """
    errors = [finding for finding in file.findings if finding.severity is Severity.ERROR]
    if errors:
        raise InputError(f"the beam cannot be delivered: {errors[0]}")
    assert file.beam is not None
    assert file.machine is not None
    assert file.plan is not None
    return Job(
        machine=file.machine if start is None else replace(file.machine, start=start),
        beam=file.beam,
        trajectory=file.plan.trajectory,
        actors=(usual_operator(file),),
        seed=seed,
        field=file.field,
        rights=rights,
        room=room_as_planned(file.beam),
    )


def usual_operator(file: BeamFile) -> Actor:
    """Return who delivers a file the usual way."""
    assert file.beam is not None
    return DefaultOperator(file.beam) if file.field is None else FieldOperator(file.field)
