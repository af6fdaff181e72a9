"""What a beam asks for and this version reads, but does not act on: told, never ignored.

One finding for each kind of thing, with the number of its occurrences.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.findings import Severity
from linacsim.planning.check.motion_occurrences import (
    compensations,
    conformity_windows,
    gating_placement,
    image_triggers,
    kv_gates,
)
from linacsim.planning.check.occurrences import (
    Occurrence,
    acquisitions,
    imaging_tolerances,
    imaging_velocities,
    in_imaging,
    kv_images,
    of_beam,
    training,
    with_member,
    with_parameter,
    with_sparse,
)
from linacsim.planning.check.report import Report, Rule


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that is not acted on."""

    name: str
    element: str
    found: str
    """Told with the number of occurrences as `{n}`."""
    occurrences: Callable[[Beam], Iterable[Occurrence]]

    @property
    def rule(self) -> Rule:
        """The rule by which it is told."""
        return Rule(f"not-acted-on.{self.name}", Severity.NOT_ACTED_ON)


def check_not_acted_on(beam: Beam, machine: MachineSpec, report: Report) -> None:
    """Tell each kind of thing that is there and not acted on."""
    del machine
    for kind in KINDS:
        places = list(kind.occurrences(beam))
        if places:
            report.add(
                kind.rule,
                kind.element,
                kind.found.format(n=len(places)),
                line=places[0].line,
                point=places[0].point,
            )


KINDS = (
    Kind(
        "image-acquisition",
        "Acquisition",
        "image acquisitions ({n}): no images are taken and the beam does not wait for them",
        acquisitions,
    ),
    Kind("kv-beam", "KV", "kV acquisitions ({n}): there is no kV beam", kv_images),
    Kind(
        "image-only",
        "OutsideTreatment",
        "imaging outside treatment: images add no MU and do not end the beam",
        in_imaging("outside_treatment"),
    ),
    Kind(
        "imaging-arms",
        "ImagingPoint",
        "imaging points place imaging arms ({n}): arms do not move and nothing waits for them",
        with_member("mvd", "kvd", "kvs", "mvd_after", "kvd_after", "kvs_after"),
    ),
    Kind(
        "kv-blades",
        "KvBlades",
        "imaging points place the kV blades ({n}): blades do not move",
        with_member("kv_blades"),
    ),
    Kind(
        "kv-filters",
        "KvFilters",
        "imaging points choose kV filters ({n}): filters do not move",
        with_member("kv_filters"),
    ),
    Kind(
        "imaging-tolerances",
        "ImagingTolerances",
        "tolerances of {n} imaging arms or blades: their positions are not supervised",
        imaging_tolerances,
    ),
    Kind(
        "imaging-velocities",
        "ImagingVelTable",
        "velocity limits of the imaging section (1.x) ({n})",
        imaging_velocities,
    ),
    Kind(
        "latch-bel",
        "LatchBEL",
        "LatchBEL: there is no latching of the beam-enable loop",
        in_imaging("latch_bel"),
    ),
    Kind(
        "latch-kv-bel",
        "LatchKVBEL",
        "LatchKVBEL: there is no latching of the kV beam-enable loop",
        in_imaging("latch_kv_bel"),
    ),
    Kind(
        "custom-target",
        "CustomTargetPermission",
        "CustomTargetPermission (1.x): there is no custom target",
        in_imaging("custom_target_permission"),
    ),
    Kind("movie", "Movie", "movies ({n}): none are made", with_parameter("movie")),
    Kind(
        "image-processing",
        "ImageProcessing",
        "image processings ({n}): no markers are detected and no beam is held by them",
        with_parameter("image_processing"),
    ),
    Kind(
        "gating-kv",
        "KVGating",
        "gates of the kV beam ({n}): there is no kV beam to hold",
        kv_gates,
    ),
    Kind(
        "gating-placement",
        "GatingParameters",
        "Position or Orientation of the gating source (1.x): motion is taken as it is seen",
        gating_placement,
    ),
    Kind(
        "image-triggers",
        "AcquisitionTrigger",
        "images triggered by gates ({n}): no images are taken",
        image_triggers,
    ),
    Kind(
        "conformity-windows",
        "ActionWindow",
        "windows on conformity indices ({n}): without MLC tracking the index is not known, so that "
        "they never allow what they hold",
        conformity_windows,
    ),
    Kind(
        "motion-compensation",
        "MotionCompensation",
        "motion compensation ({n}): no axis follows motion, and windows do not stop it",
        compensations,
    ),
    Kind("itools", "iTools", "elements of iTools ({n})", in_imaging("itools")),
    Kind(
        "tracking",
        "Tracking",
        "tracking: axes do not follow a target; planned speeds do keep InitialCapabilityRatio",
        of_beam("tracking"),
    ),
    Kind(
        "phase",
        "Phase",
        "control points with Phase ({n}): delivery does not follow the phase",
        with_sparse("phase"),
    ),
    Kind(
        "tracking-training",
        "SubBeam",
        "sub-beams for the training of tracking only ({n}): they are delivered like others",
        training,
    ),
    Kind(
        "second-mlc",
        "Mlc",
        "control points with a secondary MLC ({n}): there is none",
        with_sparse("second_leaves"),
    ),
    Kind(
        "isocentric-couch",
        "CouchVrtISO",
        "couch positions counted from the isocentre are taken as they are, as plain positions",
        of_beam("couch_is_isocentric"),
    ),
    Kind(
        "work-object",
        "WorkObjectID",
        "control points with WorkObjectID ({n})",
        with_sparse("work_object"),
    ),
    Kind(
        "treatment-mode",
        "TreatmentMode",
        "TreatmentMode: beams are delivered the same way in every mode",
        of_beam("treatment_mode"),
    ),
    Kind(
        "trajectory-upload",
        "TrajectoryUploadInfo",
        "TrajectoryUploadInfo: the trajectory log is not uploaded",
        of_beam("trajectory_upload_info"),
    ),
)
"""All kinds, in the order in which they are told."""
