"""Makes the gating of a beam: gates from control, motion models and surrogates from motion."""

from linacsim.control.beam_gating import GatingParts
from linacsim.control.gating.building import gates_from_beam
from linacsim.control.gating.source import GatedSource
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.beam import Beam
from linacsim.model.findings import InputError, Place
from linacsim.model.imaging import ImagingParameters
from linacsim.model.time import to_ns
from linacsim.motion.model_system import couch_at, pinned_system
from linacsim.motion.observer import Observer, model_of_filter, motion_model
from linacsim.motion.surrogates import surrogate


def gating_of(machine: MachineSpec, beam: Beam, positions: Floats) -> GatingParts | None:
    """Return the gating of a beam that is prepared with all axes at `positions` (n_axes,).

    None for a beam without gates. Raises InputError for a model that cannot run here.
    """
    gates = gates_from_beam(beam, to_ns(machine.supervision.sample_age_limit_s))
    if not gates.sources and not gates.needs_machine_values:
        return None
    assert beam.imaging is not None
    observers = {name: _observer(name, beam, beam.imaging, positions) for name in gates.sources}
    return GatingParts(
        gates,
        {
            name: GatedSource(
                name, observer, gates, observer.target if _on_target(name, beam.imaging) else None
            )
            for name, observer in observers.items()
        },
    )


def _on_target(name: str, imaging: ImagingParameters) -> bool:
    """Return whether a window of a source is on the target, which takes time to work out."""
    management = imaging.motion_management
    sources = management.tracking_sources if management else ()
    windows = [
        window for source in sources if source.id == name for window in source.action_windows
    ]
    return any(window.axis.startswith("Target_") for window in windows)


def _observer(name: str, beam: Beam, imaging: ImagingParameters, positions: Floats) -> Observer:
    management = imaging.motion_management
    system = pinned_system(
        management.model_system if management else None, beam, couch_at(positions)
    )
    sources = management.tracking_sources if management else ()
    record = next((source for source in sources if source.id == name), None)
    if record is None:
        assert imaging.gating is not None
        return Observer(model_of_filter(imaging.gating.filter), system)
    try:
        return Observer(
            motion_model(record.motion_model), system, surrogate(record.surrogate_model)
        )
    except InputError as error:
        place = Place(beam.source.path, record.line or None, "TrackingSource")
        raise InputError(str(error), place) from None
