"""The iCom side of a live run."""

import numpy as np

from linacsim.devices.icom.frames import IcomSink, Loaded
from linacsim.devices.icom.link import IcomLink, IcomSettings, IcomStream
from linacsim.devices.icom.record import Field
from linacsim.model.beam import Beam
from linacsim.model.findings import InputError
from linacsim.scenario.compose import Job
from linacsim.scenario.icom_keys import IcomKeys

NAME = "icom"


def stream_of(keys: IcomKeys) -> IcomStream:
    """Return the stream, not yet open."""
    return IcomStream(IcomSettings(keys.host, keys.port, keys.await_listener))


def icom_side(stream: IcomStream, keys: IcomKeys, job: Job) -> tuple[IcomLink, IcomSink]:
    """Return the device of one run and the sink that feeds its stream.

    Raises InputError where the machine's MLC has no place in the stream.
    """
    beam = job.beam
    field = Field(keys.patient_id, keys.patient_name, keys.site, beam.name)
    try:
        sink = IcomSink(Loaded(job.machine, beam.energy, total_mu(beam), field))
    except InputError as error:
        raise InputError(f"icom: {error}") from error
    stream.tell(sink)
    return IcomLink(NAME, stream), sink


def total_mu(beam: Beam) -> float:
    """Return the MU of a beam; 0 where it has none."""
    mu = beam.resolved_mu()
    return float(np.nanmax(mu)) if np.isfinite(mu).any() else 0.0
