"""What is left of a plan's fields once parts of them have been delivered."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from linacsim.model.findings import InputError
from linacsim.planning.fields import plan_field
from linacsim.planning.fields.metersets import rounded
from linacsim.scenario.beam_file import BeamFile


def remaining(files: Sequence[BeamFile], delivered_mu: Mapping[int, float]) -> tuple[BeamFile, ...]:
    """Return the files of fields that did not get all of their MU, each with what is left of it.

    `delivered_mu` is by beam number. Raises InputError where nothing is left, and for a machine
    that delivers no parts of beams.
    """
    left = tuple(filter(None, (_left(file, delivered_mu) for file in files)))
    if not left:
        raise InputError("nothing is left to deliver: all beams have had their MU")
    return left


def _left(file: BeamFile, delivered_mu: Mapping[int, float]) -> BeamFile | None:
    field, machine = file.field, file.machine
    if field is None or machine is None or machine.field_rules is None:
        name = machine.name if machine else "this machine"
        raise InputError(f"{name} delivers no partial beams: only an Elekta machine does")
    step = machine.field_rules.mu_step
    done = float(rounded(np.array([delivered_mu.get(field.beam.id or 0, 0.0)]), step)[0])
    if done <= 0:
        return file
    if done >= field.prescribed_mu - step / 2:
        return None
    rest = field.remaining(done)
    return replace(file, beam=rest.beam, field=rest, plan=plan_field(rest, machine))
